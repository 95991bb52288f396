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
    let step = try lowerStep(pretext, backbone, head)
    let regularizer = try step.addProximalTerm(lam: 1, anchor: parameters(upperTheta, layout([1, 2])))
    let norm = try step.commit(
      SGD(weightDecay: 0, momentum: 0), clipping: JointClipping(limit: 1), learningRate: 1)
    XCTAssertEqual(step.losses, [1.5])
    XCTAssertEqual(regularizer, 2, accuracy: 1e-12)
    XCTAssertEqual(norm, 5, accuracy: 1e-12)
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
    func take() throws -> Double {
      try step.commit(
        implicitTerm: vector([4, 0, 8]), optimizer: SGD(weightDecay: 0, momentum: 0),
        clipping: JointClipping(limit: 10), learningRate: 0.5)
    }
    let clipped = try take()
    let accuracy = tolerance(double: 1e-9, single: 1e-5)
    XCTAssertEqual([step.lossAtLower, step.lossAtUpper], [2, 7])
    let norm = sqrt(25 + 1 + 64 + 4 + 9.0)
    XCTAssertEqual(clipped, norm, accuracy: accuracy)
    let factor = 0.5 * 10 / (norm + 1e-6)
    assertClose(backbone.vector.doubles, [1 - 5 * factor, -factor, -1 - 8 * factor], accuracy)
    assertClose(head.vector.doubles, [2 - 2 * factor, 5 - 3 * factor], accuracy)
    assertThrows(.state, "taken already") { try take() }
    assertClose(head.vector.doubles, [2 - 2 * factor, 5 - 3 * factor], accuracy)
  }

  func testLowerStepChangesNothingWhenItFails() throws {
    let (backbone, head) = (try parameters(theta, layout([1, 2])), try parameters(phi, layout([2])))
    let optimizer = try LARS(weightDecay: 0, momentum: 0.9)
    func step(
      _ evaluated: EvaluatedLoss, lam: Double = 1e-3, rate: Double = 0.1, upper: ParameterLayout? = nil
    ) throws {
      let step = try lowerStep(evaluated, backbone, head)
      _ = try step.addProximalTerm(lam: lam, anchor: parameters(upperTheta, upper ?? layout([1, 2])))
      _ = try step.commit(optimizer, clipping: JointClipping(limit: 10), learningRate: rate)
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
    assertThrows(.value, "lam", "-1.0") { try step(evaluated([0, 0, 0], [1, 1]), lam: -1) }
    XCTAssertEqual(backbone.vector.doubles, theta)
    XCTAssertEqual(head.vector.doubles, phi)
    XCTAssertEqual(try optimizer.state(of: backbone)["momentum"]?.doubles, [0, 0, 0])
  }

  /// A weighted sum: one backbone, two heads, all clipped together; what the terms commit is committed once.
  func testStepOfTwoLosses() throws {
    let (backbone, first) = (try parameters(theta, layout([1, 2])), try parameters(phi, layout([2])))
    let second = try parameters([1], layout([1]))
    var commits: [String] = []
    func term(_ name: String, _ weight: Double, _ θ: [Double], _ head: Parameters, _ φ: [Double]) throws
      -> ProposedStep.Term
    {
      ProposedStep.Term(
        name, loss: 1, weight: weight,
        [try Gradient("backbone", of: backbone, vector(θ)), try Gradient("\(name) head", of: head, vector(φ))],
        commit: { commits.append(name) })
    }
    let step = try ProposedStep(
      .single, [term("pretext", 0.75, [4, 0, 0], first, [0, 8]), term("downstream", 0.25, [4, 0, 8], second, [4])])
    let norm = try step.commit(
      SGD(weightDecay: 0, momentum: 0), clipping: JointClipping(limit: 0), learningRate: 0.5)
    XCTAssertEqual(norm, (16 + 4 + 36 + 1.0).squareRoot(), accuracy: 1e-6)
    assertClose(backbone.vector.doubles, [1, 0, -2], 1e-6)
    assertClose(first.vector.doubles, [2, 2], 1e-6)
    assertClose(second.vector.doubles, [0.5], 1e-6)
    XCTAssertEqual(commits, ["pretext", "downstream"])
  }

  /// What is summed over processes is the gradients and what goes with them, not the evaluations themselves.
  func testGradientsAreSummedOverProcesses() throws {
    final class Doubling: Communicator {
      let (rank, size) = (0, 2)
      func sum(_ vectors: [Tensor], for purpose: String) {
        for vector in vectors { for i in 0..<vector.count { vector.pointer[i] *= 2 } }
      }
      func sum(_ numbers: inout [Double], for purpose: String) { numbers = numbers.map { 2 * $0 } }
    }
    let (backbone, head) = (try parameters(upperTheta, layout([1, 2])), try parameters(phi, layout([2])))
    let (atLower, atUpper) = (try evaluated([1, 0, 2], [1, 0]), try evaluated([1, 1, 0], [1, 3]))
    let step = try UpperStep(
      atLower: atLower, atUpper: atUpper, backbone: backbone, head: head, over: Doubling())
    assertClose(step.v.doubles, [2, 0, 4], 0)
    _ = try step.commit(
      implicitTerm: vector([0, 0, 1]), optimizer: SGD(weightDecay: 0, momentum: 0), clipping: JointClipping(limit: 0),
      learningRate: 1)
    assertClose(backbone.vector.doubles, [1 - 2, -2, -1 - 1], 1e-6)
    assertClose(head.vector.doubles, [2 - 4, 5 - 6], 1e-6)
    assertClose(atLower.backboneGradient.doubles + atUpper.headGradient.doubles, [1, 0, 2, 1, 3], 0)
  }

  func testUpperStepChangesNothingWhenItFails() throws {
    let (backbone, head) = (try parameters(upperTheta, layout([1, 2])), try parameters(phi, layout([2])))
    let good = try evaluated([1, 2, 3], [1, 1])
    func step(
      _ atLower: EvaluatedLoss, _ atUpper: EvaluatedLoss, _ implicitTerm: [Double] = [1, 1, 1], rate: Double = 0.1
    ) throws {
      _ = try UpperStep(atLower: atLower, atUpper: atUpper, backbone: backbone, head: head).commit(
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
