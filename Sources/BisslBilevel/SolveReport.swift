import BisslCore

/// A solution and how it came about. Arrays have one entry per iteration unless told otherwise.
public struct SolveReport {
  /// A segment of the solution that was not finite and that the policy replaced.
  public struct Repair: Equatable, Sendable {
    public let segment: String
    /// The first iteration (from 0) in which an inner product of the segment was not finite.
    public let iteration: Int

    public init(segment: String, iteration: Int) {
      self.segment = segment
      self.iteration = iteration
    }
  }

  /// x ≈ A⁻¹ v
  public var solution: Tensor
  /// ‖r‖ of the recursive residual, from ‖v − A x₀‖ on: one entry more than iterations. With one step length per
  /// segment it is not ‖v − A x‖.
  public var residuals: [Double] = []
  /// dᵀA d of the direction that the iteration multiplied with A. Negative values say that A is indefinite.
  public var curvature: [Double] = []
  /// The share of segments whose own part of dᵀA d is negative.
  public var negativeSegments: [Double] = []
  public var repaired: [Repair] = []
  /// ‖v − A x‖ of the solution as returned: where it was asked for, or known without a product.
  public var trueResidual: Double?
  /// The least Ritz value of A on the Krylov space of the solve, where it is known: an upper bound of A's least eigenvalue.
  public var smallestRitz: Double?
  /// The A that was solved with is I + shrinkage·(A − I) of the A that was given: less than 1 where a solver chose its damping.
  public var shrinkage = 1.0
  /// How many products A d were taken.
  public var products = 0
  /// A series was cut off before its residual rose.
  public var diverged = false

  public init(solution: Tensor) { self.solution = solution }

  public var iterations: Int { curvature.count }
  /// True where nothing had to be repaired.
  public var finite: Bool { repaired.isEmpty }

  /// Records an iteration. `curvature`: every segment's part of dᵀA d.
  mutating func append(residual: Double, curvature parts: [Double]) {
    residuals.append(residual)
    curvature.append(parts.reduce(0, +))
    negativeSegments.append(Double(parts.filter { $0 < 0 }.count) / Double(max(1, parts.count)))
  }

  /// States the curvature of all iterations anew: every segment's part of dᵀA d of each.
  mutating func retell(_ parts: [[Double]]) {
    (curvature, negativeSegments) = ([], [])
    let told = residuals
    for part in parts { append(residual: 0, curvature: part) }
    residuals = told
  }

  /// ‖v − A x‖ for the A that was solved with, by one product of the A that was given.
  func measured(_ product: LinearMap, _ v: Tensor, _ layout: ParameterLayout) throws -> Double {
    if shrinkage == 1 { return try layout.residual(product, solution, v) }
    let image = try layout.combining(layout.scaled(solution, by: 1 - shrinkage), shrinkage, product(solution))
    return try layout.squaredNormsOfSum(1, v, -1, image).reduce(0, +).squareRoot()
  }
}
