/// The logistic function σ(x) = 1/(1 + e⁻ˣ), the derivative of softplus, and its own first two.
public enum Logistic {
  /// y = σ(x)
  public static func value(_ x: Source, into y: Destination, count: Int) {
    for i in 0..<count { y[i] = sigma(x[i]) }
  }

  /// out = σ(x)·a
  public static func value(_ x: Source, times a: Source, into out: Destination, count: Int) {
    for i in 0..<count { out[i] = sigma(x[i]) * a[i] }
  }

  /// out = σ′(x)·a with σ′(x) = σ(x)σ(−x)
  public static func derivative(_ x: Source, times a: Source, into out: Destination, count: Int) {
    for i in 0..<count { out[i] = sigma(x[i]) * sigma(-x[i]) * a[i] }
  }

  /// out += σ′(x)·a·b
  public static func addDerivative(_ x: Source, times a: Source, _ b: Source, to out: Destination, count: Int) {
    for i in 0..<count { out[i] += sigma(x[i]) * sigma(-x[i]) * a[i] * b[i] }
  }

  /// out += σ″(x)·a·b with σ″(x) = σ(x)σ(−x)(σ(−x) − σ(x))
  public static func addSecondDerivative(_ x: Source, times a: Source, _ b: Source, to out: Destination, count: Int) {
    for i in 0..<count {
      let (p, q) = (sigma(x[i]), sigma(-x[i]))
      out[i] += p * q * (q - p) * a[i] * b[i]
    }
  }

  /// From whichever exponential is at most 1.
  @inline(__always)
  private static func sigma(_ x: Scalar) -> Scalar {
    let small = Exponential.value(-abs(x))
    return (x < 0 ? small : 1) / (1 + small)
  }
}
