import BisslCore
import BisslKernels

/// The Neumann series A⁻¹ = ω Σₖ (I − ωA)ᵏ, cut off: x ← x + ω r, r ← r − ωA r (Lorraine, Vicol and Duvenaud 2020 with
/// ω a learning rate). It converges where all eigenvalues μ of A are positive and ω < 2/μ.
///
/// ‖r‖ of the series with a fixed ω is convex in the number of terms: once it rises, it rises for ever. The sum is then
/// cut off before the rise and the report says `diverged`.
public struct NeumannSeries: IterativeSolver {
  public let iterations: Int
  /// ω = 1/scale. Nil: the least rᵀA r/‖A r‖² met so far, which is at least 1/‖A‖ for positive definite A, so that ‖r‖
  /// falls with every term. Where rᵀA r ≤ 0, no ω makes it fall.
  public let scale: Double?
  public let policy: NonFinitePolicy
  public let reportsTrueResidual: Bool

  let name = "Neumann series"

  public init(
    terms: Int = 5, scale: Double? = nil, policy: NonFinitePolicy = .raise, reportsTrueResidual: Bool = false
  ) throws {
    try Self.requireIterations(terms, "terms")
    if let scale { try Setting.requirePositive(scale, "scale") }
    iterations = terms
    self.scale = scale
    self.policy = policy
    self.reportsTrueResidual = reportsTrueResidual
  }

  func state(at point: StartingPoint, _ layout: ParameterLayout) throws -> NeumannState {
    try NeumannState(point, layout, scale: scale)
  }
}

/// The partial sums. Invariant: r = v − A x in exact arithmetic.
struct NeumannState: IterativeState {
  private(set) var report: SolveReport
  private(set) var watch: SegmentWatch
  private(set) var hasEnded: Bool
  private let layout: ParameterLayout
  private let residual: Tensor
  private let adapts: Bool
  private var ω: Double
  /// rᵀr
  private var square: Double

  init(_ point: StartingPoint, _ layout: ParameterLayout, scale: Double?) throws {
    self.layout = layout
    residual = point.residual
    adapts = scale == nil
    ω = scale.map { 1 / $0 } ?? .infinity
    square = try layout.dots(residual, residual).reduce(0, +)
    watch = SegmentWatch(layout)
    hasEnded = square == 0
    report = SolveReport(solution: point.solution)
    report.residuals.append(square.squareRoot())
  }

  var knownResidual: Double? {
    lastResidual(roundedBy: 10 * (report.residuals.max() ?? 0) * Double(Scalar.ulpOfOne))
  }

  mutating func advance(_ product: LinearMap) throws {
    let image = try product(residual)
    let (curvature, squares) = (try layout.dots(residual, image), try layout.dots(image, image))
    watch.look(at: [curvature, squares], iteration: report.iterations)
    let (slope, size) = (curvature.reduce(0, +), squares.reduce(0, +))
    if adapts { ω = slope > 0 ? min(ω, slope / size) : 0 }
    // ‖r − ωA r‖² − ‖r‖²
    let change = ω * (ω * size - 2 * slope)
    if change.isFinite && change >= 0 {
      report.diverged = true
      hasEnded = true
    } else {
      try layout.add(residual, times: ω, to: report.solution)
      try layout.add(image, times: -ω, to: residual)
      square = try layout.dots(residual, residual).reduce(0, +)
      hasEnded = square == 0
    }
    report.append(residual: square.squareRoot(), curvature: curvature)
  }
}
