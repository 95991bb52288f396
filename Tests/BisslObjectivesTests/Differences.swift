import BisslCore
import BisslKernels
import BisslModels
import BisslObjectives
import XCTest

/// Standard normal numbers.
func normal(_ shape: Shape, key: UInt64) throws -> Tensor {
  var random = Random(key: key)
  return try Tensor((0..<shape.count).map { _ in Scalar(random.normal()) }, shape)
}

func dot(_ a: Tensor, _ b: Tensor) -> Double {
  zip(a.array, b.array).map { Double($0) * Double($1) }.reduce(0, +)
}

/// Derivatives beside central differences, which need double precision and networks without kinks.
extension Objective {
  /// By the backbone's parameters, along u: the gradient beside differences of the loss, the Hessian product beside
  /// differences of the gradient, both of the latter along w.
  func checkBackboneDerivatives(_ batch: Batch, backbone: any Module, head: any Module) throws {
    try XCTSkipIf(MemoryLayout<Scalar>.size == 4, "differences need double precision")
    let theta = backbone.state.parameters
    let point = try theta.copy()
    let (u, w) = (try normal(theta.shape, key: 5), try normal(theta.shape, key: 6))
    let linearization = try linearize(batch, backbone: backbone, head: head)
    let (slope, curvature) = (dot(linearization.backboneGradient, u), dot(try linearization.product(u), w))
    let step = 1e-6
    var losses: [Double] = []
    var slopes: [Double] = []
    for sign in [1.0, -1.0] {
      for i in 0..<theta.count { theta.pointer[i] = point.pointer[i] + Scalar(sign * step) * u.pointer[i] }
      let shifted = try evaluate(batch, backbone: backbone, head: head)
      losses.append(Double(shifted.loss))
      slopes.append(dot(try XCTUnwrap(shifted.backboneGradient), w))
    }
    theta.pointer.update(from: point.source, count: theta.count)
    XCTAssertEqual((losses[0] - losses[1]) / (2 * step), slope, accuracy: 1e-6 * max(1, abs(slope)))
    XCTAssertEqual((slopes[0] - slopes[1]) / (2 * step), curvature, accuracy: 1e-6 * max(1, abs(curvature)))
  }

  /// By each of the head's parameters.
  func checkHeadGradient(_ batch: Batch, backbone: any Module, head: any Module) throws {
    try XCTSkipIf(MemoryLayout<Scalar>.size == 4, "differences need double precision")
    let parameters = head.state.parameters
    let gradient = try XCTUnwrap(evaluate(batch, backbone: backbone, head: head).headGradient)
    for index in 0..<gradient.count {
      var losses: [Double] = []
      for step in [1e-6, -2e-6] {
        parameters.pointer[index] += Scalar(step)
        losses.append(Double(try evaluate(batch, backbone: backbone, head: head).loss))
      }
      parameters.pointer[index] += Scalar(1e-6)
      XCTAssertEqual((losses[0] - losses[1]) / 2e-6, Double(gradient.array[index]), accuracy: 1e-8)
    }
  }
}
