import BisslKernels
import XCTest

final class ElementwiseTests: XCTestCase {
  private let a: [Scalar] = (0..<37).map { Scalar($0) - 18 }
  private let b: [Scalar] = (0..<37).map { Scalar($0 * $0 % 7) }

  func testElementByElement() {
    XCTAssertEqual(made { Elementwise.add(a, b, into: $0, count: 37) }, zip(a, b).map { $0 + $1 })
    XCTAssertEqual(made { Elementwise.scale(a, by: 3, into: $0, count: 37) }, a.map { 3 * $0 })
    XCTAssertEqual(made { Elementwise.multiply(a, b, into: $0, count: 37) }, zip(a, b).map { $0 * $1 })
    XCTAssertEqual(made(from: a) { Elementwise.addScaled(b, by: 2, to: $0, count: 37) }, zip(a, b).map { $0 + 2 * $1 })
    XCTAssertEqual(made(from: a) { Elementwise.addProduct(b, b, to: $0, count: 37) }, zip(a, b).map { $0 + $1 * $1 })
    XCTAssertEqual(made { Activations.relu(a, into: $0, count: 37) }, a.map { max($0, 0) })
    XCTAssertEqual(made { Activations.gate(a, b, into: $0, count: 37) }, zip(a, b).map { $0 > 0 ? $1 : 0 })
  }

  func testSourceAndDestinationMayCoincide() {
    XCTAssertEqual(made(from: a) { Elementwise.add($0, b, into: $0, count: 37) }, zip(a, b).map { $0 + $1 })
    XCTAssertEqual(made(from: a) { Activations.relu($0, into: $0, count: 37) }, a.map { max($0, 0) })
  }

  private func made(from start: [Scalar]? = nil, _ body: (Destination) -> Void) -> [Scalar] {
    var out = start ?? [Scalar](repeating: .nan, count: 37)
    out.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { body(base) } }
    return out
  }
}
