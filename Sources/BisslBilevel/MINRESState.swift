import BisslCore
import BisslKernels

/// The iterates of MINRES. With the Lanczos vectors vₖ, A Vₖ = Vₖ₊₁ Tₖ, and the tridiagonal T is made triangular by one
/// rotation per iteration, so that x is a sum of directions dₖ that need two predecessors.
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
  private var γ = (last: 1.0, older: 1.0)
  private var rotations = (last: Rotation(), older: Rotation())
  /// ‖r‖, with a sign.
  private var remainder: Double
  /// A lower bound of ‖A‖.
  private var size = 0.0

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
    hasEnded = remainder <= goal
    report = SolveReport(solution: point.solution)
    report.residuals.append(remainder)
  }

  mutating func advance(_ product: LinearMap) throws {
    let (v, entering) = (basis.present, β)
    let (α, parts) = try expandBasis(product)
    // Column k of T under the last two rotations, then the one that removes βₖ₊₁.
    let ε = rotations.older.s * entering
    let above = rotations.older.c * entering
    let δ = rotations.last.c * above + rotations.last.s * α
    let diagonal = rotations.last.c * α - rotations.last.s * above
    let length = (diagonal * diagonal + β * β).squareRoot()
    if length <= size * Double(Scalar.ulpOfOne) { return end(parts) }
    let rotation = Rotation(c: diagonal / length, s: β / length)
    try moveAlong(v, δ, ε, length, by: rotation.c * remainder)
    remainder *= -rotation.s
    rotations = (rotation, rotations.last)
    record(parts)
  }

  /// Lanczos: βₖ₊₁ vₖ₊₁ = A vₖ − αₖ vₖ − βₖ vₖ₋₁. Answers αₖ, and what it is the sum of.
  private mutating func expandBasis(_ product: LinearMap) throws -> (α: Double, parts: [Double]) {
    let image = try layout.combining(product(basis.present), -β, basis.last)
    let parts = try layout.dots(basis.present, image)
    let α = parts.reduce(0, +)
    try layout.add(basis.present, times: -α, to: image)
    let squares = try layout.dots(image, image)
    watch.look(at: [parts, squares], iteration: report.iterations)
    β = squares.reduce(0, +).squareRoot()
    size = max(size, abs(α) + β)
    basis = (try layout.scaled(image, by: β > 0 ? 1 / β : 0), basis.present)
    return (α, parts)
  }

  /// γₖdₖ = vₖ − δ dₖ₋₁ − ε dₖ₋₂, x += (step/γₖ)·γₖdₖ
  private mutating func moveAlong(_ v: Tensor, _ δ: Double, _ ε: Double, _ length: Double, by step: Double) throws {
    let direction = directions.older
    try layout.add(v, toScaled: direction, by: layout.segments.map { _ in Scalar(-ε / γ.older) })
    try layout.add(directions.last, times: -δ / γ.last, to: direction)
    try layout.add(direction, times: step / length, to: report.solution)
    directions = (direction, directions.last)
    γ = (length, γ.last)
  }

  private mutating func record(_ curvature: [Double]) {
    report.append(residual: abs(remainder), curvature: curvature)
    // βₖ₊₁ = 0: the Krylov space is exhausted, and x solves the system.
    hasEnded = abs(remainder) <= goal || β <= size * Double(Scalar.ulpOfOne)
  }

  /// The Krylov space is exhausted and A is singular on it: x is a least-squares solution.
  private mutating func end(_ curvature: [Double]) {
    report.append(residual: abs(remainder), curvature: curvature)
    hasEnded = true
  }
}
