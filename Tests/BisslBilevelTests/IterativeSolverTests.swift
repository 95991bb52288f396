import BisslBilevel
import BisslCore
import BisslKernels
import XCTest

/// MINRES and the Neumann series on matrices whose solution and spectrum are known.
final class IterativeSolverTests: XCTestCase {
  let accuracy = tolerance(double: 1e-9, single: 2e-3)
  let v = randomArray(12, key: 1)
  /// Eigenvalues 1 to 3.
  let definite =
    Matrix.diagonal(Array(repeating: 1, count: 12))
    + Matrix(rows: Matrix.random(12, 12, key: 2).gram.rows.map { $0.map { $0 / 10 } })
  let indefinite = Matrix.random(12, 12, key: 3).symmetrized + Matrix.diagonal((0..<12).map { $0 % 2 == 0 ? 2 : -2 })

  func norm(_ x: [Double]) -> Double { x.map { $0 * $0 }.reduce(0, +).squareRoot() }

  func testMINRESSolvesIndefiniteSystems() throws {
    for matrix in [definite, indefinite] {
      let report = try MINRES(iterations: 40, reportsTrueResidual: true).solve(
        matrix.map, vector(v), layout([5, 1, 6]))
      assertClose(report.solution.doubles, matrix.solve(v), accuracy)
      XCTAssertLessThan(report.trueResidual ?? .nan, accuracy)
      let rounding = tolerance(double: 1e-12, single: 1e-4)
      for (next, last) in zip(report.residuals.dropFirst(), report.residuals) {
        XCTAssertLessThanOrEqual(next, last + rounding)
      }
    }
  }

  /// The iterate is the best of its Krylov space: with k = 1, x = v·⟨v, Av⟩/‖Av‖².
  func testMINRESMinimisesTheResidual() throws {
    let report = try MINRES(iterations: 1, reportsTrueResidual: true).solve(indefinite.map, vector(v), layout([12]))
    let image = indefinite * v
    let factor = zip(v, image).map(*).reduce(0, +) / image.map { $0 * $0 }.reduce(0, +)
    assertClose(report.solution.doubles, v.map { $0 * factor }, tolerance(double: 1e-12, single: 1e-5))
    XCTAssertEqual(report.residuals[1], report.trueResidual ?? .nan, accuracy: tolerance(double: 1e-12, single: 1e-5))
    XCTAssertEqual(report.products, 2)
  }

  func testMINRESEndsEarly() throws {
    let one = try MINRES(iterations: 9).solve({ try $0.copy() }, vector(v), layout([12]))
    // In single precision what rounding leaves may look like a second direction.
    XCTAssertLessThanOrEqual(one.iterations, MemoryLayout<Scalar>.size == 8 ? 1 : 2)
    assertClose(one.solution.doubles, v, tolerance(double: 1e-14, single: 1e-6))
    let rough = try MINRES(iterations: 40, tolerance: 0.3).solve(indefinite.map, vector(v), layout([12]))
    XCTAssertLessThanOrEqual(rough.residuals[rough.iterations], 0.3 * norm(v))
    XCTAssertGreaterThan(rough.residuals[rough.iterations - 1], 0.3 * norm(v))
    let nothing = try MINRES().solve(definite.map, vector(v.map { _ in 0 }), layout([12]))
    XCTAssertEqual(nothing.products, 0)
    assertClose(nothing.solution.doubles, v.map { _ in 0 }, 0)
    let singular = try MINRES(iterations: 9).solve({ try Tensor.zeros($0.shape) }, vector(v), layout([12]))
    assertClose(singular.solution.doubles, v.map { _ in 0 }, 0)
  }

  func testNeumannSeriesSolvesDefiniteSystems() throws {
    for scale in [nil, 5.0] {
      let report = try NeumannSeries(terms: 200, scale: scale).solve(definite.map, vector(v), layout([12]))
      assertClose(report.solution.doubles, definite.solve(v), tolerance(double: 1e-8, single: 1e-3))
      XCTAssertFalse(report.diverged)
    }
    // Two terms with ω = 1/2: x = v/2 + (I − A/2)v/2.
    let two = try NeumannSeries(terms: 2, scale: 2).solve({ try $0.copy() }, vector([8, 4]), layout([2]))
    assertClose(two.solution.doubles, [6, 3], 0)
  }

  /// A series that does not converge is cut off where its residual is least, and says so.
  func testNeumannSeriesReportsDivergence() throws {
    let tooShort = Matrix.diagonal([1, 9])
    let fixed = try NeumannSeries(terms: 50, scale: 3, reportsTrueResidual: true).solve(
      tooShort.map, vector([1, 0.01]), layout([2]))
    XCTAssertTrue(fixed.diverged)
    XCTAssertLessThan(fixed.iterations, 50)
    XCTAssertEqual(fixed.residuals.last ?? .nan, fixed.trueResidual ?? -1, accuracy: 1e-5)
    XCTAssertLessThan(fixed.trueResidual ?? .nan, norm([1, 0.01]))
    let negative = try NeumannSeries(terms: 50).solve(Matrix.diagonal([1, -1]).map, vector([1, 0.5]), layout([1, 1]))
    XCTAssertTrue(negative.diverged)
    XCTAssertLessThan(negative.curvature.last ?? .nan, 0)
  }

  /// With any ω that it picks itself, the residual of a definite system falls with every term.
  func testNeumannSeriesFallsMonotonically() throws {
    let wide = Matrix.diagonal([1, 30, 900])
    let report = try NeumannSeries(terms: 60).solve(wide.map, vector([1, 1, 1]), layout([3]))
    XCTAssertFalse(report.diverged)
    for (next, last) in zip(report.residuals.dropFirst(), report.residuals) { XCTAssertLessThan(next, last) }
  }

  func testStarts() throws {
    let start = randomArray(12, key: 8)
    let expected = norm(zip(v, definite * start).map(-))
    for solver in [try MINRES(iterations: 40) as any LinearSolver, try NeumannSeries(terms: 200)] {
      let report = try solver.solve(definite.map, vector(v), from: vector(start), layout([12]))
      XCTAssertEqual(report.residuals[0], expected, accuracy: tolerance(double: 1e-12, single: 1e-4))
      assertClose(report.solution.doubles, definite.solve(v), tolerance(double: 1e-8, single: 2e-3))
    }
  }

  func testPolicies() throws {
    let breaking: LinearMap = { direction in
      let image = try direction.copy()
      image.pointer[3] = .nan
      return image
    }
    for (raising, keeping) in [
      (try MINRES() as any LinearSolver, try MINRES(policy: .identity) as any LinearSolver),
      (try NeumannSeries(), try NeumannSeries(policy: .identity)),
    ] {
      assertThrows(.nonFinite, "'s1'", "iteration 0") { try raising.solve(breaking, vector(v), layout([3, 9])) }
      let report = try keeping.solve(breaking, vector(v), layout([3, 9]))
      XCTAssertFalse(report.finite)
      assertClose(Array(report.solution.doubles[3...]), Array(v[3...]), 0)
    }
    assertThrows(.value, "terms", "0") { try NeumannSeries(terms: 0) }
    assertThrows(.value, "scale", "-1") { try NeumannSeries(scale: -1) }
    assertThrows(.value, "tolerance", "nan") { try MINRES(tolerance: .nan) }
  }
}
