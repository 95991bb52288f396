import BisslCore

/// A solver that improves an iterate by one product at a time.
protocol IterativeSolver: LinearSolver {
  associatedtype State: IterativeState

  var name: String { get }
  /// The most iterations that are made.
  var iterations: Int { get }
  var policy: NonFinitePolicy { get }
  /// Report ‖v − A x‖, which costs one more product.
  var reportsTrueResidual: Bool { get }

  func state(at point: StartingPoint, _ layout: ParameterLayout) throws -> State
}

/// The iterates of a solver and what is known about them.
protocol IterativeState {
  var report: SolveReport { get }
  var watch: SegmentWatch { get }
  /// No further iteration can help.
  var hasEnded: Bool { get }
  /// ‖v − A x‖ of the present iterate where it is known without a product; nil where it is not, or where rounding may have
  /// moved it by more than a tenth.
  var knownResidual: Double? { get }

  mutating func advance(_ product: LinearMap) throws
  /// Called after the last iteration: makes what the iterations did not need.
  mutating func finish() throws
}

extension IterativeState {
  mutating func finish() {}

  /// The last of `residuals` where rounding may be in it to the size of `noise`: at least that, and nil where `noise` is more
  /// than a tenth of it and a hundredth of the first.
  func lastResidual(roundedBy noise: Double) -> Double? {
    guard let first = report.residuals.first, let last = report.residuals.last else { return nil }
    return noise <= max(last / 10, first / 100) ? max(last, noise) : nil
  }
}

extension IterativeSolver {
  public func solve(
    _ product: LinearMap, _ v: Tensor, from start: Tensor?, _ layout: ParameterLayout
  ) throws -> SolveReport {
    var products = 0
    let counted: LinearMap = { direction in
      products += 1
      return try product(direction)
    }
    var state = try state(at: StartingPoint(counted, v, from: start, layout), layout)
    while state.report.iterations < iterations && !state.hasEnded {
      try state.advance(counted)
      if policy == .raise, let (segment, iteration) = state.watch.first(in: layout) {
        throw nonFinite(segment, iteration)
      }
    }
    try state.finish()
    var report = state.report
    try repair(&report, state.watch, v, layout)
    report.trueResidual =
      reportsTrueResidual ? try report.measured(counted, v, layout) : report.finite ? state.knownResidual : nil
    report.products = products
    return report
  }

  private func repair(
    _ report: inout SolveReport, _ watch: SegmentWatch, _ v: Tensor, _ layout: ParameterLayout
  ) throws {
    let squares = try layout.dots(report.solution, report.solution)
    for (index, segment) in layout.segments.enumerated() where !squares[index].isFinite {
      let iteration = watch.firstNonFinite[index] ?? report.iterations - 1
      if policy == .raise { throw nonFinite(segment, iteration) }
      policy.repair(segment, of: report.solution, from: v)
      report.repaired.append(SolveReport.Repair(segment: segment.name, iteration: iteration))
    }
  }

  private func nonFinite(_ segment: ParameterLayout.Segment, _ iteration: Int) -> EngineError {
    .nonFinite(
      "\(name): the solution is not finite in segment '\(segment.name)' from iteration \(iteration) on; "
        + "nothing was changed. Raise damping or lam, or choose the policy 'zero' or 'identity'")
  }

  static func requireIterations(_ count: Int, _ name: String = "iterations") throws {
    try require((1...1 << 32).contains(count), .value("\(name): expected a number ≥ 1 and at most 2³², got \(count)"))
  }
}

/// x₀ and r₀ = v − A x₀, both new memory.
struct StartingPoint {
  let solution: Tensor
  let residual: Tensor
  /// ‖v‖² of every segment, and ‖v‖.
  let squares: [Double]
  let norm: Double

  init(_ product: LinearMap, _ v: Tensor, from start: Tensor?, _ layout: ParameterLayout) throws {
    squares = try layout.dots(v, v)
    if let index = squares.firstIndex(where: { !$0.isFinite }) {
      throw EngineError.nonFinite("v: not finite in segment '\(layout.segments[index].name)'")
    }
    norm = squares.reduce(0, +).squareRoot()
    guard let start else {
      solution = try Tensor.zeros(v.shape)
      residual = try v.copy()
      return
    }
    try layout.check(start, "start")
    solution = try start.copy()
    residual = try layout.combining(v, -1, product(start))
  }
}

/// Where a solve ceased to be finite: per segment, the first iteration with an inner product that is not.
struct SegmentWatch {
  private(set) var firstNonFinite: [Int?]

  init(_ layout: ParameterLayout) { firstNonFinite = layout.segments.map { _ in nil } }

  /// - Parameter products: inner products of an iteration in the order of their making, a list of one per segment for
  ///   each kind. Once a kind is not finite, those after it are of no account: a common factor has spoilt them all.
  mutating func look(at products: [[Double]], iteration: Int) {
    guard let kind = products.first(where: { !$0.allSatisfy(\.isFinite) }) else { return }
    for index in kind.indices where !kind[index].isFinite && firstNonFinite[index] == nil {
      firstNonFinite[index] = iteration
    }
  }

  /// The segment where it began: products carry it to all others in the next iteration.
  func first(in layout: ParameterLayout) -> (ParameterLayout.Segment, Int)? {
    guard let index = firstNonFinite.firstIndex(where: { $0 != nil }), let iteration = firstNonFinite[index] else {
      return nil
    }
    return (layout.segments[index], iteration)
  }
}
