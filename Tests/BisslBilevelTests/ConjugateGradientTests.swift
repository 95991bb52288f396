import BisslBilevel
import BisslCore
import BisslKernels
import XCTest

final class ConjugateGradientTests: XCTestCase {
  let accuracy = tolerance(double: 1e-10, single: 1e-4)
  let lengths = [5, 1, 9, 4]
  let v = randomArray(19, key: 1)

  /// I + MᵀM/20: positive definite.
  let definite =
    Matrix.diagonal(Array(repeating: 1, count: 19))
    + Matrix(rows: Matrix.random(19, 19, key: 2).gram.rows.map { $0.map { $0 / 20 } })
  /// A random symmetric matrix: eigenvalues of both signs.
  let indefinite = Matrix.random(19, 19, key: 3).symmetrized

  /// The loop of the authors' code on arrays, with one α and one β for each of `ranges`.
  func reference(_ a: Matrix, _ v: [Double], _ ranges: [Range<Int>], iterations: Int) -> (x: [Double], r: [Double]) {
    func dots(_ a: [Double], _ b: [Double]) -> [Double] {
      ranges.map { range in range.map { a[$0] * b[$0] }.reduce(0, +) }
    }
    var (x, r, p) = (v.map { _ in 0.0 }, v, v)
    var rr = dots(r, r)
    for _ in 0..<iterations {
      let ap = a * p
      let pap = dots(p, ap)
      for (index, range) in ranges.enumerated() {
        let alpha = rr[index] / (pap[index] + 1e-12)
        for i in range {
          x[i] += alpha * p[i]
          r[i] -= alpha * ap[i]
        }
      }
      let new = dots(r, r)
      for (index, range) in ranges.enumerated() {
        let beta = new[index] / (rr[index] + 1e-12)
        for i in range { p[i] = r[i] + beta * p[i] }
      }
      rr = new
    }
    return (x, r)
  }

  func norm(_ x: [Double]) -> Double { sqrt(x.map { $0 * $0 }.reduce(0, +)) }

  func testAgreesWithPlainLoops() throws {
    let layout = try layout(lengths)
    for matrix in [definite, indefinite] {
      for layerwise in [true, false] {
        let solver = try ConjugateGradient(
          iterations: 5, layerwise: layerwise, guard: .authors, reportsTrueResidual: true)
        let report = try solver.solve(matrix.map, vector(v), layout)
        let ranges = layerwise ? layout.segments.map(\.range) : [0..<19]
        let (x, r) = reference(matrix, v, ranges, iterations: 5)
        let scale = max(1, norm(x))
        assertClose(report.solution.doubles, x, accuracy * scale)
        XCTAssertEqual(report.residuals.first ?? .nan, norm(v), accuracy: accuracy)
        XCTAssertEqual(report.residuals.last ?? .nan, norm(r), accuracy: accuracy * max(1, norm(r)))
        let trueResidual = norm(zip(v, matrix * x).map(-))
        XCTAssertEqual(report.trueResidual ?? .nan, trueResidual, accuracy: accuracy * scale)
        XCTAssertEqual(report.iterations, 5)
        XCTAssertEqual(report.residuals.count, 6)
        XCTAssertTrue(report.finite)
      }
    }
  }

  /// The relative guard lets solutions scale with v; the authors' does not where ‖v‖² is of its size.
  func testTheRelativeGuardScales() throws {
    let layout = try layout(lengths)
    for layerwise in [true, false] {
      for (kind, agrees) in [(ConjugateGradient.Guard.relative, true), (.authors, false)] {
        let solver = try ConjugateGradient(layerwise: layerwise, guard: kind)
        let large = try solver.solve(definite.map, vector(v), layout).solution.doubles
        let small = try solver.solve(definite.map, vector(v.map { $0 * 1e-6 }), layout).solution.doubles.map { $0 * 1e6 }
        XCTAssertEqual(norm(zip(large, small).map(-)) < 1e-3 * norm(large), agrees)
      }
    }
  }

  /// The first residual is that of x₀, and from the solution nothing moves.
  func testStartsWhereItIsTold() throws {
    let (start, solution) = (randomArray(19, key: 5), definite.solve(v))
    let solver = try ConjugateGradient(iterations: 25, layerwise: false)
    let report = try solver.solve(definite.map, vector(v), from: vector(start), layout(lengths))
    XCTAssertEqual(report.residuals[0], norm(zip(v, definite * start).map(-)), accuracy: accuracy * 10)
    assertClose(report.solution.doubles, solution, tolerance(double: 1e-6, single: 1e-3))
    XCTAssertEqual(report.products, 26)
    let still = try solver.solve(definite.map, vector(v), from: vector(solution), layout(lengths))
    assertClose(still.solution.doubles, solution, tolerance(double: 1e-10, single: 1e-4))
    assertThrows(.value, "start", "(19,)", "(2,)") {
      try solver.solve(definite.map, vector(v), from: vector([1, 2]), layout(lengths))
    }
  }

  func testGlobalModeSolves() throws {
    let solver = try ConjugateGradient(iterations: 25, layerwise: false, reportsTrueResidual: true)
    let report = try solver.solve(definite.map, vector(v), layout(lengths))
    assertClose(report.solution.doubles, definite.solve(v), tolerance(double: 1e-10, single: 1e-4))
    XCTAssertLessThan(report.trueResidual ?? .nan, tolerance(double: 1e-10, single: 1e-4))
    // The authors' guard of the denominators stops convergence at a residual of about its square root, 1e-6.
    let authors = try ConjugateGradient(iterations: 25, layerwise: false, guard: .authors)
    let guarded = try authors.solve(definite.map, vector(v), layout(lengths)).solution.doubles
    assertClose(guarded, reference(definite, v, [0..<19], iterations: 25).x, accuracy)
  }

  /// What the guard does to a segment of v whose norm is far below 1e-6: it is all but dropped.
  func testGuardDropsTinySegments() throws {
    let solver = try ConjugateGradient(iterations: 5, guard: .authors)
    let report = try solver.solve({ try $0.copy() }, vector([1, 1e-9]), layout([1, 1]))
    XCTAssertEqual(report.solution.doubles[0], 1, accuracy: accuracy)
    XCTAssertLessThan(abs(report.solution.doubles[1]), 1e-14)
  }

  func testOneSegmentMakesBothModesOne() throws {
    let layout = try ParameterLayout.whole(19)
    let solutions = try [true, false].map {
      try ConjugateGradient(layerwise: $0).solve(definite.map, vector(v), layout).solution.array
    }
    XCTAssertEqual(solutions[0], solutions[1])
  }

  /// With a block-diagonal A the segments are problems of their own, and layer-wise means just that.
  func testLayerwiseOnBlocks() throws {
    let a = Matrix.diagonal([2, 5, 3])
    let report = try ConjugateGradient(iterations: 1).solve(a.map, vector([1, 1, 1]), layout([1, 1, 1]))
    assertClose(report.solution.doubles, [0.5, 0.2, 1 / 3.0], accuracy)
  }

  func testNegativeCurvatureIsReported() throws {
    let a = Matrix.diagonal([1, -4, 2])
    let report = try ConjugateGradient(iterations: 1).solve(a.map, vector([1, 1, 1]), layout([1, 1, 1]))
    assertClose(report.curvature, [-1], accuracy)
    assertClose(report.negativeSegments, [1 / 3.0], 1e-12)
    let positive = try ConjugateGradient().solve(definite.map, vector(v), layout(lengths))
    XCTAssertTrue(positive.curvature.allSatisfy { $0 > 0 })
    let mixed = try ConjugateGradient().solve(indefinite.map, vector(v), layout(lengths))
    XCTAssertTrue(mixed.negativeSegments.contains { $0 > 0 })
  }

  /// A converged segment has r = 0 and goes on without a division by zero.
  func testMoreIterationsThanNeeded() throws {
    let report = try ConjugateGradient(iterations: 8).solve({ try $0.copy() }, vector(v), layout(lengths))
    assertClose(report.solution.doubles, v, accuracy)
    XCTAssertTrue(report.finite)
    let zero = try ConjugateGradient().solve(definite.map, vector(v.map { _ in 0 }), layout(lengths))
    assertClose(zero.solution.doubles, v.map { _ in 0 }, 0)
  }

  /// d ↦ d, but from the third product on with a NaN in the second segment.
  func breakingMap() -> LinearMap {
    var calls = 0
    return { direction in
      calls += 1
      let image = try direction.copy()
      for i in 0..<image.count { image.pointer[i] *= Scalar(1 + i % 3) }
      if calls > 2 { image.pointer[3] = .nan }
      return image
    }
  }

  func testPolicies() throws {
    let layout = try layout([3, 2, 3])
    let v = randomArray(8, key: 7)
    assertThrows(.nonFinite, "segment 's1'", "iteration 2", "damping", "'zero'") {
      try ConjugateGradient().solve(breakingMap(), vector(v), layout)
    }
    assertThrows(.nonFinite, "segment 's1'", "iteration 2") {
      try ConjugateGradient(layerwise: false).solve(breakingMap(), vector(v), layout)
    }
    for (policy, expected) in [(NonFinitePolicy.zero, [0, 0]), (.identity, Array(v[3..<5]))] {
      let report = try ConjugateGradient(policy: policy).solve(breakingMap(), vector(v), layout)
      assertClose(Array(report.solution.doubles[3..<5]), expected, 0)
      XCTAssertEqual(report.repaired, [SolveReport.Repair(segment: "s1", iteration: 2)])
      XCTAssertFalse(report.finite)
      XCTAssertTrue(report.solution.doubles.allSatisfy(\.isFinite))
    }
    assertThrows(.value, "policy", "'raise', 'zero', 'identity'", "'zeros'") { try NonFinitePolicy.named("zeros") }
  }

  func testBadInputs() throws {
    assertThrows(.value, "iterations", "≥ 1", "0") { try ConjugateGradient(iterations: 0) }
    assertThrows(.nonFinite, "v:", "'s1'") {
      try ConjugateGradient().solve(definite.map, vector([1, .nan]), layout([1, 1]))
    }
    assertThrows(.value, "(19,)", "(3,)") {
      try ConjugateGradient().solve(definite.map, vector([1, 2, 3]), layout(lengths))
    }
    assertThrows(.value, "(3,)", "(2,)") {
      try ConjugateGradient().solve({ _ in try vector([1, 2]) }, vector([1, 2, 3]), layout([3]))
    }
  }

  func testThreadsGiveTheSameBits() throws {
    let layout = try layout([90_000, 10, 40_000])
    let v = try randomVector(layout.count, key: 8)
    let map: LinearMap = { direction in
      let image = try direction.copy()
      for i in 1..<image.count { image.pointer[i] += Scalar(0.3) * direction.pointer[i - 1] * Scalar(i % 7) }
      return image
    }
    let results = try withThreads { try ConjugateGradient().solve(map, v, layout) }
    for other in results.dropFirst() {
      XCTAssertEqual(results[0].solution.array, other.solution.array)
      XCTAssertEqual(results[0].residuals, other.residuals)
      XCTAssertEqual(results[0].curvature, other.curvature)
    }
  }
}
