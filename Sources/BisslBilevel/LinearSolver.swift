import BisslCore

/// A linear operator on flat vectors. Returns a vector of the length of its argument, which it does not change.
public typealias LinearMap = (_ direction: Tensor) throws -> Tensor

/// Approximates x = A⁻¹ v for a symmetric A known by its products.
public protocol LinearSolver {
  /// - Parameters:
  ///   - product: d ↦ A d.
  ///   - v: the right-hand side, finite, of the length of `layout`.
  ///   - start: x₀, of the same length; nil is 0 and spares the product that ‖v − A x₀‖ costs.
  /// - Throws: `nonFinite` where the solution is not finite and the solver's policy is to stop.
  func solve(_ product: LinearMap, _ v: Tensor, from start: Tensor?, _ layout: ParameterLayout) throws -> SolveReport
}

extension LinearSolver {
  /// From x₀ = 0.
  public func solve(_ product: LinearMap, _ v: Tensor, _ layout: ParameterLayout) throws -> SolveReport {
    try solve(product, v, from: nil, layout)
  }
}
