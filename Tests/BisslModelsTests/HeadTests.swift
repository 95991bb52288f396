import BisslCore
import BisslModels
import XCTest

final class HeadTests: XCTestCase {
  func testProjectorHasTheAuthorsNames() throws {
    let head = try Projector(inputs: 5, widths: [4, 3, 2], seed: 0)
    XCTAssertEqual(
      head.state.parameterLayout.segments.map(\.name),
      [
        "projector.0.weight", "projector.0.bias", "projector.1.weight", "projector.1.bias", "projector.3.weight",
        "projector.3.bias", "projector.4.weight", "projector.4.bias", "projector.6.weight",
      ])
  }

  func testProjectorAndPredictorShareOneState() throws {
    let head = try ProjectorAndPredictor(inputs: 5, projector: [4, 2], predictor: [3, 2], seed: 0)
    XCTAssertEqual(
      head.state.parameterLayout.segments.map(\.name),
      [
        "projector.0.weight", "projector.0.bias", "projector.1.weight", "projector.1.bias", "projector.3.weight",
        "predictor.0.weight", "predictor.0.bias", "predictor.1.weight", "predictor.1.bias", "predictor.3.weight",
      ])
    XCTAssertEqual([head.inputs, head.outputs], [5, 2])
    let projector = try head.copyOfProjector()
    let names = projector.state.parameterLayout.segments.map(\.name) + projector.state.bufferLayout.segments.map(\.name)
    XCTAssertEqual(names.count, 8)
    XCTAssertTrue(names.allSatisfy { $0.hasPrefix("projector.") })
    XCTAssertEqual(
      projector.state.parameters.array, Array(head.state.parameters.array.prefix(projector.state.parameters.count)))
    XCTAssertThrowsError(try ProjectorAndPredictor(inputs: 5, projector: [4, 2], predictor: [3], seed: 0))
    XCTAssertThrowsError(try ProjectorAndPredictor(inputs: 5, projector: [4, 2], predictor: [], seed: 0))
  }

  func testLinearHeadIsAProduct() throws {
    let head = try LinearHead(inputs: 3, outputs: 2, seed: 0)
    let w = head.state.parameters.array
    let y = try head.apply(Tensor([1, 2, 3], Shape(1, 3))).array
    for output in 0..<2 {
      let expected = w[3 * output] + 2 * w[3 * output + 1] + 3 * w[3 * output + 2] + w[6 + output]
      XCTAssertEqual(Double(y[output]), Double(expected), accuracy: 1e-6)
    }
  }

  func testWrongFeaturesAndWidthsAreRefused() throws {
    let head = try LinearHead(inputs: 3, outputs: 2, seed: 0)
    XCTAssertThrowsError(try head.apply(Tensor.zeros(Shape(2, 4))))
    XCTAssertThrowsError(try Projector(inputs: 3, widths: [], seed: 0))
    XCTAssertThrowsError(try Projector(inputs: 3, widths: [4, -1], seed: 0))
    XCTAssertThrowsError(try LinearHead(inputs: 0, outputs: 2, seed: 0))
  }
}
