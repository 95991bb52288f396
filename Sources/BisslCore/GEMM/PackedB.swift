import BisslKernels

/// The right operand of matrix products (depth, columns), packed once for a backend and for all products that use it.
public struct PackedB {
  public let backend: any GEMMBackend
  public let depth, columns: Int
  private let packed: Tensor

  /// Packs w (depth, columns), or where `isTransposed` the transpose of w (columns, depth). Where w keeps prepared
  /// forms and `isKept` holds, the packed operand is one of them.
  public init(_ w: Tensor, isTransposed: Bool, for backend: any GEMMBackend, isKept: Bool) throws {
    let (depth, columns) = isTransposed ? (w.shape[1], w.shape[0]) : (w.shape[0], w.shape[1])
    let kind = PreparedForms.Kind.packedB(
      rows: w.shape[0], columns: w.shape[1], isTransposed: isTransposed, backend.layout)
    func pack() throws -> Tensor {
      try PackedB.pack(w, isTransposed: isTransposed, depth: depth, columns: columns, for: backend)
    }
    packed = try isKept ? w.form(kind, make: pack) : pack()
    self.backend = backend
    self.depth = depth
    self.columns = columns
  }

  private static func pack(
    _ w: Tensor, isTransposed: Bool, depth: Int, columns: Int, for backend: any GEMMBackend
  ) throws -> Tensor {
    let packed = try Tensor(backend.packedB(depth: depth, columns: columns), for: "linear")
    parallelChunks(GEMM.paddedColumns(columns), of: GEMM.blockColumns) { _, range in
      backend.packB(
        w.source, ldb: w.shape[1], depth: depth, columns: columns, isTransposed: isTransposed, block: range.lowerBound,
        into: packed.pointer + range.lowerBound * backend.paddedDepth(depth))
    }
    return packed
  }

  /// Where the block begins whose first column is `column`.
  public func block(_ column: Int) -> Source { packed.source + column * backend.paddedDepth(depth) }
}
