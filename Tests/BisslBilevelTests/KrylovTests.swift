import BisslBilevel
import BisslCore
import BisslKernels
import XCTest

/// Galerkin's solution on a Krylov space, for the A that is given and for the one that it chooses.
final class KrylovTests: XCTestCase {
  let accuracy = tolerance(double: 1e-9, single: 2e-3)
  let v = randomArray(12, key: 1)
  let definite =
    Matrix.diagonal(Array(repeating: 1, count: 12))
    + Matrix(rows: Matrix.random(12, 12, key: 2).gram.rows.map { $0.map { $0 / 10 } })
  /// I + H with eigenvalues of H from −9 to 40.
  let strong = Matrix.diagonal((0..<12).map { [-8, 41, 2, 5, 11, 1, 30, -3, 7, 19, 3, 24][$0] })

  func norm(_ x: [Double]) -> Double { x.map { $0 * $0 }.reduce(0, +).squareRoot() }

  /// I + c(A − I)
  func weakened(_ a: Matrix, _ c: Double) -> Matrix {
    Matrix.diagonal(a.rows.map { _ in 1 - c }) + Matrix(rows: a.rows.map { $0.map { c * $0 } })
  }

  func testSolvesDefiniteSystemsLikeConjugateGradients() throws {
    for count in [1, 3, 12] {
      let ours = try Krylov(iterations: count, tolerance: 0).solve(definite.map, vector(v), layout([5, 1, 6]))
      let theirs = try ConjugateGradient(iterations: count, layerwise: false).solve(
        definite.map, vector(v), layout([5, 1, 6]))
      assertClose(ours.solution.doubles, theirs.solution.doubles, accuracy)
      XCTAssertEqual(ours.residuals.last ?? .nan, theirs.residuals.last ?? .nan, accuracy: accuracy)
      XCTAssertEqual(ours.shrinkage, 1)
      XCTAssertEqual(ours.products, count)
    }
  }

  func testTheResidualIsKnownWithoutAProduct() throws {
    for adapts in [false, true] {
      for count in 1...6 {
        func report(_ measured: Bool) throws -> SolveReport {
          try Krylov(iterations: count, adapts: adapts, reportsTrueResidual: measured).solve(
            strong.map, vector(v), layout([12]))
        }
        let (known, measured) = (try report(false), try report(true))
        XCTAssertEqual(known.products + 1, measured.products)
        let expected = norm(zip(v, weakened(strong, known.shrinkage) * known.solution.doubles).map(-))
        XCTAssertEqual(measured.trueResidual ?? .nan, expected, accuracy: tolerance(double: 1e-9, single: 1e-4))
        if adapts {
          XCTAssertEqual(known.trueResidual ?? .nan, expected, accuracy: 0.02 * expected)
          XCTAssertLessThanOrEqual(expected, 0.1 * norm(v) * 1.001)
          XCTAssertGreaterThanOrEqual(known.smallestRitz ?? .nan, 0.499)
          XCTAssertTrue(known.curvature.allSatisfy { $0 > 0 })
        }
      }
    }
  }

  /// With the whole space the residual is 0, and what is left is the bound on Ritz values: 1 − 9c ≥ ½.
  func testChoosesTheLargestFactor() throws {
    let report = try Krylov(iterations: 12, adapts: true).solve(strong.map, vector(v), layout([12]))
    XCTAssertEqual(report.shrinkage, 1 / 18.0, accuracy: tolerance(double: 1e-6, single: 1e-4))
    assertClose(report.solution.doubles, weakened(strong, report.shrinkage).solve(v), accuracy)
    let calm = try Krylov(iterations: 12, adapts: true).solve(definite.map, vector(v), layout([12]))
    XCTAssertEqual(calm.shrinkage, 1)
    XCTAssertLessThan(calm.iterations, 12, "it stops where nothing is left to gain")
  }

  func testEndsAndRefusals() throws {
    let one = try Krylov(iterations: 9, tolerance: 0).solve({ try $0.copy() }, vector(v), layout([12]))
    XCTAssertLessThanOrEqual(one.iterations, 2)
    assertClose(one.solution.doubles, v, tolerance(double: 1e-14, single: 1e-6))
    let nothing = try Krylov(adapts: true).solve(strong.map, vector(v.map { _ in 0 }), layout([12]))
    XCTAssertEqual(nothing.products, 0)
    assertThrows(.value, "tolerance") { try Krylov(tolerance: 0, adapts: true) }
    assertThrows(.value, "iterations") { try Krylov(iterations: 0) }
    let breaking: LinearMap = { direction in
      let image = try direction.copy()
      image.pointer[3] = .nan
      return image
    }
    assertThrows(.nonFinite, "'s1'", "iteration 0") {
      try Krylov(adapts: true).solve(breaking, vector(v), layout([3, 9]))
    }
    let kept = try Krylov(adapts: true, policy: .identity).solve(breaking, vector(v), layout([3, 9]))
    XCTAssertFalse(kept.finite)
    assertClose(kept.solution.doubles, v, 0)
  }

  func testThreadsGiveTheSameBits() throws {
    let layout = try layout([90_000, 10, 40_000])
    let v = try randomVector(layout.count, key: 8)
    let map: LinearMap = { direction in
      let image = try direction.copy()
      for i in 0..<image.count { image.pointer[i] *= Scalar(1 + i % 9) }
      return image
    }
    let results = try withThreads { try Krylov(adapts: true).solve(map, v, layout) }
    for other in results.dropFirst() {
      XCTAssertEqual(results[0].solution.array, other.solution.array)
      XCTAssertEqual(results[0].shrinkage, other.shrinkage)
    }
  }
}
