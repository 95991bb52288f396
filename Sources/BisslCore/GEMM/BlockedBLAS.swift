import BisslKernels

/// Matrix products by OpenBLAS, in blocks of the result, by shape alone. Each block is one thread's from beginning to
/// end, so no sum is split. For products that do not repay packing an operand here, and for both transposes.
public enum BlockedBLAS {
  /// out = s·Σⱼ xⱼ·yⱼ (`accumulate`: out += …), each factor transposed as told. The factors are matrices that fit, with
  /// extents proved by `BLAS.matrixExtents`.
  public static func multiply(
    _ transposeX: BLAS.Transpose, _ transposeY: BLAS.Transpose, _ terms: [(x: Tensor, y: Tensor)],
    scaledBy s: Scalar = 1, accumulate: Bool = false, into out: Tensor
  ) {
    let (m, n) = (out.shape[0], out.shape[1])
    let (down, across) = grid(rows: m, columns: n)
    let (rows, columns) = (extent(m, parts: down), extent(n, parts: across))
    ThreadPool.shared.run(down * across) { block in
      let (row, column) = (block / across * rows, block % across * columns)
      if row >= m || column >= n { return }
      for (index, term) in terms.enumerated() {
        let (ldx, ldy) = (term.x.shape[1], term.y.shape[1])
        BLAS.multiply(
          transposeX, transposeY, m: min(rows, m - row), n: min(columns, n - column),
          k: term.x.shape[transposeX == .no ? 1 : 0], scale: s,
          term.x.source + (transposeX == .no ? row * ldx : row), lda: ldx,
          term.y.source + (transposeY == .no ? column : column * ldy), ldb: ldy,
          accumulate: accumulate || index > 0, into: out.pointer + row * n + column, ldc: n)
      }
    }
  }

  /// Elements of a block: OpenBLAS packs its operands at every call, which a smaller one does not outweigh; a larger
  /// one gains nothing more.
  private static let least = 1 << 16, greatest = 1 << 18

  /// How many blocks there are down and across: those that pack least. Where the result is large enough, their number
  /// is a multiple of 16, which most numbers of threads share evenly.
  static func grid(rows m: Int, columns n: Int) -> (down: Int, across: Int) {
    let size = m * n
    let most = max(1, size / least)
    let blocks =
      most < 16
      ? powerOfTwo(atMost: most) : (size + 16 * greatest - 1) / (16 * greatest) * 16
    let divisors = (1...blocks).filter { blocks % $0 == 0 }
    let across = divisors.min { blocks / $0 * n + $0 * m < blocks / $1 * n + $1 * m } ?? 1
    return (blocks / across, across)
  }

  /// The extent of each of `parts` parts: a multiple of 4, the least block of OpenBLAS's kernels.
  private static func extent(_ whole: Int, parts: Int) -> Int { ((whole + parts - 1) / parts + 3) / 4 * 4 }
}
