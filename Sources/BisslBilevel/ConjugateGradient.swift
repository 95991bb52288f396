import BisslCore

/// Conjugate gradients, a fixed number of iterations (BiSSL, section B.3).
///
/// Layer-wise, A is applied to the whole vector, but every segment has step lengths α and β from its own inner
/// products. That is not the conjugate gradient method of A: directions are not conjugate and, A being indefinite with
/// batch norm, it need not converge. Global mode is the textbook method with one α and one β.
public struct ConjugateGradient: IterativeSolver {
  public let iterations: Int
  public let layerwise: Bool
  public let policy: NonFinitePolicy
  public let reportsTrueResidual: Bool

  let name = "conjugate gradients"

  /// Added to both denominators, as the authors do. It sets a floor: once the ‖r‖ that a step length belongs to is
  /// near 1e-6 (the square root), steps shrink and the residual stalls. Segments of v that small keep x ≈ 0.
  static let guardTerm = 1e-12

  public init(
    iterations: Int = 5, layerwise: Bool = true, policy: NonFinitePolicy = .raise, reportsTrueResidual: Bool = false
  ) throws {
    try Self.requireIterations(iterations)
    self.iterations = iterations
    self.layerwise = layerwise
    self.policy = policy
    self.reportsTrueResidual = reportsTrueResidual
  }

  func state(at point: StartingPoint, _ layout: ParameterLayout) throws -> ConjugateGradientState {
    try ConjugateGradientState(point, layout, layerwise: layerwise)
  }
}
