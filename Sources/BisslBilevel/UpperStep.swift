import BisslCore

/// One step of the upper level (Algorithm 1): minimises L^D(θ_P*(θ_D), φ_D) + L^D(θ_D, φ_D) in θ_D and φ_D, with
///
///     v = ∇θ L^D(θ_P, φ_D)    v_IJ ≈ A⁻¹ v    g_θD = v_IJ + ∇θ L^D(θ_D, φ_D)
///     g_φD = ∇φ L^D(θ_P, φ_D) + ∇φ L^D(θ_D, φ_D)
public struct UpperStep {
  public struct Report {
    /// L^D(θ_P, φ_D) and L^D(θ_D, φ_D) before the step.
    public let lossAtLower, lossAtUpper: Double
    /// Joint ℓ2 norm of g_θD and g_φD before clipping.
    public let gradientNorm: Double
    public let v: Tensor
    /// `solve.solution` is v_IJ.
    public let solve: SolveReport
  }

  private let lam: Double
  private let damping: Double
  private let solver: any LinearSolver
  private let clipping: JointClipping

  public init(lam: Double, damping: Double, solver: any LinearSolver, clipping: JointClipping) throws {
    try ImplicitSystem.check(lam: lam, damping: damping)
    self.lam = lam
    self.damping = damping
    self.solver = solver
    self.clipping = clipping
  }

  /// - Parameters:
  ///   - atLower: L^D and its gradients at (θ_P, φ_D).
  ///   - atUpper: the same at (θ_D, φ_D).
  ///   - hessianProduct: u ↦ ∇²θ L^P(θ_P, φ_P) u, one and the same for all steps of an alternation.
  ///   - backbone, head: θ_D and φ_D, changed in place.
  /// - Throws: `nonFinite` naming the segment, `value` for what does not fit. Nothing is changed then.
  public func callAsFunction(
    atLower: EvaluatedLoss, atUpper: EvaluatedLoss, hessianProduct: @escaping LinearMap, backbone: Parameters,
    head: Parameters, optimizer: any Optimizer, learningRate: Double
  ) throws -> Report {
    try Setting.requireNonNegative(learningRate, "learning rate")
    try checkFinite(atLower, "at θ_P", backbone.layout, head.layout)
    try checkFinite(atUpper, "at θ_D", backbone.layout, head.layout)
    let v = atLower.backboneGradient
    let system = try ImplicitSystem(lam: lam, damping: damping, hessianProduct: hessianProduct)
    let solve = try Level.upper.naming { try solver.solve(system.product, v, backbone.layout) }
    let norm = try optimizer.step(
      [
        Gradient("backbone", of: backbone, backbone.layout.combining(solve.solution, 1, atUpper.backboneGradient)),
        Gradient("head", of: head, head.layout.combining(atLower.headGradient, 1, atUpper.headGradient)),
      ],
      at: .upper, clipping: clipping, learningRate: learningRate)
    return Report(
      lossAtLower: Double(atLower.loss), lossAtUpper: Double(atUpper.loss), gradientNorm: norm, v: v, solve: solve)
  }

  /// Before the solve, which is what costs.
  private func checkFinite(
    _ evaluated: EvaluatedLoss, _ place: String, _ backbone: SegmentLayout, _ head: SegmentLayout
  ) throws {
    try Level.upper.requireFinite(loss: evaluated.loss, "downstream (\(place))")
    let parts = [("backbone", evaluated.backboneGradient, backbone), ("head", evaluated.headGradient, head)]
    for (name, gradient, layout) in parts {
      let squares = try layout.dots(gradient, gradient)
      try Level.upper.requireFinite(squaredNorms: squares, layout, "\(name) gradient (\(place))")
    }
  }
}
