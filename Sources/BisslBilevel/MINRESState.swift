import BisslCore
import BisslKernels

/// The iterates of MINRES. With the Lanczos vectors vₖ, A Vₖ = Vₖ₊₁ Tₖ, and the tridiagonal T is made triangular by one
/// rotation per iteration, so that x is a sum of directions dₖ that need two predecessors. The images A dₖ are combined as
/// the dₖ are, so that r = v − A x is at hand: what the rotations tell of ‖r‖ is wrong once the vₖ are no longer orthogonal.
struct MINRESState: IterativeState {
  private(set) var report: SolveReport
  private(set) var watch: SegmentWatch
  private(set) var hasEnded: Bool
  private let layout: ParameterLayout
  private let goal: Double
  /// vₖ and vₖ₋₁, of unit length, and βₖ = vₖᵀA vₖ₋₁.
  private var basis: (present: Tensor, last: Tensor)
  private var β = 0.0
  /// γₖ₋₁dₖ₋₁ and γₖ₋₂dₖ₋₂ with the γ that they are to be divided by.
  private var directions: (last: Tensor, older: Tensor)
  /// A times these.
  private var images: (last: Tensor, older: Tensor)
  /// v − A x
  private let residual: Tensor
  private var γ = (last: 1.0, older: 1.0)
  private var rotations = (last: Rotation(), older: Rotation())
  /// ‖r‖ in exact arithmetic, with a sign.
  private var remainder: Double
  /// ‖r‖
  private var length: Double
  /// A lower bound of ‖A‖.
  private var size = 0.0
  /// ‖x‖ of the last iterate.
  private var solutionNorm = 0.0
  private var projection = Tridiagonal()

  struct Rotation {
    var c = 1.0
    var s = 0.0
  }

  init(_ point: StartingPoint, _ layout: ParameterLayout, goal: Double) throws {
    self.layout = layout
    self.goal = goal
    watch = SegmentWatch(layout)
    remainder = try layout.dots(point.residual, point.residual).reduce(0, +).squareRoot()
    let zeros = { try Tensor.zeros(point.residual.shape) }
    basis = (try layout.scaled(point.residual, by: remainder > 0 ? 1 / remainder : 0), try zeros())
    directions = (try zeros(), try zeros())
    images = (try zeros(), try zeros())
    residual = point.residual
    length = remainder
    hasEnded = remainder <= goal
    report = SolveReport(solution: point.solution)
    report.residuals.append(remainder)
  }

  mutating func advance(_ product: LinearMap) throws {
    let (v, entering) = (basis.present, β)
    let image = try product(v)
    let (α, parts) = try expandBasis(image)
    // Column k of T under the last two rotations, then the one that removes βₖ₊₁.
    let ε = rotations.older.s * entering
    let above = rotations.older.c * entering
    let δ = rotations.last.c * above + rotations.last.s * α
    let diagonal = rotations.last.c * α - rotations.last.s * above
    let length = (diagonal * diagonal + β * β).squareRoot()
    if length <= 100 * size * Double(Scalar.ulpOfOne) { return end(parts) }
    let rotation = Rotation(c: diagonal / length, s: β / length)
    try moveAlong(v, image, δ, ε, length, by: rotation.c * remainder)
    remainder *= -rotation.s
    rotations = (rotation, rotations.last)
    record(parts)
  }

  /// Lanczos: βₖ₊₁ vₖ₊₁ = A vₖ − αₖ vₖ − βₖ vₖ₋₁. Answers αₖ, and what it is the sum of.
  private mutating func expandBasis(_ image: Tensor) throws -> (α: Double, parts: [Double]) {
    let remaining = try layout.combining(image, -β, basis.last)
    let parts = try layout.dots(basis.present, remaining)
    let α = parts.reduce(0, +)
    try layout.add(basis.present, times: -α, to: remaining)
    let squares = try layout.dots(remaining, remaining)
    watch.look(at: [parts, squares], iteration: report.iterations)
    β = squares.reduce(0, +).squareRoot()
    size = max(size, abs(α) + β)
    projection.append(α, β)
    basis = (try layout.scaled(remaining, by: β > 0 ? 1 / β : 0), basis.present)
    return (α, parts)
  }

  /// γₖdₖ = vₖ − δ dₖ₋₁ − ε dₖ₋₂, x += (step/γₖ)·γₖdₖ, and the same of A vₖ for r.
  private mutating func moveAlong(
    _ v: Tensor, _ image: Tensor, _ δ: Double, _ ε: Double, _ length: Double, by step: Double
  ) throws {
    directions = (try next(v, directions, δ, ε), directions.last)
    images = (try next(image, images, δ, ε), images.last)
    try layout.add(directions.last, times: step / length, to: report.solution)
    try layout.add(images.last, times: -step / length, to: residual)
    γ = (length, γ.last)
    self.length = try layout.dots(residual, residual).reduce(0, +).squareRoot()
  }

  /// In the memory of the older of two.
  private func next(
    _ vector: Tensor, _ before: (last: Tensor, older: Tensor), _ δ: Double, _ ε: Double
  ) throws -> Tensor {
    try layout.add(vector, toScaled: before.older, by: layout.segments.map { _ in Scalar(-ε / γ.older) })
    try layout.add(before.last, times: -δ / γ.last, to: before.older)
    return before.older
  }

  private mutating func record(_ curvature: [Double]) {
    report.append(residual: length, curvature: curvature)
    // βₖ₊₁ = 0: the Krylov space is exhausted, and x solves the system. ‖r‖ that is not what the rotations tell: the vₖ are
    // no longer orthogonal, and what is left is rounding, which further iterations add to.
    hasEnded =
      length <= goal || β <= size * Double(Scalar.ulpOfOne) || abs(length - abs(remainder)) > length / 10
  }

  /// The Krylov space is exhausted and A is singular on it: x is a least-squares solution.
  private mutating func end(_ curvature: [Double]) {
    report.append(residual: length, curvature: curvature)
    hasEnded = true
  }

  /// No product tells ‖v − A x‖ to less than ulp·‖A‖‖x‖.
  var knownResidual: Double? { lastResidual(roundedBy: size * solutionNorm * Double(Scalar.ulpOfOne)) }

  mutating func finish() throws {
    report.smallestRitz = projection.smallestEigenvalue
    solutionNorm = try layout.dots(report.solution, report.solution).reduce(0, +).squareRoot()
  }
}
