import Glibc

public enum Activations {
  /// y = max(x, 0). NaN passes, as in NumPy's `maximum`.
  public static func relu(_ x: Source, into y: Destination, count: Int) {
    for i in 0..<count { y[i] = x[i] <= 0 ? 0 : x[i] }
  }

  /// out = a where x > 0 (or x is NaN, as PyTorch does), 0 elsewhere
  public static func gate(_ x: Source, _ a: Source, into out: Destination, count: Int) {
    for i in 0..<count { out[i] = x[i] <= 0 ? 0 : a[i] }
  }

  /// y = x·Φ(x), with Φ the distribution function and φ the density of the standard normal distribution.
  public static func gelu(_ x: Source, into y: Destination, count: Int) {
    for i in 0..<count { y[i] = x[i] * distribution(x[i]) }
  }

  /// out = (Φ(x) + x·φ(x))·a
  public static func geluDerivative(_ x: Source, times a: Source, into out: Destination, count: Int) {
    for i in 0..<count { out[i] = (distribution(x[i]) + x[i] * density(x[i])) * a[i] }
  }

  /// out += (2 − x²)·φ(x)·a·b
  public static func addGeluSecondDerivative(
    _ x: Source, times a: Source, _ b: Source, to out: Destination, count: Int
  ) {
    for i in 0..<count { out[i] += (2 - x[i] * x[i]) * density(x[i]) * a[i] * b[i] }
  }

  /// y = log(1 + exp(x)), from whichever exponential is at most 1.
  public static func softplus(_ x: Source, into y: Destination, count: Int) {
    for i in 0..<count { y[i] = (x[i] <= 0 ? 0 : x[i]) + log1p(exp(-abs(x[i]))) }
  }

  /// out = σ(x)·a, with σ the logistic function
  public static func logistic(_ x: Source, times a: Source, into out: Destination, count: Int) {
    for i in 0..<count {
      let small = exp(-abs(x[i]))
      out[i] = (x[i] < 0 ? small : 1) / (1 + small) * a[i]
    }
  }

  /// out += σ(x)(1 − σ(x))·a·b
  public static func addLogisticDerivative(_ x: Source, times a: Source, _ b: Source, to out: Destination, count: Int) {
    for i in 0..<count {
      let small = exp(-abs(x[i]))
      out[i] += small / ((1 + small) * (1 + small)) * a[i] * b[i]
    }
  }

  /// The complementary error function keeps the digits of the lower tail, which 1 + erf would cancel.
  @inline(__always)
  private static func distribution(_ x: Scalar) -> Scalar { 0.5 * erfc(x * -0.707_106_781_186_547_5) }

  @inline(__always)
  private static func density(_ x: Scalar) -> Scalar { 0.398_942_280_401_432_7 * exp(-0.5 * x * x) }
}
