import BisslCore
import BisslKernels

/// Products of many rows with one matrix, which is cut into panels once for all of them. The work is cut into blocks of
/// the result by shape alone; each is one thread's from beginning to end, its bias added while it is in cache.
enum RowProducts {
  /// Rows and columns of a block: a few of the kernel's own, so that a product has enough blocks to share.
  private static let rows = 16 * PanelProduct.blockRows, columns = 128
  /// In the format `split`, where every block splits its rows itself: as many columns as leave enough blocks to share.
  private static let splitRows = 256, splitBlocks = 16

  /// Whether so many rows repay cutting the matrix: with fewer, OpenBLAS's own copies cost no more.
  static func serves(_ shape: Shape) -> Bool { shape[0] >= rows && shape[1] >= PanelProduct.blockColumns }

  /// out = Σⱼ xⱼ·wⱼ + bias, one or more of one depth, with each wⱼ transposed as told; a missing bias is zero.
  static func multiply(
    _ transpose: BLAS.Transpose, _ terms: [(x: Tensor, w: Tensor)], _ wanted: OperandFormat, bias: Tensor? = nil,
    into out: Tensor
  ) throws {
    let (m, n, depth) = (out.shape[0], out.shape[1], terms[0].x.shape[1])
    let format = wanted.serving(depth: depth, columns: n)
    let cut = try terms.map { (x: $0.x, panels: try panels(of: $0.w, transpose, n, format, rows: m)) }
    let (rows, columns) = block(m, n, format)
    let across = (n + columns - 1) / columns
    let memory = ProductRun.memoryElements(format, depth: depth)
    try ThreadPool.shared.run((m + rows - 1) / rows * across, scratch: memory, for: "linear") { block, memory in
      let (row, column) = (block / across * rows, block % across * columns)
      ProductRun.with(format, memory) { run in
        for (index, term) in cut.enumerated() {
          run.multiplyExactly(
            rows: min(rows, m - row), columns: min(columns, n - column), depth: depth, term.x.source + row * depth,
            lda: depth, panels: term.panels.source + column * format.padded(depth: depth),
            bias: index + 1 < cut.count ? nil : bias.map { $0.source + column }, accumulate: index > 0,
            into: out.pointer + row * n + column, ldc: n)
        }
      }
    }
  }

  private static func block(_ m: Int, _ n: Int, _ format: OperandFormat) -> (rows: Int, columns: Int) {
    if format == .whole { return (rows, columns) }
    let parts = max(1, splitBlocks / ((m + splitRows - 1) / splitRows))
    return (splitRows, PanelProduct.padded(columns: (n + parts - 1) / parts))
  }

  /// The matrix in panels, kept for the next product where cutting it is more than about a percent of this one.
  private static func panels(
    of w: Tensor, _ transpose: BLAS.Transpose, _ n: Int, _ format: OperandFormat, rows: Int
  ) throws -> Tensor {
    if rows >= 2048 { return try cut(w, transpose, n, format) }
    return try w.form(.panels(rows: w.shape[0], columns: w.shape[1], transpose, format)) {
      try cut(w, transpose, n, format)
    }
  }

  private static func cut(_ w: Tensor, _ transpose: BLAS.Transpose, _ n: Int, _ format: OperandFormat) throws -> Tensor {
    let depth = w.count / n
    let panels = try Tensor(Shape(PanelProduct.panelElements(depth: depth, columns: n, format)), for: "linear")
    let pack = transpose == .yes ? MatrixPanels.packTransposed : MatrixPanels.pack
    parallelChunks(PanelProduct.padded(columns: n), of: PanelProduct.blockColumns) { _, range in
      let panel = panels.pointer + range.lowerBound * format.padded(depth: depth)
      pack(w.source, w.shape[1], depth, n, range.lowerBound, format, panel)
    }
    return panels
  }
}
