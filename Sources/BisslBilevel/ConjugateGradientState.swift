import BisslCore
import BisslKernels

/// The iterates of conjugate gradients and what is known about them. Invariant: rᵀr of every segment is at hand.
struct ConjugateGradientState: IterativeState {
  private(set) var report: SolveReport
  private(set) var watch: SegmentWatch
  let hasEnded = false
  private let layout: ParameterLayout
  private let layerwise: Bool
  private let residual: Tensor
  private let direction: Tensor
  /// rᵀr of every segment.
  private var residualSquares: [Double]

  /// d = r
  init(_ point: StartingPoint, _ layout: ParameterLayout, layerwise: Bool) throws {
    self.layout = layout
    self.layerwise = layerwise
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

  /// Quotients of inner products: of every segment its own, or that of the whole vectors for all.
  private func ratios(_ numerators: [Double], _ denominators: [Double]) -> [Double] {
    if layerwise { return zip(numerators, denominators).map { $0 / ($1 + ConjugateGradient.guardTerm) } }
    let ratio = numerators.reduce(0, +) / (denominators.reduce(0, +) + ConjugateGradient.guardTerm)
    return [Double](repeating: ratio, count: numerators.count)
  }
}
