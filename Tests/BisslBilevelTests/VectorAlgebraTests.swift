import BisslBilevel
import BisslCore
import XCTest

final class VectorAlgebraTests: XCTestCase {
  /// Lengths below, at and above SIMD widths and the chunk size.
  let lengths = [1, 7, 8, 31, 33, 1 << 15, (1 << 15) + 1, 70_000]

  func testDotsPerSegment() throws {
    let layout = try layout(lengths)
    let (a, b) = (randomArray(layout.count, key: 1), randomArray(layout.count, key: 2))
    let dots = try layout.dots(vector(a), vector(b))
    for (segment, value) in zip(layout.segments, dots) {
      let reference = segment.range.map { a[$0] * b[$0] }.reduce(0, +)
      XCTAssertEqual(value, reference, accuracy: 1e-10)
    }
  }

  func testSquaredNormsOfSum() throws {
    let layout = try layout(lengths)
    let (a, b) = (randomArray(layout.count, key: 3), randomArray(layout.count, key: 4))
    let norms = try layout.squaredNormsOfSum(0.7, vector(a), -1.3, vector(b))
    for (segment, value) in zip(layout.segments, norms) {
      let reference = segment.range.map { (0.7 * a[$0] - 1.3 * b[$0]) * (0.7 * a[$0] - 1.3 * b[$0]) }.reduce(0, +)
      XCTAssertEqual(value, reference, accuracy: 1e-9)
    }
  }

  func testSumsDoNotDependOnThreads() throws {
    let layout = try layout(lengths)
    let (a, b) = (try randomVector(layout.count, key: 5), try randomVector(layout.count, key: 6))
    let results = try withThreads { try layout.dots(a, b) + layout.squaredNormsOfSum(1, a, -1, b) + [a.norm()] }
    XCTAssertEqual(results[0], results[1])
    XCTAssertEqual(results[0], results[2])
  }

  func testNormOfEmptyVector() throws { XCTAssertEqual(try vector([]).norm(), 0) }

  func testParametersMustFitTheirLayout() throws {
    assertThrows(.value, "shape (3,)", "(2,)") { try Parameters(vector([1, 2]), layout([3])) }
  }
}
