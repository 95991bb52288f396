import BisslAutograd
import BisslCore
import BisslKernels
import BisslModels
import BisslObjectives
import XCTest

final class SimCLRTests: XCTestCase {
  private let net = try? ResNet(
    .init(block: .basic, layers: [1, 1], widths: [3, 4], stem: .small, activation: .gelu), seed: 1)
  private let head = try? Projector(inputs: 4, widths: [5], seed: 2)

  private func parts() throws -> (SimCLR, ResNet, Projector) {
    (try SimCLR(temperature: 0.5), try XCTUnwrap(net), try XCTUnwrap(head))
  }

  private func batch(_ count: Int = 3) throws -> Batch {
    Batch(tensors: try [10, 11].map { try normal(Shape(count, 5, 4, 3), key: $0) })
  }

  func testGradientAndHessianProductAgainstDifferences() throws {
    let (objective, net, head) = try parts()
    let batch = try batch()
    let linearization = try objective.linearize(batch, backbone: net, head: head)
    let evaluation = try objective.evaluate(batch, backbone: net, head: head)
    XCTAssertEqual(try XCTUnwrap(evaluation.backboneGradient).array, linearization.backboneGradient.array)
    try objective.checkBackboneDerivatives(batch, backbone: net, head: head)
  }

  func testHessianIsSymmetric() throws {
    try XCTSkipIf(MemoryLayout<Scalar>.size == 4, "the tolerance is that of double precision")
    let (objective, net, head) = try parts()
    let point = try objective.linearize(batch(), backbone: net, head: head)
    let u = try normal(net.state.parameters.shape, key: 7)
    let w = try normal(net.state.parameters.shape, key: 8)
    let (uHw, wHu) = (dot(u, try point.product(w)), dot(w, try point.product(u)))
    XCTAssertEqual(uHw, wHu, accuracy: 1e-10 * max(1, abs(uHw)))
  }

  func testALinearizationIsASnapshot() throws {
    let (objective, net, head) = try parts()
    let point = try objective.linearize(batch(), backbone: net, head: head)
    let u = try normal(net.state.parameters.shape, key: 7)
    let before = try point.product(u).array
    for i in 0..<net.state.parameters.count { net.state.parameters.pointer[i] += 0.5 }
    XCTAssertEqual(try point.product(u).array, before)
  }

  func testEvaluationCommitsNothing() throws {
    let (objective, net, head) = try parts()
    let before = net.state.buffers.array
    let evaluation = try objective.evaluate(batch(), backbone: net, head: head)
    XCTAssertEqual(net.state.buffers.array, before)
    evaluation.commit()
    let tracked = try XCTUnwrap(net.state.bufferLayout.segments.first { $0.name == "bn1.num_batches_tracked" })
    XCTAssertEqual(net.state.buffers.array[tracked.offset], 2, "once per view")
  }

  func testBatchesWithoutNegativesAreRefused() throws {
    let (objective, net, head) = try parts()
    let one = try normal(Shape(1, 5, 4, 3), key: 0)
    let three = try normal(Shape(3, 5, 4, 3), key: 0)
    for tensors in [[one, one], [three, one], [three]] {
      XCTAssertThrowsError(try objective.evaluate(Batch(tensors: tensors), backbone: net, head: head)) { error in
        XCTAssertTrue("\(error)".hasPrefix("batch:"), "\(error)")
      }
    }
    for temperature in [0, -1, Double.nan] { XCTAssertThrowsError(try SimCLR(temperature: temperature)) }
  }
}
