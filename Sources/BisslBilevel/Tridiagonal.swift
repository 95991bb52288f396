/// The symmetric tridiagonal matrix T that Lanczos' method projects a symmetric matrix to, and βₖ₊₁, the norm of what it
/// leaves. Its eigenvalues are the Ritz values.
struct Tridiagonal {
  /// α₁ … αₖ
  private(set) var diagonal: [Double] = []
  /// β₂ … βₖ₊₁
  private(set) var offDiagonal: [Double] = []

  mutating func append(_ α: Double, _ β: Double) {
    diagonal.append(α)
    offDiagonal.append(β)
  }

  /// A bound of ‖T‖ (Gershgorin), βₖ₊₁ included.
  var size: Double {
    diagonal.indices.map { abs(diagonal[$0]) + offDiagonal[$0] + ($0 > 0 ? offDiagonal[$0 - 1] : 0) }.max() ?? 0
  }

  /// The pivots of LDLᵀ = T + shift·I. All are positive where T + shift·I is positive definite (Sylvester).
  func pivots(shift: Double) -> [Double] {
    var pivots: [Double] = []
    for (index, α) in diagonal.enumerated() {
      let coupling = pivots.last.map { offDiagonal[index - 1] * offDiagonal[index - 1] / $0 } ?? 0
      pivots.append(α + shift - coupling)
    }
    return pivots
  }

  func isDefinite(shift: Double) -> Bool { pivots(shift: shift).allSatisfy { $0 > 0 } }

  /// βₖ₊₁·|eₖᵀ(T + shift·I)⁻¹e₁|, a product over all pivots: the share of ‖v‖ that is left of the Galerkin solution's residual.
  func residual(shift: Double) -> Double {
    zip(offDiagonal, pivots(shift: shift)).reduce(1) { $0 * $1.0 / abs($1.1) }
  }

  /// (T + shift·I)⁻¹e₁
  func solution(shift: Double) -> [Double] {
    let pivots = pivots(shift: shift)
    var y: [Double] = []
    for index in pivots.indices {  // L z = e₁
      y.append(index == 0 ? 1 : -y[index - 1] * offDiagonal[index - 1] / pivots[index - 1])
    }
    for index in pivots.indices.reversed() {  // D Lᵀ y = z
      let above = index + 1 < pivots.count ? offDiagonal[index] * y[index + 1] : 0
      y[index] = (y[index] - above) / pivots[index]
    }
    return y
  }

  /// By bisection, to rounding; nil where there is none, or a number of T is not finite.
  var smallestEigenvalue: Double? {
    guard !diagonal.isEmpty, size.isFinite else { return nil }
    var (low, high) = (-size, size)
    for _ in 0..<128 where low < high {
      let middle = (low + high) / 2
      if isDefinite(shift: -middle) { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
