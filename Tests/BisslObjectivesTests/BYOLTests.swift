import BisslAutograd
import BisslCore
import BisslKernels
import BisslModels
import BisslObjectives
import XCTest

final class BYOLTests: XCTestCase {
  private struct Parts {
    let net: ResNet
    let head: ProjectorAndPredictor
    let byol: BYOL
    let batch: Batch
  }

  /// A network without kinks, so that differences may be taken.
  private func parts() throws -> Parts {
    let net = try ResNet(
      .init(block: .basic, layers: [1, 1], widths: [3, 4], stem: .small, activation: .gelu), seed: 1)
    let head = try ProjectorAndPredictor(inputs: 4, projector: [5], predictor: [5], seed: 2)
    let batch = Batch(tensors: try [10, 11].map { try normal(Shape(3, 5, 4, 3), key: $0) })
    return Parts(net: net, head: head, byol: try BYOL(backbone: net, head: head), batch: batch)
  }

  /// The target stays where it was made while the online network is shifted: it is constant.
  func testGradientAndHessianProductAgainstDifferences() throws {
    try XCTSkipIf(MemoryLayout<Scalar>.size == 4, "the tolerance is that of double precision")
    let parts = try parts()
    let theta = parts.net.state.parameters
    for i in 0..<theta.count { theta.pointer[i] *= 1.2 }
    let (u, w) = (try normal(theta.shape, key: 5), try normal(theta.shape, key: 6))
    let linearization = try parts.byol.linearize(parts.batch, backbone: parts.net, head: parts.head)
    let (product, other) = (try linearization.product(u), try linearization.product(w))
    XCTAssertEqual(dot(w, product), dot(u, other), accuracy: 1e-10 * max(1, abs(dot(w, product))))
    try parts.byol.checkBackboneDerivatives(parts.batch, backbone: parts.net, head: parts.head)
  }

  func testOnlyACommittedStepMovesTheTarget() throws {
    let parts = try parts()
    let target = parts.byol.target.backbone.state.parameters
    let before = target.array
    let theta = parts.net.state.parameters
    for i in 0..<theta.count { theta.pointer[i] += 1 }
    let query = try parts.byol.evaluate(parts.batch, backbone: parts.net, head: parts.head)
    query.commit()
    _ = try parts.byol.linearize(parts.batch, backbone: parts.net, head: parts.head)
    let step = try parts.byol.step(backbone: parts.net, head: parts.head, decay: 0.75)
    let evaluation = try step.evaluate(parts.batch, backbone: parts.net, head: parts.head)
    XCTAssertEqual(target.array, before)
    XCTAssertNotEqual(query.loss, evaluation.loss, "the step meets the target that has moved")
    evaluation.commit()
    for (after, before) in zip(target.array, before) { XCTAssertEqual(after, before + 0.25, accuracy: 1e-5) }
    XCTAssertEqual(parts.byol.target.updates.array, [1])
    let settled = try parts.byol.evaluate(parts.batch, backbone: parts.net, head: parts.head)
    XCTAssertEqual(settled.loss, evaluation.loss)
  }

  func testWhatDoesNotFitIsRefused() throws {
    let parts = try parts()
    let one = Batch(tensors: try parts.batch.tensors.map { try $0.window(at: 0, Shape(1, 5, 4, 3)) })
    XCTAssertThrowsError(try parts.byol.evaluate(one, backbone: parts.net, head: parts.head))
    let other = try ResNet(.init(block: .basic, layers: [1], widths: [4], stem: .small), seed: 1)
    XCTAssertThrowsError(try parts.byol.step(backbone: other, head: parts.head, decay: 0.5))
    XCTAssertThrowsError(try BYOL(backbone: other, head: LinearHead(inputs: 4, outputs: 2, seed: 0)))
    for decay in [-0.1, 1.1, .nan] {
      XCTAssertThrowsError(try parts.byol.step(backbone: parts.net, head: parts.head, decay: decay))
    }
  }
}
