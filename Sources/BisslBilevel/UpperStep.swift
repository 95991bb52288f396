import BisslCore

/// One step of the upper level (Algorithm 1): minimises L^D(θ_P*(θ_D), φ_D) + L^D(θ_D, φ_D) in θ_D and φ_D, with
///
///     v = ∇θ L^D(θ_P, φ_D)    v_IJ ≈ A⁻¹ v    g_θD = v_IJ + ∇θ L^D(θ_D, φ_D)
///     g_φD = ∇φ L^D(θ_P, φ_D) + ∇φ L^D(θ_D, φ_D)
///
/// Proposed, it offers v. What v_IJ is, and who finds it, is the caller's choice.
public final class UpperStep {
  /// ∇θ L^D(θ_P, φ_D). Not a copy.
  public let v: Tensor
  private let step: ProposedStep
  private let backbone: Parameters

  /// - Parameters:
  ///   - atLower: L^D and its gradients at (θ_P, φ_D), of which nothing is committed.
  ///   - atUpper: the same at (θ_D, φ_D).
  ///   - backbone, head: θ_D and φ_D.
  ///   - commit: moves what a step moves besides parameters.
  /// - Throws: `nonFinite` naming the segment. Before the solve, which is what costs.
  public init(
    atLower: EvaluatedLoss, atUpper: EvaluatedLoss, backbone: Parameters, head: Parameters,
    over communicator: any Communicator = SingleProcess.shared, commit: @escaping () -> Void = {}
  ) throws {
    let (lower, upper) = (try UpperStep.gradients(atLower, backbone, head), try UpperStep.gradients(atUpper, backbone, head))
    for (place, evaluated, gradients) in [("θ_P", atLower, lower), ("θ_D", atUpper, upper)] {
      // Of several processes each sees its share; what is not finite in one is not in the sum, which all of them see.
      if communicator.size > 1 { continue }
      try Level.upper.requireFinite(loss: evaluated.loss, "downstream (at \(place))")
      for gradient in gradients { try UpperStep.requireFinite(gradient, gradient.vector, " (at \(place))") }
    }
    v = try communicator.size > 1 ? atLower.backboneGradient.copy() : atLower.backboneGradient
    step = try ProposedStep(
      .upper,
      [
        ProposedStep.Term("downstream (at θ_P)", loss: atLower.loss, lower.filter { $0.name == "head" }),
        ProposedStep.Term("downstream (at θ_D)", loss: atUpper.loss, upper, commit: commit),
      ], summedWith: [v], over: communicator)
    self.backbone = backbone
    if communicator.size > 1 {
      try UpperStep.requireFinite(lower[0], v, " (at θ_P)")
      for gradient in step.gradients { try UpperStep.requireFinite(gradient, gradient.vector) }
    }
  }

  private static func requireFinite(_ gradient: Gradient, _ vector: Tensor, _ place: String = "") throws {
    let layout = gradient.parameters.layout
    try Level.upper.requireFinite(
      squaredNorms: layout.dots(vector, vector), layout, "\(gradient.name) gradient\(place)")
  }

  private static func gradients(
    _ evaluated: EvaluatedLoss, _ backbone: Parameters, _ head: Parameters
  ) throws -> [Gradient] {
    [
      try Gradient("backbone", of: backbone, evaluated.backboneGradient),
      try Gradient("head", of: head, evaluated.headGradient),
    ]
  }

  /// L^D(θ_P, φ_D) and L^D(θ_D, φ_D) before the step.
  public var lossAtLower: Double { step.losses[0] }
  public var lossAtUpper: Double { step.losses[1] }

  /// Changes θ_D and φ_D in place, once, and answers as `ProposedStep.commit`, with its errors.
  public func commit(
    implicitTerm: Tensor, optimizer: any Optimizer, clipping: JointClipping, learningRate: Double
  ) throws -> Double {
    let squares = try backbone.layout.dots(implicitTerm, implicitTerm)
    try Level.upper.requireFinite(squaredNorms: squares, backbone.layout, "implicit term v_IJ")
    return try step.commit(optimizer, clipping: clipping, learningRate: learningRate, adding: implicitTerm)
  }
}
