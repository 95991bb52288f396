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

  /// p ← a·p, m ← β₁·m + (1 − β₁)·c·g, v ← β₂·v + (1 − β₂)·(c·g)², p ← p − η·m/(s·√v + ε)
  public static func adam(
    _ p: Destination, _ m: Destination, _ v: Destination, _ g: Source, gradientScale c: Scalar, shrink a: Scalar,
    betas β: (Scalar, Scalar), complements: (Scalar, Scalar), rate η: Scalar, scale s: Scalar, epsilon ε: Scalar,
    count: Int
  ) {
    for i in 0..<count {
      let gradient = c * g[i]
      let first = β.0 * m[i] + complements.0 * gradient
      let second = β.1 * v[i] + complements.1 * gradient * gradient
      m[i] = first
      v[i] = second
      p[i] = a * p[i] - η * first / (s * second.squareRoot() + ε)
    }
  }
}
