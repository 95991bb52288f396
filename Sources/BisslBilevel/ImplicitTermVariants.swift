import BisslCore

/// v_IJ = 0: the dependence of θ_P on θ_D is left out of the upper-level gradient.
public struct DiscardedImplicitTerm: LinearSolver {
  public let reportsTrueResidual: Bool

  public init(reportsTrueResidual: Bool = false) { self.reportsTrueResidual = reportsTrueResidual }

  public func solve(
    _ product: LinearMap, _ v: Tensor, from start: Tensor?, _ layout: ParameterLayout
  ) throws -> SolveReport {
    try SolveReport(given: Tensor.zeros(v.shape), product, v, layout, measured: reportsTrueResidual)
  }
}

/// v_IJ = v: the implicit Jacobian is taken for the identity, which it is in the limit of large λ.
public struct IdentityImplicitTerm: LinearSolver {
  public let reportsTrueResidual: Bool

  public init(reportsTrueResidual: Bool = false) { self.reportsTrueResidual = reportsTrueResidual }

  public func solve(
    _ product: LinearMap, _ v: Tensor, from start: Tensor?, _ layout: ParameterLayout
  ) throws -> SolveReport {
    try SolveReport(given: v.copy(), product, v, layout, measured: reportsTrueResidual)
  }
}

extension SolveReport {
  /// Of a solution that took no products.
  init(
    given solution: Tensor, _ product: LinearMap, _ v: Tensor, _ layout: ParameterLayout, measured: Bool
  ) throws {
    self.init(solution: solution)
    guard measured else { return }
    trueResidual = try layout.residual(product, solution, v)
    products = 1
  }
}
