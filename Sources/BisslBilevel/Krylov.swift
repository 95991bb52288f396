import BisslCore
import BisslKernels

/// Galerkin's solution on the Krylov space of A and v: with the Lanczos vectors Vₖ, A Vₖ = VₖTₖ + βₖ₊₁ vₖ₊₁eₖᵀ, it is
/// x = ‖v‖ Vₖ Tₖ⁻¹e₁, which leaves ‖v − A x‖ = ‖v‖ βₖ₊₁|eₖᵀTₖ⁻¹e₁|, known without a further product. That of conjugate
/// gradients in exact arithmetic; here all vₖ are kept and each new one is made orthogonal to all, so that rounding does not
/// make the formula lie.
///
/// The space serves every A_c = I + c(A − I), which is A for another damping: with `adapts`, the solution is that of the
/// largest c ≤ 1, the least damping, at which the residual is at most `tolerance`·‖v‖ and the Ritz values of A_c are at
/// least ½ (those of Tₖ; there may be smaller eigenvalues beyond this space).
public struct Krylov: IterativeSolver {
  public let iterations: Int
  /// It stops once ‖r‖ is at most this share of ‖v‖, for the A that was given.
  public let tolerance: Double
  public let adapts: Bool
  public let policy: NonFinitePolicy
  public let reportsTrueResidual: Bool

  let name = "Krylov"

  public init(
    iterations: Int = 5, tolerance: Double = 0.1, adapts: Bool = false, policy: NonFinitePolicy = .raise,
    reportsTrueResidual: Bool = false
  ) throws {
    try Self.requireIterations(iterations)
    try adapts ? Setting.requirePositive(tolerance, "tolerance") : Setting.requireNonNegative(tolerance, "tolerance")
    self.iterations = iterations
    self.tolerance = tolerance
    self.adapts = adapts
    self.policy = policy
    self.reportsTrueResidual = reportsTrueResidual
  }

  func state(at point: StartingPoint, _ layout: ParameterLayout) throws -> KrylovState {
    try KrylovState(point, layout, goal: tolerance * point.norm, adapts: adapts)
  }
}

/// The Lanczos vectors. Invariant: orthonormal to rounding.
struct KrylovState: IterativeState {
  private(set) var report: SolveReport
  private(set) var watch: SegmentWatch
  private(set) var hasEnded: Bool
  private let layout: ParameterLayout
  private let goal: Double
  private let adapts: Bool
  /// ‖r₀‖
  private let norm: Double
  /// v₁ … vₖ₊₁
  private var basis: [Tensor]
  /// That of A − I, so that that of A_c is I + c·T.
  private var projection = Tridiagonal()
  /// Every segment's part of vᵀAv and of vᵀv, per iteration.
  private var parts: [(curvature: [Double], square: [Double])] = []
  /// 1/c
  private var shift = 1.0

  init(_ point: StartingPoint, _ layout: ParameterLayout, goal: Double, adapts: Bool) throws {
    self.layout = layout
    self.goal = goal
    self.adapts = adapts
    norm = try layout.dots(point.residual, point.residual).reduce(0, +).squareRoot()
    basis = [try layout.scaled(point.residual, by: norm > 0 ? 1 / norm : 0)]
    watch = SegmentWatch(layout)
    hasEnded = norm <= goal
    report = SolveReport(solution: point.solution)
    report.residuals.append(norm)
  }

  mutating func advance(_ product: LinearMap) throws {
    let v = basis[basis.count - 1]
    let image = try product(v)
    let curvature = try layout.dots(v, image)
    parts.append((curvature, try layout.dots(v, v)))
    try orthogonalise(image)
    let squares = try layout.dots(image, image)
    watch.look(at: [curvature, squares], iteration: report.iterations)
    let β = squares.reduce(0, +).squareRoot()
    projection.append(curvature.reduce(0, +) - 1, β)
    // A v is rounded in the size of A, which is at most 1 more than that of A − I.
    let isExhausted = β <= (1 + projection.size) * Double(Scalar.ulpOfOne)
    basis.append(try layout.scaled(image, by: isExhausted ? 0 : 1 / β))
    let hasReached = adapts ? isGood(1) : residual(1) <= goal
    hasEnded = hasReached || isExhausted || !β.isFinite
    if adapts && !hasReached { shift = leastGoodShift() } else { shift = 1 }
    report.append(residual: residual(shift), curvature: curvature)
  }

  /// Twice: what rounding leaves after the first time, the second takes away (Giraud et al. 2005).
  private func orthogonalise(_ image: Tensor) throws {
    for _ in 0..<2 {
      for other in basis {
        try layout.add(other, times: -layout.dots(other, image).reduce(0, +), to: image)
      }
    }
  }

  private func residual(_ shift: Double) -> Double { norm * projection.residual(shift: shift) }

  /// Whether the space solves A_c for c = 1/shift well enough, and rounding of T's size does not decide it.
  private func isGood(_ shift: Double) -> Bool {
    shift >= 100 * projection.size * Double(Scalar.ulpOfOne) && projection.isDefinite(shift: shift / 2)
      && residual(shift) <= goal
  }

  /// The least, within 1e-6: with a larger shift both conditions stay true.
  private func leastGoodShift() -> Double {
    var (low, high) = (1.0, 2.0)
    while !isGood(high) && high < 1e300 { (low, high) = (high, 2 * high) }
    while high > low * (1 + 1e-6) {
      let middle = (low + high) / 2
      if isGood(middle) { high = middle } else { low = middle }
    }
    return high
  }

  /// Of the recursion; rounding enters with the size of A_c over its least pivot.
  var knownResidual: Double? {
    let least = projection.pivots(shift: shift).map(abs).min() ?? shift
    return lastResidual(roundedBy: norm * (projection.size + shift) / least * Double(Scalar.ulpOfOne))
  }

  /// x += ‖r₀‖ Vₖ (I + c·T)⁻¹e₁, and what is reported of A becomes that of A_c.
  mutating func finish() throws {
    for (v, factor) in zip(basis, projection.solution(shift: shift)) {
      try layout.add(v, times: norm * shift * factor, to: report.solution)
    }
    report.shrinkage = 1 / shift
    report.smallestRitz = projection.smallestEigenvalue.map { 1 + $0 / shift }
    report.retell(parts.map { part in zip(part.curvature, part.square).map { ($0 - $1) / shift + $1 } })
  }
}
