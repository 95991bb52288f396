import BisslCore

/// The iterates of conjugate gradients and what is known about them. Invariant: rᵀr of every segment is at hand.
struct ConjugateGradientState {
  let layout: SegmentLayout
  private(set) var report: SolveReport
  /// Per segment, the first iteration with an inner product that is not finite.
  private(set) var firstNonFinite: [Int?]
  private let layerwise: Bool
  private let residual: Tensor
  private let direction: Tensor
  /// rᵀr of every segment.
  private var residualSquares: [Double]

  /// x = 0, r = d = v
  init(_ v: Tensor, _ layout: SegmentLayout, layerwise: Bool) throws {
    residualSquares = try layout.dots(v, v)
    if let index = residualSquares.firstIndex(where: { !$0.isFinite }) {
      throw EngineError.nonFinite("v: not finite in segment '\(layout.segments[index].name)'")
    }
    self.layout = layout
    self.layerwise = layerwise
    residual = try v.copy()
    direction = try v.copy()
    firstNonFinite = layout.segments.map { _ in nil }
    report = SolveReport(solution: try Tensor.zeros(v.shape))
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
    record(curvature, squares)
    residualSquares = squares
  }

  /// Quotients of inner products: of every segment its own, or that of the whole vectors for all.
  private func ratios(_ numerators: [Double], _ denominators: [Double]) -> [Double] {
    if layerwise { return zip(numerators, denominators).map { $0 / ($1 + ConjugateGradient.guardTerm) } }
    let ratio = numerators.reduce(0, +) / (denominators.reduce(0, +) + ConjugateGradient.guardTerm)
    return [Double](repeating: ratio, count: numerators.count)
  }

  private mutating func record(_ curvature: [Double], _ squares: [Double]) {
    for index in squares.indices where firstNonFinite[index] == nil {
      if !(curvature[index].isFinite && squares[index].isFinite) { firstNonFinite[index] = report.iterations }
    }
    let negative = curvature.filter { $0 < 0 }.count
    report.negativeSegments.append(Double(negative) / Double(max(1, curvature.count)))
    report.residuals.append(squares.reduce(0, +).squareRoot())
    report.curvature.append(curvature.reduce(0, +))
  }

  func requireFinite(at iteration: Int) throws {
    // The segment where it began: products carry it to all others in the next iteration.
    guard let index = firstNonFinite.firstIndex(where: { $0 != nil }) else { return }
    throw ConjugateGradientState.nonFinite(layout.segments[index], iteration)
  }

  static func nonFinite(_ segment: Segment, _ iteration: Int) -> EngineError {
    .nonFinite(
      "conjugate gradients: the solution is not finite in segment '\(segment.name)' from iteration \(iteration) on; "
        + "nothing was changed. Raise damping or lam, or choose the policy 'zero' or 'identity'")
  }
}
