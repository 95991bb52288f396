extension Reductions {
  /// Σ (s·aᵢ + t·bᵢ)², in double precision, so that a difference of nearby vectors keeps its digits.
  public static func squaredNormOfSum(_ s: Double, _ a: Source, _ t: Double, _ b: Source, count: Int) -> Double {
    let vectored = count / 8 * 8
    var sums = SIMD8<Double>.zero
    for i in stride(from: 0, to: vectored, by: 8) {
      let term = s * wide(a + i) + t * wide(b + i)
      sums += term * term
    }
    var sum = sums.sum()
    for i in vectored..<count {
      let term = s * Double(a[i]) + t * Double(b[i])
      sum += term * term
    }
    return sum
  }

  @inline(__always)
  private static func wide(_ x: Source) -> SIMD8<Double> {
    SIMD8<Double>(UnsafeRawPointer(x).loadUnaligned(as: SIMD8<Scalar>.self))
  }
}
