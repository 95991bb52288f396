import BisslCore

/// Conjugate gradients, a fixed number of iterations (BiSSL, section B.3).
///
/// Layer-wise, A is applied to the whole vector, but every segment has step lengths α and β from its own inner
/// products. That is not the conjugate gradient method of A: directions are not conjugate and, A being indefinite with
/// batch norm, it need not converge. Global mode is the textbook method with one α and one β.
public struct ConjugateGradient: IterativeSolver {
  /// What is added to the denominators of α and β, so that a segment that has converged does not divide by zero.
  public enum Guard: String, CaseIterable, Sendable {
    /// 1e-30 of the segment's part of ‖v‖² (of ‖v‖² where there is one α), which rounding never leaves less of ‖r‖² than:
    /// the solution scales with v.
    case relative
    /// 1e-12, as the authors' code. It sets a floor: once the ‖r‖ that a step length belongs to is near 1e-6 (the square
    /// root), steps shrink and the residual stalls. Segments of v that small keep x ≈ 0.
    case authors

    static let relativeSize = 1e-30
    static let authorsSize = 1e-12
  }

  public let iterations: Int
  public let layerwise: Bool
  public let denominatorGuard: Guard
  public let policy: NonFinitePolicy
  public let reportsTrueResidual: Bool

  let name = "conjugate gradients"

  public init(
    iterations: Int = 5, layerwise: Bool = true, guard denominatorGuard: Guard = .relative,
    policy: NonFinitePolicy = .raise, reportsTrueResidual: Bool = false
  ) throws {
    try Self.requireIterations(iterations)
    self.iterations = iterations
    self.layerwise = layerwise
    self.denominatorGuard = denominatorGuard
    self.policy = policy
    self.reportsTrueResidual = reportsTrueResidual
  }

  func state(at point: StartingPoint, _ layout: ParameterLayout) throws -> ConjugateGradientState {
    let guards = denominatorGuard == .relative ? point.squares.map { $0 * Guard.relativeSize } : nil
    return try ConjugateGradientState(point, layout, layerwise: layerwise, guards: guards)
  }
}
