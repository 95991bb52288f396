import BisslAutograd
import BisslCore
import BisslKernels
import Foundation
import XCTest

final class ActivationTests: XCTestCase {
  func testReLUAtZeroAndOnNonFiniteValues() throws {
    try engine {
      let x = try tensor([-1, -0.0, 0, 2, .infinity, -.infinity, .nan], 7)
      let (y, _) = try ReLU().forward([x])
      XCTAssertEqual(Array(y.array.prefix(6)), [0, 0, 0, 2, .infinity, 0])
      XCTAssertTrue(y.array[6].isNaN, "NaN passes, as in NumPy's maximum")
      let gradient = try ReLU().vjp(
        at: Point(inputs: [x], output: y, saved: ()), cotangent: Tensor.filled(x.shape, with: 3), wanted: [true])
      XCTAssertEqual(gradient[0]?.array.prefix(6), [0, 0, 0, 3, 3, 0])
    }
  }

  /// Against the definition in double precision, lower tail included.
  func testGELU() throws {
    try engine {
      let x: [Scalar] = [-8, -5, -2, -0.5, 0, 0.3, 1, 4]
      let (y, _) = try GELU().forward([tensor(x, 8)])
      for (x, y) in zip(x, y.array) {
        let exact = Double(x) * 0.5 * erfc(-Double(x) / 2.0.squareRoot())
        XCTAssertEqual(Double(y), exact, accuracy: (isDouble ? 1e-14 : 1e-5) * abs(exact))
      }
    }
  }
}
