import Glibc

public enum Activations {
  /// y = max(x, 0). NaN passes, as in NumPy's `maximum`.
  public static func relu(_ x: Source, into y: Destination, count: Int) {
    for i in 0..<count { y[i] = x[i] <= 0 ? 0 : x[i] }
  }

  /// out = a where x > 0 (or x is NaN, as PyTorch does), 0 elsewhere: a ReLU's derivative, x its input or its output.
  public static func gate(_ x: Source, _ a: Source, into out: Destination, count: Int) {
    for i in 0..<count { out[i] = x[i] <= 0 ? 0 : a[i] }
  }

  /// y = x·Φ(x), with Φ the distribution function and φ the density of the standard normal distribution.
  public static func gelu(_ x: Source, into y: Destination, count: Int) {
    for i in 0..<count { y[i] = x[i] * NormalDistribution.values(x[i]).distribution }
  }

  /// out = (Φ(x) + x·φ(x))·a
  public static func geluDerivative(_ x: Source, times a: Source, into out: Destination, count: Int) {
    for i in 0..<count {
      let (distribution, density) = NormalDistribution.values(x[i])
      out[i] = (distribution + x[i] * density) * a[i]
    }
  }

  /// out += (2 − x²)·φ(x)·a·b
  public static func addGeluSecondDerivative(
    _ x: Source, times a: Source, _ b: Source, to out: Destination, count: Int
  ) {
    for i in 0..<count { out[i] += (2 - x[i] * x[i]) * NormalDistribution.density(x[i]) * a[i] * b[i] }
  }

  /// y = log(1 + exp(x)), from whichever exponential is at most 1.
  public static func softplus(_ x: Source, into y: Destination, count: Int) {
    for i in 0..<count { y[i] = (x[i] <= 0 ? 0 : x[i]) + log1p(exp(-abs(x[i]))) }
  }
}
