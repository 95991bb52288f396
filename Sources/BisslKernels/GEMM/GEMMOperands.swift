/// The extents of a product c (rows, columns), whose entries are sums of `depth` products.
public struct GEMMShape: Sendable {
  public let rows, columns, depth: Int

  public init(rows: Int, columns: Int, depth: Int) {
    self.rows = rows
    self.columns = columns
    self.depth = depth
  }
}

/// The operands of a product. `lda` and `ldb` are the elements from one row of a matrix to the next.
public enum GEMMOperands {
  /// c = a·b with a (rows, depth) as it lies and b (depth, columns) packed. Where `isExact`, no other rows of a are
  /// read and no other entries of c written; else c and the rows of a have room for whole blocks, and what pads c is
  /// undefined.
  case rows(_ a: Source, lda: Int, packedB: Source, isExact: Bool)
  /// c = aᵀ·b with a (depth, rows) and b (depth, columns), both packed. c has room for whole blocks.
  case packed(_ a: Source, _ b: Source)
  /// c = aᵀ·b with a (depth, rows) and b (depth, columns) as they lie. c has room for whole blocks, and so have a and
  /// b.
  case transposed(_ a: Source, lda: Int, _ b: Source, ldb: Int)
}
