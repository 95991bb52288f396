import Foundation
import XCTest

@testable import BisslKernels

final class SpecialFunctionTests: XCTestCase {
  func testExponentialAgainstGlibc() {
    let x = Array(stride(from: Scalar(-85), through: 85, by: 0.0173))
    var y = [Scalar](repeating: .nan, count: x.count)
    Exponential.ofDifferences(x, 0, into: &y, count: x.count)
    for (x, y) in zip(x, y) {
      let exact = exp(Double(x))
      XCTAssertEqual(Double(y), exact, accuracy: (isDouble ? 4e-16 : 2e-7) * exact, "exp(\(x))")
    }
  }

  func testExponentialAtTheEnds() {
    let greatest: Scalar = isDouble ? 709.7 : 88.7
    let x: [Scalar] = [.infinity, -.infinity, .nan, 0, greatest, greatest + 0.1, -greatest - 1, -greatest * 2]
    var y = [Scalar](repeating: .nan, count: x.count)
    Exponential.ofDifferences(x, 0, into: &y, count: x.count)
    XCTAssertEqual(y[0], .infinity)
    XCTAssertEqual(y[1], 0)
    XCTAssertTrue(y[2].isNaN)
    XCTAssertEqual(y[3], 1)
    XCTAssertTrue(y[4].isFinite)
    XCTAssertEqual(y[5], .infinity)
    XCTAssertEqual([y[6], y[7]], [0, 0])
  }

  /// Value and derivative by what Glibc makes of the definition; absolutely, as sums of activations feel them.
  func testGELUAgainstGlibc() {
    let x = Array(stride(from: Scalar(-12), through: 12, by: 0.0031))
    var (y, slope) = ([Scalar](repeating: .nan, count: x.count), [Scalar](repeating: .nan, count: x.count))
    let ones = [Scalar](repeating: 1, count: x.count)
    Activations.gelu(x, into: &y, count: x.count)
    Activations.geluDerivative(x, times: ones, into: &slope, count: x.count)
    for i in x.indices {
      let x = Double(x[i])
      let distribution = 0.5 * erfc(-x * 0.5.squareRoot())
      let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
      let tolerance = (isDouble ? 4e-16 : 1e-7) * max(1, abs(x))
      XCTAssertEqual(Double(y[i]), x * distribution, accuracy: tolerance, "gelu(\(x))")
      XCTAssertEqual(Double(slope[i]), distribution + x * density, accuracy: 2 * tolerance, "gelu′(\(x))")
    }
  }

  /// The lower tail keeps its digits: relatively.
  func testLowerTailOfGELU() {
    for x in stride(from: -12.0, to: -0.5, by: 0.125) {
      var y: Scalar = .nan
      Activations.gelu([Scalar(x)], into: &y, count: 1)
      let exact = x * 0.5 * erfc(-x * 0.5.squareRoot())
      XCTAssertEqual(Double(y), exact, accuracy: (isDouble ? 4e-14 : 5e-6) * abs(exact), "gelu(\(x))")
    }
  }

  /// Φ and φ themselves, relatively in both tails.
  func testNormalDistributionAgainstGlibc() {
    for x in stride(from: Scalar(-12), through: 12, by: 0.0173) {
      let found = NormalDistribution.values(x)
      let exact = Double(x)
      let distribution = 0.5 * erfc(-exact * 0.5.squareRoot())
      let density = exp(-exact * exact / 2) / (2 * Double.pi).squareRoot()
      let tolerance = (isDouble ? 1e-15 : 5e-7) * max(1, exact * exact / 2)
      XCTAssertEqual(Double(found.distribution), distribution, accuracy: tolerance * distribution, "Φ(\(x))")
      XCTAssertEqual(Double(found.density), density, accuracy: tolerance * density, "φ(\(x))")
      XCTAssertEqual(found.density, NormalDistribution.density(x))
    }
  }
}
