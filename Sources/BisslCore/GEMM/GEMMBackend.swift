import BisslKernels

/// One way to multiply matrices: the door behind which the choice of instructions and of memory layout stays. Drivers
/// and algorithms pack operands and multiply through it, and do not ask which one it is.
///
/// Packed B (depth, columns) lies in blocks of `GEMM.blockColumns` columns: the one that begins at column j begins
/// j·paddedDepth(depth) elements in, whatever the layout inside. So does packed A, in blocks of `blockRows` rows of A.
/// A packed operand may serve any number of products, also of other backends with the same `layout`.
public protocol GEMMBackend: Sendable {
  /// How packed operands lie in memory: what is packed for one layout does not serve another.
  var layout: GEMMLayout { get }
  /// Rows of a block of the result, and of packed A.
  var blockRows: Int { get }
  /// Packed operands have memory for a depth that is a multiple of this.
  var depthStep: Int { get }
  var tuning: GEMMTuning { get }

  /// Elements of the workspace that a thread's products of at most this depth need; transposed ones of operands that
  /// are not packed may have as many rows and columns as told.
  func workspace(depth: Int, rows: Int, columns: Int) -> Elements

  /// A thread calls `begin` before its products and `end` after them.
  func begin()
  func end()

  /// Packs the block of B that begins at column `first`, a multiple of `GEMM.blockColumns`. B is b (depth, columns), or
  /// where `isTransposed` the transpose of b (columns, depth).
  func packB(
    _ b: Source, ldb: Int, depth: Int, columns: Int, isTransposed: Bool, block first: Int, into block: Destination)
  /// Packs rows `place` to `place + rows` of the `depth` rows of B from b (rows, columns); `place` is a multiple of
  /// `depthStep`.
  func packRowsOfB(
    _ b: Source, ldb: Int, rows: Int, columns: Int, at place: Int, of depth: Int, into packed: Destination)
  /// As `packRowsOfB`, of Aᵀ (depth, rows of A).
  func packRowsOfA(
    _ a: Source, lda: Int, rows: Int, columns: Int, at place: Int, of depth: Int, into packed: Destination)
  /// Rows of a block of B, which were written there as numbers row by row, become what `packB` makes of them. They
  /// begin at a multiple of `depthStep`.
  func packInPlace(_ block: Destination, rows: Range<Int>)

  /// c = or (`accumulate`) += the product of the operands, then the epilogue.
  func multiply(
    _ shape: GEMMShape, _ operands: GEMMOperands, accumulate: Bool, epilogue: Epilogue, into c: Destination, ldc: Int,
    workspace: Destination)
}

/// What the words in a packed operand are.
public enum GEMMLayout: Hashable, Sendable {
  /// Numbers.
  case full
  /// Sums of two bfloat16 terms.
  case bf16x2
}

/// How work is cut for a backend; measured.
public struct GEMMTuning: Sendable {
  /// Rows of the blocks of a result that threads share, at most.
  public let threadRows: Int
  /// Columns of such a block; nil: as many as make `parts` blocks of the result.
  public let threadColumns: Int?
  /// The fewest rows of an operand at a time, as it is made, that products are efficient with.
  public let efficientRows: Int
  /// How many parts a set of products is cut into, to be shared evenly. Where each part packs the other operand anew,
  /// as bfloat16 terms, fewer are better.
  public let parts: Int
}

extension GEMMBackend {
  /// The depth for which packed operands have memory.
  public func paddedDepth(_ depth: Int) -> Int { Packing.padded(depth, to: depthStep) }
  /// The rows for which c and a have room in products that write whole blocks.
  public func paddedRows(_ rows: Int) -> Int { Packing.padded(rows, to: blockRows) }

  /// Elements of B (depth, columns), packed.
  public func packedB(depth: Int, columns: Int) -> Elements {
    Elements(paddedDepth(depth)) * Elements(GEMM.paddedColumns(columns))
  }

  /// Elements of A (rows, depth), packed.
  public func packedA(depth: Int, rows: Int) -> Elements { Elements(paddedDepth(depth)) * Elements(paddedRows(rows)) }
}
