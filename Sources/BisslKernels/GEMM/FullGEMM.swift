import CBissl

/// Products of small matrices whose operands lie as the blocks in registers want them, so that nothing is copied:
/// extents are padded, the right operand is cut into panels. OpenBLAS copies both at every call, and clears the result.
public enum PanelProduct {
  /// Rows of a block of the result.
  public static let blockRows = 6

  /// Columns of a block of the result, and of a panel: 4 vectors where the processor has AVX-512, else 2.
  public static let blockColumns = isWide ? 4 * WideLane.scalarCount : 2 * NarrowLane.scalarCount

  /// By the instruction set that this build may use, as the C compiler tells it. Matrix tiles come with AVX-512; where
  /// they are emulated without it, operands lie as they would with it.
  static let isWide = String(cString: bissl_simd_level()) == "AVX-512" || OperandFormat.supportsSplit

  /// The depth that one pass over a block takes: a panel of it fits the first-level cache, or streams through it.
  private static let depthOfPass = isWide ? 192 : 256

  /// The extents in memory of `rows` rows or `columns` columns of a result.
  public static func padded(rows: Int, _ format: OperandFormat = .whole) -> Int {
    let block = blockRows(format)
    return (rows + block - 1) / block * block
  }
  public static func padded(columns: Int) -> Int { (columns + blockColumns - 1) / blockColumns * blockColumns }

  /// Elements from one row to the next of an operand with `columns` columns: padded, and no power of two, whose
  /// multiples would share few places of the cache.
  public static func rowStride(_ columns: Int) -> Int { padded(columns: columns) + 16 }

  /// Elements from one to the next of matrices that are read or written side by side, with `rows` rows `row` apart: an odd
  /// number of cache lines (16 numbers, whose multiples rows are), so that the same place of each is in another set of the
  /// cache.
  public static func matrixStride(rows: Int, row: Int) -> Int { (rows * row / 16 | 1) * 16 }

  /// Elements of `depth` × `columns` in panels: panel by panel, row by row, `blockColumns` each.
  public static func panelElements(depth: Int, columns: Int, _ format: OperandFormat = .whole) -> Int {
    format.padded(depth: depth) * padded(columns: columns)
  }

  /// Elements of `depth` × `rows` in strips.
  public static func stripElements(depth: Int, rows: Int, _ format: OperandFormat) -> Int {
    format.padded(depth: depth) * padded(rows: rows, format)
  }

  /// Rows of a block of the result, and of a strip.
  public static func blockRows(_ format: OperandFormat) -> Int { format == .whole ? blockRows : SplitTiles.extent }

  /// c (rows, columns) = or += a·b, with a (rows, depth) and b in panels. Writes c up to its padded extents and reads
  /// as many rows of a.
  public static func multiply(
    rows: Int, columns: Int, depth: Int, _ a: Source, lda: Int, panels b: Source, accumulate: Bool,
    into c: Destination, ldc: Int
  ) {
    multiply(rows, columns, depth, a, lead: lda, row: lda, step: 1, b, accumulate, into: c, ldc)
  }

  /// c (rows, columns) = or += aᵀ·b with a in strips and b in panels (`MatrixPanels`) of `depth` rows. Writes c up to its
  /// padded extents, in the format `split` within the others.
  public static func multiplyStrips(
    rows: Int, columns: Int, depth: Int, strips a: Source, panels b: Source, _ format: OperandFormat, accumulate: Bool,
    into c: Destination, ldc: Int
  ) {
    if format == .split {
      return SplitProduct.multiplyStrips(
        rows: rows, columns: columns, depth: depth, strips: a, panels: b, accumulate: accumulate, into: c, ldc: ldc)
    }
    multiply(rows, columns, depth, a, lead: depth, row: 1, step: blockRows, b, accumulate, into: c, ldc)
  }

  /// Each entry of a is `row` elements from the next of its block's column and `step` from the next of its row; a block
  /// begins `lead` elements per row after the first.
  private static func multiply(
    _ rows: Int, _ columns: Int, _ depth: Int, _ a: Source, lead: Int, row rowStep: Int, step: Int, _ b: Source,
    _ accumulate: Bool, into c: Destination, _ ldc: Int
  ) {
    // The blocks of a panel share in asking for the next.
    let share = (blockColumns * blockRows + rows - 1) / max(1, rows)
    for start in stride(from: 0, to: depth, by: depthOfPass) {
      let part = min(depthOfPass, depth - start)
      for column in stride(from: 0, to: columns, by: blockColumns) {
        let panel = b + column * depth + start * blockColumns
        var next = panel + depth * blockColumns
        for row in stride(from: 0, to: rows, by: blockRows) {
          block(
            part, a + row * lead + start * step, row: rowStep, step: step, panel, bStep: blockColumns,
            into: c + row * ldc + column, ldc: ldc, accumulate: accumulate || start > 0, next: next, nextStep: share)
          next += part * share
        }
      }
    }
  }

  /// As `multiply`, for results and operands without padding: reads `rows` rows of a, writes `rows` × `columns` of c.
  public static func multiplyExactly(
    rows: Int, columns: Int, depth: Int, _ a: Source, lda: Int, panels b: Source, accumulate: Bool,
    into c: Destination, ldc: Int
  ) {
    let (wholeRows, wholeColumns) = (rows / blockRows * blockRows, columns / blockColumns * blockColumns)
    if wholeRows > 0 && wholeColumns > 0 {
      multiply(
        rows: wholeRows, columns: wholeColumns, depth: depth, a, lda: lda, panels: b, accumulate: accumulate, into: c,
        ldc: ldc)
    }
    let lastPanel = b + wholeColumns * depth
    if wholeColumns < columns {
      for row in stride(from: 0, to: wholeRows, by: blockRows) {
        edge(
          blockRows, columns - wholeColumns, depth, a + row * lda, lda, lastPanel, accumulate,
          c + row * ldc + wholeColumns, ldc)
      }
    }
    if wholeRows < rows {
      for column in stride(from: 0, to: columns, by: blockColumns) {
        edge(
          rows - wholeRows, min(blockColumns, columns - column), depth, a + wholeRows * lda, lda, b + column * depth,
          accumulate, c + wholeRows * ldc + column, ldc)
      }
    }
  }

  /// A block at the edge: computed beside the result, from a copy of its rows where some are missing.
  private static func edge(
    _ rows: Int, _ columns: Int, _ depth: Int, _ a: Source, _ lda: Int, _ panel: Source, _ accumulate: Bool,
    _ c: Destination, _ ldc: Int
  ) {
    withUnsafeTemporaryAllocation(of: Scalar.self, capacity: blockRows * (blockColumns + depth)) { memory in
      guard let sums = memory.baseAddress else { return }
      let copy = sums + blockRows * blockColumns
      for row in 0..<blockRows where rows < blockRows {
        if row < rows {
          (copy + row * depth).update(from: a + row * lda, count: depth)
        } else {
          (copy + row * depth).update(repeating: 0, count: depth)
        }
      }
      let isWhole = rows == blockRows
      block(
        depth, isWhole ? a : Source(copy), row: isWhole ? lda : depth, step: 1, panel, bStep: blockColumns, into: sums,
        ldc: blockColumns, accumulate: false, next: panel, nextStep: 0)
      for row in 0..<rows {
        for column in 0..<columns {
          let sum = sums[row * blockColumns + column]
          c[row * ldc + column] = accumulate ? c[row * ldc + column] + sum : sum
        }
      }
    }
  }

  /// c (rows, columns) = or += aᵀ·b, with a (depth, rows) and b (depth, columns). Writes c and reads a and b up to the
  /// padded extents.
  public static func multiplyTransposed(
    rows: Int, columns: Int, depth: Int, _ a: Source, lda: Int, _ b: Source, ldb: Int, accumulate: Bool,
    into c: Destination, ldc: Int
  ) {
    for first in stride(from: 0, to: rows, by: 8 * blockRows) {
      for column in stride(from: 0, to: columns, by: blockColumns) {
        for row in stride(from: first, to: min(rows, first + 8 * blockRows), by: blockRows) {
          // The first block asks for the next columns of b.
          block(
            depth, a + row, row: 1, step: lda, b + column, bStep: ldb, into: c + row * ldc + column, ldc: ldc,
            accumulate: accumulate, next: b + column + blockColumns, nextStep: row == first ? ldb : 0)
        }
      }
    }
  }

  @inline(__always)
  private static func block(
    _ depth: Int, _ a: Source, row: Int, step: Int, _ b: Source, bStep: Int, into c: Destination, ldc: Int,
    accumulate: Bool, next: Source, nextStep: Int
  ) {
    let multiply = isWide ? MatrixBlocks.wide : MatrixBlocks.narrow
    multiply(depth, a, row, step, b, bStep, c, ldc, accumulate, next, nextStep)
  }
}
