import BisslKernels

/// Products A·B of many rows with one matrix, which is packed once for all of them. The work is cut into blocks of the
/// result by shape alone; each is one thread's from beginning to end, its epilogue applied while it is in cache.
public enum GEMMDriver {
  /// With fewer rows, packing the matrix here costs as much as OpenBLAS's own packing.
  private static let leastRows = 16 * Packing.blockRows
  /// From so many rows on, packing the matrix is less than about a percent of the product: it is not kept.
  private static let manyRows = 2048

  /// out = Σⱼ xⱼ·wⱼ, each wⱼ transposed where `isTransposed`, then the epilogue. Each product has a depth of its own.
  public static func multiply(
    _ terms: [(x: Tensor, w: Tensor)], isTransposed: Bool, _ precision: GEMM.Precision = GEMM.precision,
    epilogue: Epilogue = .none, into out: Tensor
  ) throws {
    let (m, n) = (out.shape[0], out.shape[1])
    guard let depth = terms.map({ $0.x.shape[1] }).max(), m >= leastRows, n >= GEMM.blockColumns else {
      return multiplyUnpacked(terms, isTransposed: isTransposed, epilogue: epilogue, into: out)
    }
    let gemm = GEMM.backend(depth: depth, columns: n, precision)
    let packed = try terms.map { try PackedB($0.w, isTransposed: isTransposed, for: gemm, isKept: m < manyRows) }
    let (rows, columns) = (gemm.tuning.threadRows, threadColumns(gemm.tuning, rows: m, columns: n))
    let across = (n + columns - 1) / columns
    let workspace = try gemm.workspace(depth: depth, rows: 0, columns: 0).count(for: "linear")
    try ThreadPool.shared.run((m + rows - 1) / rows * across, scratch: workspace, for: "linear") { block, workspace in
      let (row, column) = (block / across * rows, block % across * columns)
      gemm.begin()
      for (index, (term, packed)) in zip(terms, packed).enumerated() {
        let depth = packed.depth
        let shape = GEMMShape(rows: min(rows, m - row), columns: min(columns, n - column), depth: depth)
        gemm.multiply(
          shape, .rows(term.x.source + row * depth, lda: depth, packedB: packed.block(column), isExact: true),
          accumulate: index > 0, epilogue: index + 1 < terms.count ? .none : epilogue.block(row: row, column: column),
          into: out.pointer + row * n + column, ldc: n, workspace: workspace)
      }
      gemm.end()
    }
  }

  private static func threadColumns(_ tuning: GEMMTuning, rows m: Int, columns n: Int) -> Int {
    if let columns = tuning.threadColumns { return columns }
    let parts = max(1, tuning.parts / ((m + tuning.threadRows - 1) / tuning.threadRows))
    return GEMM.paddedColumns((n + parts - 1) / parts)
  }

  private static func multiplyUnpacked(
    _ terms: [(x: Tensor, w: Tensor)], isTransposed: Bool, epilogue: Epilogue, into out: Tensor
  ) {
    BlockedBLAS.multiply(.no, isTransposed ? .yes : .no, terms.map { ($0.x, $0.w) }, into: out)
    if case .none = epilogue { return }
    let columns = out.shape[1]
    parallelRows(out.shape[0], of: columns) { rows in
      epilogue.block(row: rows.lowerBound, column: 0).apply(
        to: out.pointer + rows.lowerBound * columns, ldc: columns, rows: rows.count, columns: columns)
    }
  }
}
