import BisslCore

/// A = I + H/(λ + damping), whose inverse approximates the implicit Jacobian (BiSSL, equation 6 and Algorithm 2), with
/// H the Hessian of the pretext loss in the backbone.
public struct ImplicitSystem {
  private let weight: Double
  private let hessianProduct: LinearMap

  public init(lam: Double, damping: Double, hessianProduct: @escaping LinearMap) throws {
    try ImplicitSystem.check(lam: lam, damping: damping)
    weight = 1 / (lam + damping)
    self.hessianProduct = hessianProduct
  }

  /// A d
  public func product(_ direction: Tensor) throws -> Tensor {
    let layout = try SegmentLayout.whole(direction.count)
    return try layout.combining(direction, weight, hessianProduct(direction))
  }

  static func check(lam: Double, damping: Double) throws {
    try Setting.requireNonNegative(lam, "lam")
    try Setting.requireNonNegative(damping, "damping")
    // 1/(λ + damping) must be a number too: a subnormal sum is as good as zero.
    try require(
      (1 / (lam + damping)).isFinite,
      .value(
        "lam + damping: expected a sum > 0, got \(lam + damping), and A = I + H/(lam + damping) divides by it: "
          + "set damping > 0"))
  }
}
