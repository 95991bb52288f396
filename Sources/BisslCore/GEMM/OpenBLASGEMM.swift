import BisslKernels

/// OpenBLAS over operands packed as `FullGEMM` has them, block by block. It packs them again, so it is none to be fast:
/// the other backends are checked against it. (Where OpenBLAS is no slower, drivers call it with operands that are not
/// packed at all: `BlockedBLAS`.)
public struct OpenBLASGEMM: GEMMBackend {
  private let full = FullGEMM()

  public init() {}

  public var layout: GEMMLayout { full.layout }
  public var blockRows: Int { full.blockRows }
  public var depthStep: Int { full.depthStep }
  public var tuning: GEMMTuning { full.tuning }

  public func workspace(depth: Int, rows: Int, columns: Int) -> Elements { 0 }

  public func begin() {}
  public func end() {}

  public func packB(
    _ b: Source, ldb: Int, depth: Int, columns: Int, isTransposed: Bool, block first: Int, into block: Destination
  ) {
    full.packB(b, ldb: ldb, depth: depth, columns: columns, isTransposed: isTransposed, block: first, into: block)
  }

  public func packRowsOfB(
    _ b: Source, ldb: Int, rows: Int, columns: Int, at place: Int, of depth: Int, into packed: Destination
  ) {
    full.packRowsOfB(b, ldb: ldb, rows: rows, columns: columns, at: place, of: depth, into: packed)
  }

  public func packRowsOfA(
    _ a: Source, lda: Int, rows: Int, columns: Int, at place: Int, of depth: Int, into packed: Destination
  ) {
    full.packRowsOfA(a, lda: lda, rows: rows, columns: columns, at: place, of: depth, into: packed)
  }

  public func packInPlace(_ block: Destination, rows: Range<Int>) {}

  public func multiply(
    _ shape: GEMMShape, _ operands: GEMMOperands, accumulate: Bool, epilogue: Epilogue, into c: Destination, ldc: Int,
    workspace: Destination
  ) {
    let (rows, columns, depth, width) = (shape.rows, shape.columns, shape.depth, GEMM.blockColumns)
    switch operands {
    case .rows(let a, let lda, let b, _):
      for column in stride(from: 0, to: columns, by: width) {
        BLAS.multiply(
          .no, .no, m: rows, n: min(width, columns - column), k: depth, a, lda: lda, b + column * depth, ldb: width,
          accumulate: accumulate, into: c + column, ldc: ldc)
      }
    case .packed(let a, let b):
      for row in stride(from: 0, to: rows, by: blockRows) {
        for column in stride(from: 0, to: columns, by: width) {
          BLAS.multiply(
            .yes, .no, m: min(blockRows, rows - row), n: min(width, columns - column), k: depth, a + row * depth,
            lda: blockRows, b + column * depth, ldb: width, accumulate: accumulate, into: c + row * ldc + column,
            ldc: ldc)
        }
      }
    case .transposed(let a, let lda, let b, let ldb):
      BLAS.multiply(
        .yes, .no, m: rows, n: columns, k: depth, a, lda: lda, b, ldb: ldb, accumulate: accumulate, into: c, ldc: ldc)
    }
    epilogue.apply(to: c, ldc: ldc, rows: rows, columns: columns)
  }
}
