import BisslKernels

extension FullGEMM: GEMMBackend {
  public var layout: GEMMLayout { .full }
  public var blockRows: Int { Packing.blockRows }
  public var depthStep: Int { 1 }
  public var tuning: GEMMTuning {
    GEMMTuning(threadRows: 16 * blockRows, threadColumns: 128, efficientRows: 6 * blockRows, parts: 64)
  }

  public func workspace(depth: Int, rows: Int, columns: Int) -> Elements { 0 }

  public func begin() {}
  public func end() {}

  public func packB(
    _ b: Source, ldb: Int, depth: Int, columns: Int, isTransposed: Bool, block first: Int, into block: Destination
  ) {
    Packing.packB(b, ldb: ldb, depth: depth, columns: columns, isTransposed: isTransposed, block: first, into: block)
  }

  public func packRowsOfB(
    _ b: Source, ldb: Int, rows: Int, columns: Int, at place: Int, of depth: Int, into packed: Destination
  ) {
    Packing.packRowsOfB(b, ldb: ldb, rows: rows, columns: columns, at: place, of: depth, into: packed)
  }

  public func packRowsOfA(
    _ a: Source, lda: Int, rows: Int, columns: Int, at place: Int, of depth: Int, into packed: Destination
  ) {
    Packing.packRowsOfA(a, lda: lda, rows: rows, columns: columns, at: place, of: depth, into: packed)
  }

  public func packInPlace(_ block: Destination, rows: Range<Int>) {}
}
