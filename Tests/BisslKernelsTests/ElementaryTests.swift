import BisslKernels
import Foundation
import XCTest

/// Functions of one number with their derivatives, against Glibc's in double precision.
final class ElementaryTests: XCTestCase {
  private let x = Array(stride(from: Scalar(-9), through: 9, by: 0.0371))
  private let tolerance = isDouble ? 1e-14 : 1e-6
  private var count: Int { x.count }
  private var a: [Scalar] { numbers(count) }
  private var b: [Scalar] { numbers(count, seed: 2) }

  private func check(
    _ body: (Destination) -> Void, _ expected: (_ x: Double, _ a: Double, _ b: Double) -> Double,
    file: StaticString = #filePath, line: UInt = #line
  ) {
    var out = [Scalar](repeating: 0, count: count)
    out.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    for i in 0..<count {
      let exact = expected(Double(x[i]), Double(a[i]), Double(b[i]))
      XCTAssertEqual(
        Double(out[i]), exact, accuracy: tolerance * max(1, abs(exact)), "at \(x[i])", file: file, line: line)
    }
  }

  func testFunctionsAndDerivatives() {
    check({ Elementary.exponential(x, into: $0, count: count) }) { x, _, _ in exp(x) }
    check({ Elementary.exponential(x, times: a, into: $0, count: count) }) { x, a, _ in exp(x) * a }
    check({ Elementary.addExponential(x, times: a, b, to: $0, count: count) }) { x, a, b in exp(x) * a * b }
    check({ Elementary.hyperbolicTangent(x, into: $0, count: count) }) { x, _, _ in tanh(x) }
    check({ Elementary.hyperbolicTangentDerivative(x, times: a, into: $0, count: count) }) { x, a, _ in
      a / cosh(x) / cosh(x)
    }
    check({ Elementary.addHyperbolicTangentSecondDerivative(x, times: a, b, to: $0, count: count) }) { x, a, b in
      -2 * tanh(x) / cosh(x) / cosh(x) * a * b
    }
    check({ Logistic.value(x, into: $0, count: count) }) { x, _, _ in 1 / (1 + exp(-x)) }
    check({ Logistic.derivative(x, times: a, into: $0, count: count) }) { x, a, _ in
      a / (1 + exp(-x)) / (1 + exp(x))
    }
    check({ Logistic.addSecondDerivative(x, times: a, b, to: $0, count: count) }) { x, a, b in
      let (p, q) = (1 / (1 + exp(-x)), 1 / (1 + exp(x)))
      return p * q * (q - p) * a * b
    }
    check({ Activations.softplus(x, into: $0, count: count) }) { x, _, _ in max(x, 0) + log1p(exp(-abs(x))) }
    check({ Logistic.value(x, times: a, into: $0, count: count) }) { x, a, _ in a / (1 + exp(-x)) }
    check({ Logistic.addDerivative(x, times: a, b, to: $0, count: count) }) { x, a, b in
      a * b / (1 + exp(-x)) / (1 + exp(x))
    }
    check({ Activations.addGeluSecondDerivative(x, times: a, b, to: $0, count: count) }) { x, a, b in
      (2 - x * x) * exp(-x * x / 2) / (2 * Double.pi).squareRoot() * a * b
    }
  }

  func testPowersAndLogarithms() {
    let positive = x.map { abs($0) + 0.1 }
    var y = unwritten(count)
    Elementary.logarithm(positive, into: &y, count: count)
    assertClose(y, positive.map { log(Double($0)) }, within: tolerance)
    Elementary.power(positive, 1.5, into: &y, count: count)
    assertClose(y, positive.map { pow(Double($0), 1.5) }, within: tolerance)
    Elementary.power(positive, -0.5, times: a, scaledBy: 3, into: &y, count: count)
    assertClose(y, zip(positive, a).map { 3 * pow(Double($0), -0.5) * Double($1) }, within: tolerance)
    var sum = a
    Elementary.addPower(positive, 2.5, times: a, b, scaledBy: 3, to: &sum, count: count)
    assertClose(
      sum,
      (0..<count).map { Double(a[$0]) + 3 * pow(Double(positive[$0]), 2.5) * Double(a[$0]) * Double(b[$0]) },
      within: tolerance)
    Elementary.power([0], -1, times: [1], scaledBy: 0, into: &y, count: 1)
    XCTAssertEqual(y[0], 0, "a factor of 0 makes zeros")
  }
}
