/// How fast a core multiplies and adds at best: independent sums that stay in registers, nothing read and nothing written.
public enum MultiplyAdds {
  /// Multiply-adds of a step.
  public static let perStep = 12 * VectorLane.width

  /// Takes `steps` steps; the result is of no interest, but keeps the compiler from leaving them out.
  @inline(never)
  public static func run(steps: Int) -> Scalar {
    typealias V = VectorLane
    let (a, b) = (V(repeating: 0.25), V(repeating: 0.0625))
    var s0 = V.zero
    var s1 = V.zero
    var s2 = V.zero
    var s3 = V.zero
    var s4 = V.zero
    var s5 = V.zero
    var s6 = V.zero
    var s7 = V.zero
    var s8 = V.zero
    var s9 = V.zero
    var s10 = V.zero
    var s11 = V.zero
    var left = steps
    while left > 0 {
      s0.addProduct(a, b)
      s1.addProduct(a, b)
      s2.addProduct(a, b)
      s3.addProduct(a, b)
      s4.addProduct(a, b)
      s5.addProduct(a, b)
      s6.addProduct(a, b)
      s7.addProduct(a, b)
      s8.addProduct(a, b)
      s9.addProduct(a, b)
      s10.addProduct(a, b)
      s11.addProduct(a, b)
      left -= 1
    }
    return (s0 + s1 + s2 + s3 + s4 + s5
      + s6 + s7 + s8 + s9 + s10 + s11).sum()
  }
}
