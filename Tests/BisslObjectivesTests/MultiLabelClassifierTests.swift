import BisslCore
import BisslKernels
import BisslModels
import BisslObjectives
import Foundation
import XCTest

final class MultiLabelClassifierTests: XCTestCase {
  private func parts() throws -> (MultiLabelClassifier, ResNet, LinearHead, Tensor) {
    let images = try normal(Shape(4, 6, 5, 3), key: 9)
    let net = try ResNet(.init(block: .basic, layers: [1], widths: [4], stem: .small), seed: 1)
    return (MultiLabelClassifier(), net, try LinearHead(inputs: 4, outputs: 3, seed: 2), images)
  }

  private let targets: [Scalar] = [1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0]

  /// Weights of zero leave the biases as logits.
  func testTheLossIsBinaryCrossEntropy() throws {
    let (objective, net, head, images) = try parts()
    let biases: [Scalar] = [0.5, -1.25, 30]
    head.state.parameters.pointer.update(repeating: 0, count: head.state.parameters.count)
    for (index, bias) in biases.enumerated() { head.state.parameters.pointer[12 + index] = bias }
    let batch = Batch(tensors: [images, try Tensor(targets, Shape(4, 3))])
    let loss = Double(try objective.evaluate(batch, backbone: net, head: head).loss)
    let terms = targets.enumerated().map { index, target -> Double in
      let x = Double(biases[index % 3])
      return log1p(exp(-abs(x))) + max(x, 0) - x * Double(target)
    }
    XCTAssertEqual(loss, terms.reduce(0, +) / 12, accuracy: 1e-6)
  }

  /// Targets of -1 leave their pairs out, and the mean is over the others.
  func testPairsThatAreLeftOut() throws {
    let (objective, net, head, images) = try parts()
    let biases: [Scalar] = [0.5, -1.25, 30]
    head.state.parameters.pointer.update(repeating: 0, count: head.state.parameters.count)
    for (index, bias) in biases.enumerated() { head.state.parameters.pointer[12 + index] = bias }
    let batch = Batch(tensors: [images, try Tensor(masked, Shape(4, 3))])
    let terms = masked.enumerated().filter { $0.element >= 0 }.map { index, target -> Double in
      let x = Double(biases[index % 3])
      return log1p(exp(-abs(x))) + max(x, 0) - x * Double(target)
    }
    let loss = Double(try objective.evaluate(batch, backbone: net, head: head).loss)
    XCTAssertEqual(loss, terms.reduce(0, +) / Double(terms.count), accuracy: 1e-6)

    let none = Batch(tensors: [images, try Tensor([Scalar](repeating: -1, count: 12), Shape(4, 3))])
    let evaluation = try objective.evaluate(none, backbone: net, head: head)
    XCTAssertEqual(evaluation.loss, 0)
    XCTAssertTrue(try XCTUnwrap(evaluation.headGradient).array.allSatisfy { $0 == 0 })
  }

  private let masked: [Scalar] = [1, -1, 1, 0, 0, -1, 1, -1, 1, 0, 1, 0]

  func testHeadGradientAgainstDifferences() throws {
    for targets in [targets, masked] {
      let (objective, net, head, images) = try parts()
      let batch = Batch(tensors: [images, try Tensor(targets, Shape(4, 3))])
      try objective.checkHeadGradient(batch, backbone: net, head: head)
    }
  }

  func testWrongTargetsAreRefused() throws {
    let (objective, net, head, images) = try parts()
    var soft = targets
    soft[7] = 0.5
    for wrong in [try Tensor(soft, Shape(4, 3)), try Tensor(Array(targets.prefix(8)), Shape(4, 2))] {
      XCTAssertThrowsError(try objective.evaluate(Batch(tensors: [images, wrong]), backbone: net, head: head)) {
        error in
        XCTAssertTrue("\(error)".contains("targets:"), "\(error)")
      }
    }
    XCTAssertThrowsError(
      try objective.evaluate(Batch(tensors: [images], labels: [0, 1, 2, 0]), backbone: net, head: head))
  }
}
