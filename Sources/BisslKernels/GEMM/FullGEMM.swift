import CBissl

/// Matrix products in the precision of the build, on vectors. Where an operand is packed, micro-kernels read it from
/// first to last; OpenBLAS packs both anew at every call, and clears the result.
public struct FullGEMM: Sendable {
  public init() {}

  /// The depth that one pass over a block of the result takes: that much of a block of packed B fits the first-level
  /// cache, or streams through it.
  private static let depthOfPass = Packing.isWide ? 192 : 256

  /// c = or (`accumulate`) += the product, then the epilogue. `workspace` is not used.
  public func multiply(
    _ shape: GEMMShape, _ operands: GEMMOperands, accumulate: Bool, epilogue: Epilogue, into c: Destination, ldc: Int,
    workspace: Destination
  ) {
    let (blockRows, blockColumns, depth) = (Packing.blockRows, Packing.blockColumns, shape.depth)
    var (rows, columns) = (shape.rows, shape.columns)
    let (a, b): (Left, Source)
    switch operands {
    case .rows(let left, let lda, let right, let isExact):
      (a, b) = (Left(start: left, lead: lda, row: lda, step: 1), right)
      if isExact {
        (rows, columns) = (rows / blockRows * blockRows, columns / blockColumns * blockColumns)
        multiplyEdges(shape, beyond: rows, columns, left, lda, right, accumulate, into: c, ldc)
      }
    case .packed(let left, let right):
      (a, b) = (Left(start: left, lead: depth, row: 1, step: blockRows), right)
    case .transposed(let left, let lda, let right, let ldb):
      // Eight blocks of rows at a time; over each block of columns, the first prefetches the next columns of b.
      for first in stride(from: 0, to: rows, by: 8 * blockRows) {
        for column in stride(from: 0, to: columns, by: blockColumns) {
          let microKernel = MicroKernels.serving(columns: columns - column)
          for row in stride(from: first, to: min(rows, first + 8 * blockRows), by: blockRows) {
            microKernel(
              depth, left + row, 1, lda, right + column, ldb, c + row * ldc + column, ldc, accumulate,
              right + column + blockColumns, row == first ? ldb : 0)
          }
        }
      }
      return epilogue.apply(to: c, ldc: ldc, rows: rows, columns: columns)
    }
    // The micro-kernels of one block of packed B prefetch the next block between them.
    let share = (blockColumns * blockRows + rows - 1) / max(1, rows)
    for start in stride(from: 0, to: depth, by: Self.depthOfPass) {
      let part = min(Self.depthOfPass, depth - start)
      for column in stride(from: 0, to: columns, by: blockColumns) {
        let microKernel = MicroKernels.serving(columns: columns - column)
        let block = b + column * depth + start * blockColumns
        var next = block + depth * blockColumns
        for row in stride(from: 0, to: rows, by: blockRows) {
          microKernel(
            part, a.start + row * a.lead + start * a.step, a.row, a.step, block, blockColumns, c + row * ldc + column,
            ldc, accumulate || start > 0, next, share)
          next += part * share
        }
      }
    }
    epilogue.apply(to: c, ldc: ldc, rows: shape.rows, columns: shape.columns)
  }

  /// Where the left operand's entries are: each is `row` elements from the next of its column and `step` from the next
  /// of its row; a block begins `lead` elements per row after the first.
  private struct Left {
    let start: Source
    let lead, row, step: Int
  }

  /// The entries of c beyond the first `rows` and `columns`, which are whole blocks.
  private func multiplyEdges(
    _ shape: GEMMShape, beyond rows: Int, _ columns: Int, _ a: Source, _ lda: Int, _ b: Source, _ accumulate: Bool,
    into c: Destination, _ ldc: Int
  ) {
    let (blockRows, blockColumns, depth) = (Packing.blockRows, Packing.blockColumns, shape.depth)
    if columns < shape.columns {
      for row in stride(from: 0, to: rows, by: blockRows) {
        multiplyEdge(
          blockRows, shape.columns - columns, depth, a + row * lda, lda, b + columns * depth, accumulate,
          c + row * ldc + columns, ldc)
      }
    }
    if rows < shape.rows {
      for column in stride(from: 0, to: shape.columns, by: blockColumns) {
        multiplyEdge(
          shape.rows - rows, min(blockColumns, shape.columns - column), depth, a + rows * lda, lda, b + column * depth,
          accumulate, c + rows * ldc + column, ldc)
      }
    }
  }

  /// A block at the edge: computed beside the result, from a copy of its rows where some are missing.
  private func multiplyEdge(
    _ rows: Int, _ columns: Int, _ depth: Int, _ a: Source, _ lda: Int, _ b: Source, _ accumulate: Bool,
    _ c: Destination, _ ldc: Int
  ) {
    let (blockRows, blockColumns) = (Packing.blockRows, Packing.blockColumns)
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
      let microKernel = MicroKernels.serving(columns: columns)
      microKernel(
        depth, isWhole ? a : Source(copy), isWhole ? lda : depth, 1, b, blockColumns, sums, blockColumns, false, b, 0)
      for row in 0..<rows {
        for column in 0..<columns {
          let sum = sums[row * blockColumns + column]
          c[row * ldc + column] = accumulate ? c[row * ldc + column] + sum : sum
        }
      }
    }
  }
}
