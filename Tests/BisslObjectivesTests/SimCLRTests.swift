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

  private func random(_ shape: Shape, _ key: UInt64) throws -> Tensor {
    var random = Random(key: key)
    return try Tensor((0..<shape.count).map { _ in Scalar(random.normal()) }, shape)
  }

  private func batch(_ count: Int = 3) throws -> Batch {
    Batch(tensors: try [10, 11].map { try random(Shape(count, 5, 4, 3), $0) })
  }

  private func dot(_ a: Tensor, _ b: Tensor) -> Double {
    zip(a.array, b.array).map { Double($0) * Double($1) }.reduce(0, +)
  }

  func testGradientAndHessianProductAgainstDifferences() throws {
    try XCTSkipIf(MemoryLayout<Scalar>.size == 4, "differences need double precision")
    let (objective, net, head) = try parts()
    let batch = try batch()
    let theta = net.state.parameters
    let point = try theta.copy()
    let u = try random(theta.shape, 5)
    let w = try random(theta.shape, 6)
    let linearization = try objective.linearize(batch, backbone: net, head: head)
    let product = try linearization.product(u)
    let evaluation = try objective.evaluate(batch, backbone: net, head: head)
    XCTAssertEqual(try XCTUnwrap(evaluation.backboneGradient).array, linearization.backboneGradient.array)

    let step = 1e-6
    var losses: [Double] = []
    var slopes: [Double] = []
    for sign in [1.0, -1.0] {
      for i in 0..<theta.count { theta.pointer[i] = point.pointer[i] + Scalar(sign * step) * u.pointer[i] }
      let shifted = try objective.evaluate(batch, backbone: net, head: head)
      losses.append(Double(shifted.loss))
      slopes.append(dot(try XCTUnwrap(shifted.backboneGradient), w))
    }
    theta.pointer.update(from: point.source, count: theta.count)
    let slope = dot(linearization.backboneGradient, u)
    XCTAssertEqual((losses[0] - losses[1]) / (2 * step), slope, accuracy: 1e-6 * max(1, abs(slope)))
    let curvature = dot(product, w)
    XCTAssertEqual((slopes[0] - slopes[1]) / (2 * step), curvature, accuracy: 1e-6 * max(1, abs(curvature)))
  }

  /// Over processes each product is the sum of their shares.
  func testProductsPassTheReduction() throws {
    final class Doubling: Communicator {
      let (rank, size) = (0, 2)
      func sum(_ vectors: [Tensor]) {
        for vector in vectors { for i in 0..<vector.count { vector.pointer[i] *= 2 } }
      }
    }
    let (objective, net, head) = try parts()
    let linearization = try objective.linearize(batch(), backbone: net, head: head)
    let u = try random(net.state.parameters.shape, 5)
    let alone = try linearization.product(u)
    Engine.communicator = Doubling()
    defer { Engine.communicator = SingleProcess.shared }
    XCTAssertEqual(try linearization.product(u).array, alone.array.map { 2 * $0 })
  }

  func testHessianIsSymmetric() throws {
    try XCTSkipIf(MemoryLayout<Scalar>.size == 4, "the tolerance is that of double precision")
    let (objective, net, head) = try parts()
    let point = try objective.linearize(batch(), backbone: net, head: head)
    let u = try random(net.state.parameters.shape, 7)
    let w = try random(net.state.parameters.shape, 8)
    let (uHw, wHu) = (dot(u, try point.product(w)), dot(w, try point.product(u)))
    XCTAssertEqual(uHw, wHu, accuracy: 1e-10 * max(1, abs(uHw)))
  }

  func testALinearizationIsASnapshot() throws {
    let (objective, net, head) = try parts()
    let point = try objective.linearize(batch(), backbone: net, head: head)
    let u = try random(net.state.parameters.shape, 7)
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
    let one = try random(Shape(1, 5, 4, 3), 0)
    let three = try random(Shape(3, 5, 4, 3), 0)
    for tensors in [[one, one], [three, one], [three]] {
      XCTAssertThrowsError(try objective.evaluate(Batch(tensors: tensors), backbone: net, head: head)) { error in
        XCTAssertTrue("\(error)".hasPrefix("batch:"), "\(error)")
      }
    }
    for temperature in [0, -1, Double.nan] { XCTAssertThrowsError(try SimCLR(temperature: temperature)) }
  }
}
