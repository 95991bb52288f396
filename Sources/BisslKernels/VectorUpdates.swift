/// The updates of solvers and optimisers: one pass over memory each. Sources must not overlap destinations.
public enum VectorUpdates {
  /// out = a + s·b
  public static func combine(_ a: Source, _ s: Scalar, _ b: Source, into out: Destination, count: Int) {
    for i in 0..<count { out[i] = a[i] + s * b[i] }
  }

  /// y = x + s·y
  public static func addToScaled(_ x: Source, _ s: Scalar, _ y: Destination, count: Int) {
    for i in 0..<count { y[i] = x[i] + s * y[i] }
  }

  /// out = g + s·(a − b): a gradient with its proximal term. The difference is taken first: it is much smaller than
  /// a and b.
  public static func addScaledDifference(
    _ g: Source, _ s: Scalar, _ a: Source, _ b: Source, into out: Destination, count: Int
  ) {
    for i in 0..<count { out[i] = g[i] + s * (a[i] - b[i]) }
  }

  /// d = s·(c·g + w·p), m ← μ·m + d, p ← p − η·m
  public static func momentum(
    _ p: Destination, _ m: Destination, _ g: Source, gradientScale c: Scalar, decay w: Scalar, scale s: Scalar,
    momentum μ: Scalar, rate η: Scalar, count: Int
  ) {
    for i in 0..<count {
      let velocity = μ * m[i] + s * (c * g[i] + w * p[i])
      m[i] = velocity
      p[i] -= η * velocity
    }
  }

  /// d = s·(c·g + w·p), m ← μ·m + d, p ← p − η·(d + μ·m)
  public static func nesterov(
    _ p: Destination, _ m: Destination, _ g: Source, gradientScale c: Scalar, decay w: Scalar, scale s: Scalar,
    momentum μ: Scalar, rate η: Scalar, count: Int
  ) {
    for i in 0..<count {
      let d = s * (c * g[i] + w * p[i])
      let velocity = μ * m[i] + d
      m[i] = velocity
      p[i] -= η * (d + μ * velocity)
    }
  }
}
