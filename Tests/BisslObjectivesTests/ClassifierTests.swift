import BisslCore
import BisslKernels
import BisslModels
import BisslObjectives
import XCTest

final class ClassifierTests: XCTestCase {
  private func parts() throws -> (Classifier, ResNet, LinearHead) {
    let net = try ResNet(.init(block: .basic, layers: [1], widths: [4], stem: .small), seed: 1)
    return (Classifier(), net, try LinearHead(inputs: 4, outputs: 3, seed: 2))
  }

  private func images(_ count: Int) throws -> Tensor { try normal(Shape(count, 6, 5, 3), key: 9) }

  func testAnUntrainedZeroHeadCostsTheLogarithmOfTheClasses() throws {
    let (objective, net, head) = try parts()
    head.state.parameters.pointer.update(repeating: 0, count: head.state.parameters.count)
    let batch = Batch(tensors: [try images(4)], labels: [0, 1, 2, 0])
    let loss = Double(try objective.evaluate(batch, backbone: net, head: head).loss)
    XCTAssertEqual(loss, 1.0986122886681098, accuracy: 1e-6)
  }

  func testHeadGradientAgainstDifferences() throws {
    let (objective, net, head) = try parts()
    try objective.checkHeadGradient(
      Batch(tensors: [try images(4)], labels: [0, 1, 2, 2]), backbone: net, head: head)
  }

  func testAFrozenBackboneHasNoGradientButMeasuresItsBatch() throws {
    let (objective, net, head) = try parts()
    let batch = Batch(tensors: [try images(4)], labels: [0, 1, 2, 0])
    let evaluation = try objective.evaluate(batch, backbone: net, head: head, wantsBackbone: false)
    XCTAssertNil(evaluation.backboneGradient)
    XCTAssertNotNil(evaluation.headGradient)
    XCTAssertEqual(evaluation.backbone.statistics.count, 3)
  }

  func testWrongLabelsAreRefused() throws {
    let (objective, net, head) = try parts()
    let images = try images(4)
    for labels in [[0, 1, 2], [0, 1, 2, 3], [0, 1, 2, -1], []] {
      XCTAssertThrowsError(try objective.evaluate(Batch(tensors: [images], labels: labels), backbone: net, head: head))
    }
  }
}
