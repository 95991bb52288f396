import BisslCore

/// One step of the upper level (Algorithm 1): minimises L^D(θ_P*(θ_D), φ_D) + L^D(θ_D, φ_D) in θ_D and φ_D, with
///
///     v = ∇θ L^D(θ_P, φ_D)    v_IJ ≈ A⁻¹ v    g_θD = v_IJ + ∇θ L^D(θ_D, φ_D)
///     g_φD = ∇φ L^D(θ_P, φ_D) + ∇φ L^D(θ_D, φ_D)
///
/// Begun, it offers v. What v_IJ is, and who finds it, is the caller's choice. Nothing changes until it is taken.
public final class UpperStep {
  public struct Report {
    /// L^D(θ_P, φ_D) and L^D(θ_D, φ_D) before the step.
    public let lossAtLower, lossAtUpper: Double
    /// Joint ℓ2 norm of g_θD and g_φD before clipping.
    public let gradientNorm: Double
  }

  private let atLower, atUpper: EvaluatedLoss
  private let backbone, head: Parameters
  private var isTaken = false

  /// - Parameters:
  ///   - atLower: L^D and its gradients at (θ_P, φ_D).
  ///   - atUpper: the same at (θ_D, φ_D).
  ///   - backbone, head: θ_D and φ_D.
  /// - Throws: `nonFinite` naming the segment. Before the solve, which is what costs.
  public init(atLower: EvaluatedLoss, atUpper: EvaluatedLoss, backbone: Parameters, head: Parameters) throws {
    for (evaluated, place) in [(atLower, "at θ_P"), (atUpper, "at θ_D")] {
      try UpperStep.checkFinite(evaluated, place, backbone.layout, head.layout)
    }
    self.atLower = atLower
    self.atUpper = atUpper
    self.backbone = backbone
    self.head = head
  }

  /// ∇θ L^D(θ_P, φ_D). Not a copy.
  public var v: Tensor { atLower.backboneGradient }

  /// Changes θ_D and φ_D in place, once.
  ///
  /// - Throws: `nonFinite` naming the segment, `value` for what does not fit, `state` where it was taken before. Nothing
  ///   is changed then.
  public func take(
    implicitTerm: Tensor, optimizer: any Optimizer, clipping: JointClipping, learningRate: Double
  ) throws -> Report {
    try require(!isTaken, .state("this upper-level step was taken already: begin another"))
    try Setting.requireNonNegative(learningRate, "learning rate")
    let squares = try backbone.layout.dots(implicitTerm, implicitTerm)
    try Level.upper.requireFinite(squaredNorms: squares, backbone.layout, "implicit term v_IJ")
    let norm = try optimizer.step(
      [
        Gradient("backbone", of: backbone, backbone.layout.combining(implicitTerm, 1, atUpper.backboneGradient)),
        Gradient("head", of: head, head.layout.combining(atLower.headGradient, 1, atUpper.headGradient)),
      ],
      at: .upper, clipping: clipping, learningRate: learningRate)
    isTaken = true
    return Report(lossAtLower: Double(atLower.loss), lossAtUpper: Double(atUpper.loss), gradientNorm: norm)
  }

  private static func checkFinite(
    _ evaluated: EvaluatedLoss, _ place: String, _ backbone: ParameterLayout, _ head: ParameterLayout
  ) throws {
    try Level.upper.requireFinite(loss: evaluated.loss, "downstream (\(place))")
    let parts = [("backbone", evaluated.backboneGradient, backbone), ("head", evaluated.headGradient, head)]
    for (name, gradient, layout) in parts {
      let squares = try layout.dots(gradient, gradient)
      try Level.upper.requireFinite(squaredNorms: squares, layout, "\(name) gradient (\(place))")
    }
  }
}
