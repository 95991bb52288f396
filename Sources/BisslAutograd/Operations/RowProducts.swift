import BisslCore

/// Products of many rows with one matrix, which is cut into panels once for all of them. The work is cut into blocks of
/// the result by shape alone; each is one thread's from beginning to end, its bias added while it is in cache.
enum RowProducts {
  /// Rows and columns of a block: a few of the kernel's own, so that a product has enough blocks to share.
  private static let rows = 16 * PanelProduct.blockRows, columns = 128

  /// Whether so many rows repay cutting the matrix: with fewer, OpenBLAS's own copies cost no more.
  static func serves(_ shape: Shape) -> Bool { shape[0] >= rows && shape[1] >= PanelProduct.blockColumns }

  /// out = Σⱼ xⱼ·wⱼ + bias with each wⱼ transposed as told; a missing bias is zero.
  static func multiply(
    _ transpose: BLAS.Transpose, _ terms: [(x: Tensor, w: Tensor)], bias: Tensor? = nil, into out: Tensor
  ) throws {
    let (m, n) = (out.shape[0], out.shape[1])
    let cut = try terms.map { (x: $0.x, depth: $0.x.shape[1], panels: try panels(of: $0.w, transpose, n, rows: m)) }
    let across = (n + columns - 1) / columns
    ThreadPool.shared.run((m + rows - 1) / rows * across) { block in
      let (row, column) = (block / across * rows, block % across * columns)
      let (height, width) = (min(rows, m - row), min(columns, n - column))
      let target = out.pointer + row * n + column
      for (index, term) in cut.enumerated() {
        PanelProduct.multiplyExactly(
          rows: height, columns: width, depth: term.depth, term.x.source + row * term.depth, lda: term.depth,
          panels: term.panels.source + column * term.depth, accumulate: index > 0, into: target, ldc: n)
      }
      guard let bias = bias?.source else { return }
      for row in 0..<height {
        Elementwise.add(Source(target) + row * n, bias + column, into: target + row * n, count: width)
      }
    }
  }

  /// The matrix in panels, kept for the next product where cutting it is more than about a percent of this one.
  private static func panels(of w: Tensor, _ transpose: BLAS.Transpose, _ n: Int, rows: Int) throws -> Tensor {
    if rows >= 2048 { return try cut(w, transpose, n) }
    return try w.form(.panels(rows: w.shape[0], columns: w.shape[1], transpose)) { try cut(w, transpose, n) }
  }

  private static func cut(_ w: Tensor, _ transpose: BLAS.Transpose, _ n: Int) throws -> Tensor {
    let depth = w.count / n
    let panels = try Tensor(Shape(PanelProduct.panelElements(depth: depth, columns: n)), for: "linear")
    let pack = transpose == .yes ? MatrixPanels.packTransposed : MatrixPanels.pack
    parallelChunks(PanelProduct.padded(columns: n), of: PanelProduct.blockColumns) { _, range in
      pack(w.source, w.shape[1], depth, n, range.lowerBound, panels.pointer)
    }
    return panels
  }
}
