import BisslBilevel
import BisslCore
import BisslKernels
import XCTest

/// What steps report, and that nothing changes when they fail.
final class BilevelStepTests: XCTestCase {
  let theta = [3.0, 0, -1]
  let upperTheta = [1.0, 0, -1]
  let phi = [2.0, 5]
  let identity: LinearMap = { try $0.copy() }

  func evaluated(_ backbone: [Double], _ head: [Double], loss: Double = 1.5) throws -> EvaluatedLoss {
    try EvaluatedLoss(loss: Scalar(loss), backboneGradient: vector(backbone), headGradient: vector(head))
  }

  func testLowerStep() throws {
    let (backbone, head) = (try parameters(theta, layout([1, 2])), try parameters(phi, layout([2])))
    let pretext = try evaluated([1, 0, 0], [0, 4])
    let report = try LowerStep(lam: 1, clipping: JointClipping(limit: 1))(
      pretext, backbone: backbone, head: head, upperBackbone: parameters(upperTheta, layout([1, 2])),
      optimizer: SGD(weightDecay: 0, momentum: 0), learningRate: 1)
    XCTAssertEqual(report.loss, 1.5)
    XCTAssertEqual(report.regularizer, 2, accuracy: 1e-12)
    XCTAssertEqual(report.gradientNorm, 5, accuracy: 1e-12)
    assertClose(backbone.vector.doubles, [3 - 0.6, 0, -1], 1e-6)
    assertClose(head.vector.doubles, [2, 5 - 0.8], 1e-6)
    // The evaluation is read only.
    assertClose(pretext.backboneGradient.doubles + pretext.headGradient.doubles, [1, 0, 0, 0, 4], 0)
  }

  func testUpperStep() throws {
    let (backbone, head) = (try parameters(upperTheta, layout([1, 2])), try parameters(phi, layout([2])))
    let step = try UpperStep(
      atLower: evaluated([5, 0, 10], [1, 0], loss: 2), atUpper: evaluated([1, 1, 0], [1, 3], loss: 7),
      backbone: backbone, head: head)
    assertClose(step.v.doubles, [5, 0, 10], 0)
    func take() throws -> UpperStep.Report {
      try step.take(
        implicitTerm: vector([4, 0, 8]), optimizer: SGD(weightDecay: 0, momentum: 0),
        clipping: JointClipping(limit: 10), learningRate: 0.5)
    }
    let report = try take()
    let accuracy = tolerance(double: 1e-9, single: 1e-5)
    XCTAssertEqual([report.lossAtLower, report.lossAtUpper], [2, 7])
    let norm = sqrt(25 + 1 + 64 + 4 + 9.0)
    XCTAssertEqual(report.gradientNorm, norm, accuracy: accuracy)
    let factor = 0.5 * 10 / (norm + 1e-6)
    assertClose(backbone.vector.doubles, [1 - 5 * factor, -factor, -1 - 8 * factor], accuracy)
    assertClose(head.vector.doubles, [2 - 2 * factor, 5 - 3 * factor], accuracy)
    assertThrows(.state, "taken already") { try take() }
    assertClose(head.vector.doubles, [2 - 2 * factor, 5 - 3 * factor], accuracy)
  }

  func testLowerStepChangesNothingWhenItFails() throws {
    let (backbone, head) = (try parameters(theta, layout([1, 2])), try parameters(phi, layout([2])))
    let optimizer = try LARS(weightDecay: 0, momentum: 0.9)
    func step(_ evaluated: EvaluatedLoss, rate: Double = 0.1, upper: ParameterLayout? = nil) throws {
      let upper = try parameters(upperTheta, upper ?? layout([1, 2]))
      _ = try LowerStep(lam: 1e-3, clipping: JointClipping(limit: 10))(
        evaluated, backbone: backbone, head: head, upperBackbone: upper, optimizer: optimizer, learningRate: rate)
    }
    assertThrows(.nonFinite, "lower level", "loss is nan") { try step(evaluated([0, 0, 0], [1, 1], loss: .nan)) }
    assertThrows(.nonFinite, "lower level", "backbone gradient", "'s1'") { try step(evaluated([0, 0, .nan], [1, 1])) }
    assertThrows(.nonFinite, "lower level", "head gradient", "'s0'") {
      try step(evaluated([0, 0, 0], [1, .infinity]))
    }
    assertThrows(.value, "learning rate") { try step(evaluated([0, 0, 0], [1, 1]), rate: -1) }
    assertThrows(.value, "head gradient", "(2,)", "(1,)") { try step(evaluated([0, 0, 0], [1])) }
    assertThrows(.value, "backbone gradient", "(3,)") { try step(evaluated([0], [1, 1])) }
    assertThrows(.value, "backbone differ", "'s0'") { try step(evaluated([0, 0, 0], [1, 1]), upper: layout([2, 1])) }
    assertThrows(.value, "lam", "-1.0") { try LowerStep(lam: -1, clipping: JointClipping(limit: 10)) }
    XCTAssertEqual(backbone.vector.doubles, theta)
    XCTAssertEqual(head.vector.doubles, phi)
    XCTAssertEqual(try optimizer.state(of: backbone)["momentum"]?.doubles, [0, 0, 0])
  }

  func testUpperStepChangesNothingWhenItFails() throws {
    let (backbone, head) = (try parameters(upperTheta, layout([1, 2])), try parameters(phi, layout([2])))
    let good = try evaluated([1, 2, 3], [1, 1])
    func step(
      _ atLower: EvaluatedLoss, _ atUpper: EvaluatedLoss, _ implicitTerm: [Double] = [1, 1, 1], rate: Double = 0.1
    ) throws {
      _ = try UpperStep(atLower: atLower, atUpper: atUpper, backbone: backbone, head: head).take(
        implicitTerm: vector(implicitTerm), optimizer: SGD(weightDecay: 0, momentum: 0.9),
        clipping: JointClipping(limit: 10), learningRate: rate)
    }
    assertThrows(.nonFinite, "upper level", "at θ_P", "loss") {
      try step(evaluated([0, 0, 0], [0, 0], loss: .infinity), good)
    }
    assertThrows(.nonFinite, "upper level", "at θ_P", "'s0'") {
      try step(evaluated([.nan, 0, 0], [0, 0]), good)
    }
    assertThrows(.nonFinite, "upper level", "at θ_D", "head") {
      try step(good, evaluated([0, 0, 0], [.nan, 0]))
    }
    assertThrows(.nonFinite, "upper level: the implicit term", "'s1'") { try step(good, good, [1, 1, .nan]) }
    assertThrows(.value, "(3,)", "(2,)") { try step(good, good, [1, 1]) }
    assertThrows(.value, "learning rate", "nan") { try step(good, good, rate: .nan) }
    XCTAssertEqual(backbone.vector.doubles, upperTheta)
    XCTAssertEqual(head.vector.doubles, phi)
  }

  func testWeightsOfTheImplicitSystem() throws {
    for (lam, damping, text) in [(-1.0, 0.0, "lam:"), (0, -1, "damping:"), (0, 0, "lam + damping"), (.nan, 1, "lam:")] {
      assertThrows(.value, text) { try ImplicitSystem(lam: lam, damping: damping, hessianProduct: identity) }
    }
    let system = try ImplicitSystem(lam: 0, damping: 4, hessianProduct: identity)
    assertClose(try system.product(vector([4, 8])).doubles, [5, 10], 0)
    // I + (I + 4 I)/2
    let tikhonov = try ImplicitSystem(lam: 2, damping: 4, rule: .tikhonov, hessianProduct: identity)
    assertClose(try tikhonov.product(vector([4, 8])).doubles, [14, 28], tolerance(double: 1e-14, single: 1e-5))
    assertThrows(.value, "lam:", "'paper'") {
      try ImplicitSystem(lam: 0, damping: 4, rule: .tikhonov, hessianProduct: identity)
    }
  }

  /// An interruption during the update does not leave it half done: chunks that it skipped are made up for.
  func testInterruptedUpdateIsWhole() throws {
    let layout = try layout([200_000])
    let gradient = try vector([Double](repeating: 1, count: layout.count))
    defer { Interrupt.poll = nil }
    let results = try withThreads { () -> [Scalar] in
      let p = try parameters([Double](repeating: 0, count: layout.count), layout)
      let call = {
        try Engine.enter {
          // Longer than the interval between polls, so that the first that asks sees the interruption.
          usleep(60_000)
          Interrupt.poll = { 1 }
          try SGD(weightDecay: 0, momentum: 0).step(
            [Gradient("head", of: p, gradient)], scaledBy: 1, learningRate: 1)
          XCTAssertThrowsError(try layout.dots(gradient, gradient))
        }
      }
      XCTAssertThrowsError(try call(), "a request that was met ends the call")
      Interrupt.poll = nil
      return p.vector.array
    }
    for result in results { XCTAssertTrue(result.allSatisfy { $0 == -1 }) }
    try Engine.enter {}
  }
}
