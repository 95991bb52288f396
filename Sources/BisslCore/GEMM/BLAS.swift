import BisslKernels
import COpenBLAS

/// The only caller of OpenBLAS. Everything is row-major; leading dimensions are in elements.
public enum BLAS {
  public enum Transpose: Int32 { case no = 111, yes = 112 }

  /// C = A·B (`accumulate`: C += A·B) with A m×k, B k×n, C m×n after the transpositions.
  /// Extents are proved to fit OpenBLAS's 32-bit integers by `matrixExtent` before work is handed out.
  @inline(__always)
  public static func multiply(
    _ transposeA: Transpose, _ transposeB: Transpose, m: Int, n: Int, k: Int, scale: Scalar = 1,
    _ a: Source, lda: Int, _ b: Source, ldb: Int, accumulate: Bool = false, into c: Destination, ldc: Int
  ) {
    if m == 0 || n == 0 { return }
    let beta: Scalar = accumulate ? 1 : 0
    #if BISSL_DOUBLE
      cblas_dgemm(
        101, transposeA.rawValue, transposeB.rawValue, Int32(m), Int32(n), Int32(k), scale, a, Int32(lda), b,
        Int32(ldb),
        beta, c, Int32(ldc))
    #else
      cblas_sgemm(
        101, transposeA.rawValue, transposeB.rawValue, Int32(m), Int32(n), Int32(k), scale, a, Int32(lda), b,
        Int32(ldb),
        beta, c, Int32(ldc))
    #endif
  }

  /// Throws unless every extent can be told to OpenBLAS.
  public static func matrixExtents(_ extents: Int...) throws {
    for extent in extents {
      try require(
        Int32(exactly: extent) != nil, .value("a matrix extent of \(extent) exceeds what OpenBLAS can address (2³¹−1)"))
    }
  }

  public static var coreName: String { String(cString: openblas_get_corename()) }
  public static var configuration: String { String(cString: openblas_get_config()) }

  /// Makes OpenBLAS single-threaded, for good: the engine's own threads call it side by side, and how a product is
  /// shared out decides its last bits. NumPy may share the library and be inside it in another thread, so that the
  /// setting is not put back and set again around every call; the first call sets it, and one after somebody has set
  /// another.
  static func useOneThread() {
    if openblas_get_num_threads() != 1 { openblas_set_num_threads(1) }
  }

  /// The largest error, relative to the largest entry, of products on odd shapes against a plain loop. A wrong core
  /// is a wrong result; the boundary refuses to load above 1e-4.
  public static func selfCheckError() -> Double {
    var worst = 0.0
    for (m, n, k) in [(1, 1, 1), (7, 5, 3), (33, 65, 129), (96, 64, 147), (17, 256, 31)] {
      for transposeA in [Transpose.no, .yes] {
        for transposeB in [Transpose.no, .yes] {
          worst = max(worst, selfCheckError(m, n, k, transposeA, transposeB))
        }
      }
    }
    return worst
  }

  private static func selfCheckError(
    _ m: Int, _ n: Int, _ k: Int, _ transposeA: Transpose, _ transposeB: Transpose
  ) -> Double {
    let a = (0..<m * k).map { Scalar(($0 * 37 + 11) % 101) / 101 - 0.5 }
    let b = (0..<k * n).map { Scalar(($0 * 53 + 29) % 97) / 97 - 0.5 }
    var c = [Scalar](repeating: .nan, count: m * n)
    useOneThread()
    multiply(
      transposeA, transposeB, m: m, n: n, k: k, a, lda: transposeA == .no ? k : m, b, ldb: transposeB == .no ? n : k,
      into: &c, ldc: n)
    var worst = 0.0
    var largest = 0.0
    for row in 0..<m {
      for column in 0..<n {
        var sum = 0.0
        for i in 0..<k {
          let left = transposeA == .no ? a[row * k + i] : a[i * m + row]
          let right = transposeB == .no ? b[i * n + column] : b[column * k + i]
          sum += Double(left) * Double(right)
        }
        let error = abs(Double(c[row * n + column]) - sum)
        worst = max(worst, error.isNaN ? .infinity : error)
        largest = max(largest, abs(sum))
      }
    }
    return worst / max(largest, 1e-30)
  }
}
