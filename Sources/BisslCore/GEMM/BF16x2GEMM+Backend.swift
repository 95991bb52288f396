import BisslKernels

extension BF16x2GEMM: GEMMBackend {
  public var layout: GEMMLayout { .bf16x2 }
  public var blockRows: Int { BF16x2Packing.extent }
  public var depthStep: Int { BF16x2Packing.step }
  public var tuning: GEMMTuning {
    GEMMTuning(threadRows: 8 * blockRows, threadColumns: nil, efficientRows: blockRows, parts: 16)
  }

  public func workspace(depth: Int, rows: Int, columns: Int) -> Elements {
    let both = Elements(paddedRows(rows)) + Elements(GEMM.paddedColumns(columns))
    let pass = Elements(min(Self.depthOfPass, paddedDepth(depth)))
    return Elements(Self.blockElements) + pass * .max(Elements(Self.rowsAtOnce), both)
  }

  public func packB(
    _ b: Source, ldb: Int, depth: Int, columns: Int, isTransposed: Bool, block first: Int, into block: Destination
  ) {
    BF16x2Packing.packB(
      b, ldb: ldb, depth: depth, columns: columns, isTransposed: isTransposed, block: first, into: block)
  }

  public func packRowsOfB(
    _ b: Source, ldb: Int, rows: Int, columns: Int, at place: Int, of depth: Int, into packed: Destination
  ) {
    BF16x2Packing.packRowsOfB(b, ldb: ldb, rows: rows, columns: columns, at: place, of: depth, into: packed)
  }

  public func packRowsOfA(
    _ a: Source, lda: Int, rows: Int, columns: Int, at place: Int, of depth: Int, into packed: Destination
  ) {
    BF16x2Packing.packRowsOfA(a, lda: lda, rows: rows, columns: columns, at: place, of: depth, into: packed)
  }

  public func packInPlace(_ block: Destination, rows: Range<Int>) { BF16x2Packing.convert(block, rows: rows) }
}
