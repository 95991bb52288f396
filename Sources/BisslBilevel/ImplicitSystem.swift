import BisslCore
import BisslKernels

/// How λ and λ_damp make up the implicit system, with H the Hessian of the pretext loss in the backbone. By the implicit
/// function theorem the Jacobian of θ_P*(θ_D) is λ(H + λI)⁻¹. Both rules damp H + λI, and differ by a factor.
public enum DampingRule: String, CaseIterable, Sendable {
  /// A = I + H/(λ + λ_damp) (BiSSL, section B.3): the Jacobian of a lower level whose λ is λ + λ_damp.
  case paper
  /// A = I + (H + λ_damp·I)/λ: Tikhonov's damping of H + λI, which shrinks the solution of `paper` by λ/(λ + λ_damp).
  case tikhonov
}

/// A v_IJ = v, whose solution approximates the implicit Jacobian's product with v (BiSSL, equation 6 and Algorithm 2).
public struct ImplicitSystem {
  /// Of the joint system: how many parameters the backbone has, and what stands for 1 on the others' diagonal.
  private var head: (start: Int, weight: Double)?
  private let identityWeight: Double
  private let hessianWeight: Double
  private let hessianProduct: LinearMap

  public init(
    lam: Double, damping: Double, rule: DampingRule = .paper, hessianProduct: @escaping LinearMap
  ) throws {
    try Setting.requireNonNegative(lam, "lam")
    try Setting.requireNonNegative(damping, "damping")
    switch rule {
    case .paper:
      (identityWeight, hessianWeight) = (1, 1 / (lam + damping))
      // 1/(λ + damping) must be a number too: a subnormal sum is as good as zero.
      try require(
        hessianWeight.isFinite,
        .value(
          "lam + damping: expected a sum > 0, got \(lam + damping), and A = I + H/(lam + damping) divides by it: "
            + "set damping > 0"))
    case .tikhonov:
      (identityWeight, hessianWeight) = (1 + damping / lam, 1 / lam)
      try require(
        hessianWeight.isFinite && identityWeight.isFinite,
        .value(
          "lam: expected a number > 0, got \(lam), and A = I + (H + damping·I)/lam divides by it: "
            + "set lam > 0, or the damping rule 'paper'"))
    }
    self.hessianProduct = hessianProduct
  }

  /// The joint system of (θ, φ): (H + diag(ρ, δ))/ρ with ρ = λ + λ_damp and H the Hessian in both. Where the lower level
  /// moves φ with θ, v_IJ is the first part of the solution of A x = (v, 0).
  ///
  /// - Parameters:
  ///   - backboneCount: how many entries of a direction are θ's; φ's follow.
  ///   - headDamping: δ.
  public init(
    lam: Double, damping: Double, headDamping: Double, backboneCount: Int, hessianProduct: @escaping LinearMap
  ) throws {
    try self.init(lam: lam, damping: damping, hessianProduct: hessianProduct)
    try Setting.requireNonNegative(headDamping, "head_damping")
    head = (backboneCount, headDamping * hessianWeight)
  }

  /// A d
  public func product(_ direction: Tensor) throws -> Tensor {
    let layout = try ParameterLayout.whole(direction.count)
    let image = try layout.combining(direction, hessianWeight / identityWeight, hessianProduct(direction))
    if let head {
      var blocks = try ParameterLayout.whole(head.start)
      try blocks.append("head", Shape(direction.count - head.start))
      try blocks.add(direction, scaledBy: [0, Scalar(head.weight - 1)], to: image)
    }
    return identityWeight == 1 ? image : try layout.scaled(image, by: identityWeight)
  }
}
