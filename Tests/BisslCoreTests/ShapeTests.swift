import BisslCore
import XCTest

final class ShapeTests: XCTestCase {
  func testExtents() throws {
    let shape = try Shape(2, 3, 5)
    XCTAssertEqual([shape.rank, shape.count, shape.rows, shape.channels], [3, 30, 6, 5])
    XCTAssertEqual([Shape.scalar.rank, Shape.scalar.count, Shape.scalar.channels], [0, 1, 1])
    XCTAssertEqual(try Shape(3, 0).rows, 0)
    XCTAssertEqual("\(shape) \(try Shape(7)) \(Shape.scalar)", "(2, 3, 5) (7,) ()")
  }

  func testWhatCannotBeCountedIsRefused() throws {
    for dimensions in [[1 << 32, 1 << 32], [Int.max, 2], [1 << 60], [Int.max], [0, 1 << 32, 1 << 32], [1 << 32, 0, 1 << 32]] {
      XCTAssertThrowsError(try Shape(dimensions)) { XCTAssertTrue("\($0)".contains("overflows"), "\($0)") }
    }
    XCTAssertThrowsError(try Shape(2, -1)) { XCTAssertTrue("\($0)".contains("must not be negative"), "\($0)") }
    XCTAssertEqual(try Shape(0, 1 << 40).count, 0)
  }

  func testWindowsStayInside() throws {
    let tensor = try Tensor([1, 2, 3, 4, 5, 6], Shape(2, 3))
    XCTAssertEqual(try tensor.window(at: 2, Shape(3)).array, [3, 4, 5])
    XCTAssertEqual(try tensor.reshaped(to: Shape(6)).array, tensor.array)
    XCTAssertThrowsError(try tensor.window(at: 4, Shape(3)))
    XCTAssertThrowsError(try tensor.window(at: -1, Shape(3)))
    XCTAssertThrowsError(try tensor.window(at: Int.max, Shape(3)))
    XCTAssertThrowsError(try tensor.reshaped(to: Shape(5)))
    XCTAssertThrowsError(try tensor.item())
    XCTAssertThrowsError(try Tensor([1, 2], Shape(3)))
  }
}
