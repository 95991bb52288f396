import BisslCore

/// The minimal residual method (Paige and Saunders 1975): the iterate of least ‖v − A x‖ in the Krylov space of A and
/// r₀. Right for symmetric A of either sign, where conjugate gradients can break down; the residual never rises. It stops,
/// without the step, where A is singular on that space as far as this precision tells: the condition number that the
/// triangular factor estimates reaches a hundredth of 1/ulp (Choi, Paige and Saunders 2011).
public struct MINRES: IterativeSolver {
  public let iterations: Int
  /// It stops once ‖r‖ is at most this share of ‖v‖.
  public let tolerance: Double
  public let policy: NonFinitePolicy
  public let reportsTrueResidual: Bool

  let name = "MINRES"

  public init(
    iterations: Int = 5, tolerance: Double = 0, policy: NonFinitePolicy = .raise, reportsTrueResidual: Bool = false
  ) throws {
    try Self.requireIterations(iterations)
    try Setting.requireNonNegative(tolerance, "tolerance")
    self.iterations = iterations
    self.tolerance = tolerance
    self.policy = policy
    self.reportsTrueResidual = reportsTrueResidual
  }

  func state(at point: StartingPoint, _ layout: ParameterLayout) throws -> MINRESState {
    try MINRESState(point, layout, goal: tolerance * point.norm)
  }
}
