import BisslCore
import BisslKernels

/// The iterates of conjugate gradients and what is known about them. Invariant: rᵀr of every segment is at hand.
struct ConjugateGradientState: IterativeState {
  private(set) var report: SolveReport
  private(set) var watch: SegmentWatch
  let hasEnded = false
  private let layout: ParameterLayout
  private let layerwise: Bool
  /// Added to the denominators of every segment.
  private let guards: [Double]
  private let residual: Tensor
  private let direction: Tensor
  /// rᵀr of every segment.
  private var residualSquares: [Double]

  /// d = r
  ///
  /// - Parameter guards: of every segment; nil is the authors', which is added once where there is one α.
  init(_ point: StartingPoint, _ layout: ParameterLayout, layerwise: Bool, guards: [Double]?) throws {
    self.layout = layout
    self.layerwise = layerwise
    let size = ConjugateGradient.Guard.authorsSize
    let each = layerwise ? size : size / Double(max(1, layout.segments.count))
    self.guards = guards ?? layout.segments.map { _ in each }
    residual = point.residual
    direction = try point.residual.copy()
    residualSquares = try layout.dots(residual, residual)
    watch = SegmentWatch(layout)
    report = SolveReport(solution: point.solution)
    report.residuals.append(residualSquares.reduce(0, +).squareRoot())
  }

  /// α = rᵀr/(dᵀA d), x += α d, r −= α A d, β = r′ᵀr′/(rᵀr), d ← r + β d
  mutating func advance(_ product: LinearMap) throws {
    let image = try product(direction)
    let curvature = try layout.dots(direction, image)
    let α = ratios(residualSquares, curvature)
    try layout.add(direction, scaledBy: α.map { Scalar($0) }, to: report.solution)
    try layout.add(image, scaledBy: α.map { Scalar(-$0) }, to: residual)
    let squares = try layout.dots(residual, residual)
    let β = ratios(squares, residualSquares)
    try layout.add(residual, toScaled: direction, by: β.map { Scalar($0) })
    watch.look(at: [curvature, squares], iteration: report.iterations)
    report.append(residual: squares.reduce(0, +).squareRoot(), curvature: curvature)
    residualSquares = squares
  }

  /// With one step length r is v − A x, as long as no iterate was so large that rounding of its size is left in both.
  var knownResidual: Double? {
    guard !layerwise, let largest = report.residuals.max() else { return nil }
    return lastResidual(roundedBy: 10 * largest * Double(Scalar.ulpOfOne))
  }

  /// Quotients of inner products: of every segment its own, or that of the whole vectors for all. 0 where the numerator is.
  private func ratios(_ numerators: [Double], _ denominators: [Double]) -> [Double] {
    let guarded = zip(denominators, guards).map { $0 + $1 }
    if layerwise { return zip(numerators, guarded).map { $0 == 0 ? 0 : $0 / $1 } }
    let numerator = numerators.reduce(0, +)
    let ratio = numerator == 0 ? 0 : numerator / guarded.reduce(0, +)
    return [Double](repeating: ratio, count: numerators.count)
  }
}
