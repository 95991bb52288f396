import BisslCore

/// v_IJ = 0: the dependence of θ_P on θ_D is left out of the upper-level gradient.
public struct DiscardedImplicitTerm: LinearSolver {
  public init() {}

  public func solve(_ product: LinearMap, _ v: Tensor, _ layout: SegmentLayout) throws -> SolveReport {
    SolveReport(solution: try Tensor.zeros(v.shape))
  }
}

/// v_IJ = v: the implicit Jacobian is taken for the identity, which it is in the limit of large λ.
public struct IdentityImplicitTerm: LinearSolver {
  public init() {}

  public func solve(_ product: LinearMap, _ v: Tensor, _ layout: SegmentLayout) throws -> SolveReport {
    SolveReport(solution: try v.copy())
  }
}
