import BisslBilevel
import BisslCore
import XCTest

final class JointClippingTests: XCTestCase {
  func gradient(_ values: [Double], _ name: String = "backbone") throws -> Gradient {
    try Gradient(name, of: parameters(values.map { _ in 0 }, layout([1, values.count - 1])), vector(values))
  }

  func testNormIsJoint() throws {
    let norm = try JointClipping.norm(of: [gradient([1, 2]), gradient([2, 4, 0], "head")], at: .lower)
    XCTAssertEqual(norm, 5, accuracy: 1e-12)
  }

  /// torch.nn.utils.clip_grad_norm_: min(1, limit/(norm + 1e-6)).
  func testCoefficient() throws {
    let clipping = try JointClipping(limit: 10)
    XCTAssertEqual(clipping.coefficient(forNorm: 5), 1)
    XCTAssertEqual(clipping.coefficient(forNorm: 40), 10 / (40 + 1e-6))
    XCTAssertEqual(try JointClipping(limit: 0).coefficient(forNorm: 1e9), 1)
    assertThrows(.value, "clip_norm", "nan") { try JointClipping(limit: .nan) }
  }

  func testClippedStep() throws {
    let theta = try parameters([0, 0], layout([2]))
    let phi = try parameters([0], layout([1]))
    let norm = try SGD(weightDecay: 0, momentum: 0).step(
      [Gradient("backbone", of: theta, vector([3, 0])), Gradient("head", of: phi, vector([4]))], at: .single,
      clipping: JointClipping(limit: 1), learningRate: 1)
    XCTAssertEqual(norm, 5, accuracy: 1e-12)
    assertClose(theta.vector.doubles + phi.vector.doubles, [-0.6, 0, -0.8], 1e-6)
  }

  func testNonFiniteNamesLevelAndSegment() throws {
    for bad in [Double.nan, .infinity] {
      let gradients = [try gradient([1, 2]), try gradient([0, 1, bad], "head")]
      assertThrows(.nonFinite, "upper level", "head gradient", "'s1'") {
        try JointClipping.norm(of: gradients, at: .upper)
      }
    }
  }
}
