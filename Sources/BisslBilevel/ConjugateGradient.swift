import BisslCore

/// Conjugate gradients, a fixed number of iterations from x₀ = 0 (BiSSL, section B.3).
///
/// Layer-wise, A is applied to the whole vector, but every segment has step lengths α and β from its own inner
/// products. That is not the conjugate gradient method of A: directions are not conjugate and, A being indefinite with
/// batch norm, it need not converge. Global mode is the textbook method with one α and one β.
public struct ConjugateGradient: LinearSolver {
  public let iterations: Int
  public let layerwise: Bool
  public let policy: NonFinitePolicy
  /// Report ‖v − A x‖, which costs one more product.
  public let reportsTrueResidual: Bool

  /// Added to both denominators, as the authors do. It sets a floor: once the ‖r‖ that a step length belongs to is
  /// near 1e-6 (the square root), steps shrink and the residual stalls. Segments of v that small keep x ≈ 0.
  static let guardTerm = 1e-12

  public init(
    iterations: Int = 5, layerwise: Bool = true, policy: NonFinitePolicy = .raise, reportsTrueResidual: Bool = false
  ) throws {
    try require(iterations > 0, .value("iterations: expected a number ≥ 1, got \(iterations)"))
    self.iterations = iterations
    self.layerwise = layerwise
    self.policy = policy
    self.reportsTrueResidual = reportsTrueResidual
  }

  public func solve(_ product: LinearMap, _ v: Tensor, _ layout: SegmentLayout) throws -> SolveReport {
    var state = try ConjugateGradientState(v, layout, layerwise: layerwise)
    for iteration in 0..<iterations {
      try state.advance(product)
      if policy == .raise { try state.requireFinite(at: iteration) }
    }
    var report = state.report
    try repair(&report, state, v)
    if reportsTrueResidual { report.trueResidual = try residual(product, report.solution, v, layout) }
    return report
  }

  private func repair(_ report: inout SolveReport, _ state: ConjugateGradientState, _ v: Tensor) throws {
    let squares = try state.layout.dots(report.solution, report.solution)
    for (index, segment) in state.layout.segments.enumerated() where !squares[index].isFinite {
      let iteration = state.firstNonFinite[index] ?? iterations - 1
      if policy == .raise { throw ConjugateGradientState.nonFinite(segment, iteration) }
      policy.repair(segment, of: report.solution, from: v)
      report.repaired.append(SolveReport.Repair(segment: segment.name, iteration: iteration))
    }
  }

  /// ‖v − A x‖
  private func residual(_ product: LinearMap, _ x: Tensor, _ v: Tensor, _ layout: SegmentLayout) throws -> Double {
    try layout.squaredNormsOfSum(1, v, -1, product(x)).reduce(0, +).squareRoot()
  }
}
