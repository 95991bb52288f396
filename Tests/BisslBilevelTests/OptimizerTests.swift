import BisslBilevel
import BisslCore
import BisslKernels
import Foundation
import XCTest

/// The optimisers against loops that follow the published definitions element by element.
final class OptimizerTests: XCTestCase {
  let accuracy = tolerance(double: 1e-13, single: 2e-6)
  let lengths = [6, 3, 5]
  let initial = randomArray(14, key: 1)
  let gradients = (0..<4).map { randomArray(14, key: 10 + UInt64($0)) }

  /// Takes a step with each of `gradients` and answers the parameters.
  func train(
    _ optimizer: any Optimizer, on gradients: [[Double]]? = nil, vectors: Set<Int> = [], coefficient: Double = 1
  ) throws -> [Double] {
    let parameters = try parameters(initial, layout(lengths, vectors: vectors))
    for gradient in gradients ?? self.gradients {
      try optimizer.step(
        [Gradient("backbone", of: parameters, vector(gradient))], scaledBy: coefficient, learningRate: 0.1)
    }
    return parameters.vector.doubles
  }

  /// PyTorch's loop. `direction` maps (segment, p, g + wd·p) to what enters the momentum.
  func reference(
    weightDecay: (Int) -> Double, momentum: Double, nesterov: Bool = false,
    direction: (_ segment: Int, _ p: [Double], _ d: [Double]) -> [Double] = { $2 }
  ) throws -> [Double] {
    var p = initial
    var buffer = [Double](repeating: 0, count: p.count)
    for g in gradients {
      for (index, segment) in try layout(lengths).segments.enumerated() {
        let part = Array(p[segment.range])
        let d = direction(index, part, zip(g[segment.range], part).map { $0 + weightDecay(index) * $1 })
        for (offset, i) in segment.range.enumerated() {
          buffer[i] = momentum * buffer[i] + d[offset]
          p[i] -= 0.1 * (nesterov ? d[offset] + momentum * buffer[i] : buffer[i])
        }
      }
    }
    return p
  }

  func lars(_ p: [Double], _ d: [Double]) -> [Double] {
    let (size, length) = (sqrt(p.map { $0 * $0 }.reduce(0, +)), sqrt(d.map { $0 * $0 }.reduce(0, +)))
    return size > 0 && length > 0 ? d.map { $0 * (0.001 * size / length) } : d
  }

  func testSGD() throws {
    for (momentum, nesterov) in [(0.0, false), (0.9, false), (0.9, true)] {
      let sgd = try SGD(weightDecay: 0.01, momentum: momentum, nesterov: nesterov)
      let expected = try reference(weightDecay: { _ in 0.01 }, momentum: momentum, nesterov: nesterov)
      assertClose(try train(sgd), expected, accuracy)
    }
  }

  func testSGDExcludingVectors() throws {
    let sgd = try SGD(weightDecay: 0.5, momentum: 0.9, excludesVectors: true)
    let expected = try reference(weightDecay: { $0 == 1 ? 0 : 0.5 }, momentum: 0.9)
    assertClose(try train(sgd, vectors: [1]), expected, accuracy)
  }

  func testLARS() throws {
    for nesterov in [false, true] {
      let optimizer = try LARS(weightDecay: 0.02, momentum: 0.9, nesterov: nesterov)
      let expected = try reference(weightDecay: { _ in 0.02 }, momentum: 0.9, nesterov: nesterov) { lars($1, $2) }
      assertClose(try train(optimizer, vectors: [1]), expected, accuracy)
    }
  }

  func testLARSExcludingVectors() throws {
    let optimizer = try LARS(weightDecay: 0.02, momentum: 0.9, excludesVectors: true)
    let expected = try reference(weightDecay: { $0 == 1 ? 0 : 0.02 }, momentum: 0.9) { $0 == 1 ? $2 : lars($1, $2) }
    assertClose(try train(optimizer, vectors: [1]), expected, accuracy)
  }

  /// PyTorch's AdamW, element by element.
  func adam(
    weightDecay: (Int) -> Double, rate: (Int) -> Double = { _ in 0.1 }, betas: (Double, Double), epsilon: Double
  ) throws -> [Double] {
    var p = initial
    var (m, v) = ([Double](repeating: 0, count: p.count), [Double](repeating: 0, count: p.count))
    for (step, g) in gradients.enumerated() {
      let corrections = (1 - pow(betas.0, Double(step + 1)), 1 - pow(betas.1, Double(step + 1)))
      for (index, segment) in try layout(lengths).segments.enumerated() {
        for i in segment.range {
          p[i] *= 1 - rate(index) * weightDecay(index)
          m[i] = betas.0 * m[i] + (1 - betas.0) * g[i]
          v[i] = betas.1 * v[i] + (1 - betas.1) * g[i] * g[i]
          p[i] -= rate(index) / corrections.0 * m[i] / (sqrt(v[i]) / sqrt(corrections.1) + epsilon)
        }
      }
    }
    return p
  }

  func testAdamW() throws {
    for (betas, epsilon) in [((0.9, 0.999), 1e-8), ((0.9, 0.95), 0.1), ((0.0, 0.0), 1e-3)] {
      let optimizer = try AdamW(weightDecay: 0.05, betas: betas, epsilon: epsilon)
      let expected = try adam(weightDecay: { _ in 0.05 }, betas: betas, epsilon: epsilon)
      assertClose(try train(optimizer), expected, 10 * accuracy)
    }
  }

  /// Bias correction makes the first step as long as the rate, whatever the gradient's size.
  func testTheFirstStepOfAdamWIsTheSignOfTheGradient() throws {
    let p = try parameters([1, -1, 2], layout([3]))
    try AdamW(weightDecay: 0).step([Gradient("head", of: p, vector([1e-3, -5, 80]))], scaledBy: 1, learningRate: 0.5)
    assertClose(p.vector.doubles, [0.5, -0.5, 1.5], 1e-5)
  }

  func testAdamWExcludingVectors() throws {
    let optimizer = try AdamW(weightDecay: 0.5, excludesVectors: true)
    let expected = try adam(weightDecay: { $0 == 1 ? 0 : 0.5 }, betas: (0.9, 0.999), epsilon: 1e-8)
    assertClose(try train(optimizer, vectors: [1]), expected, 10 * accuracy)
  }

  func testAdamWIsRestorable() throws {
    let layout = try layout(lengths)
    let first = try AdamW(weightDecay: 0.1)
    let p = try parameters(initial, layout)
    try first.step([Gradient("head", of: p, vector(gradients[0]))], scaledBy: 1, learningRate: 0.1)
    let resumed = try AdamW(weightDecay: 0.1)
    let q = try parameters(p.vector.doubles, layout)
    let target = try resumed.state(of: q)
    for (name, tensor) in try first.state(of: p) {
      try XCTUnwrap(target[name]).pointer.update(from: tensor.source, count: tensor.count)
    }
    XCTAssertEqual(target["step"]?.doubles, [1])
    for (optimizer, parameters) in [(first, p), (resumed, q)] {
      try optimizer.step([Gradient("head", of: parameters, vector(gradients[1]))], scaledBy: 1, learningRate: 0.1)
    }
    XCTAssertEqual(p.vector.array, q.vector.array)
    target["step"]?.pointer[0] = -3
    assertThrows(.value, "step", "-3") {
      try resumed.step([Gradient("head", of: q, vector(gradients[1]))], scaledBy: 1, learningRate: 0.1)
    }
  }

  func testSettingsOfSegments() throws {
    let settings = [
      SegmentSettings(rate: 0.5, weightDecay: 0.2), SegmentSettings(weightDecay: 0),
      SegmentSettings(rate: 0, weightDecay: 0.3, adapts: false),
    ]
    let decay: (Int) -> Double = { settings[$0].weightDecay }
    let sgd = try SGD(weightDecay: 0.7, momentum: 0)
    let adamW = try AdamW(weightDecay: 0.7)
    let lars = try LARS(weightDecay: 0.7, momentum: 0)
    let plain = try reference(weightDecay: decay, momentum: 0) { index, _, d in d.map { settings[index].rate * $0 } }
    let scaled = try reference(weightDecay: decay, momentum: 0) { index, p, d in
      (settings[index].adapts ? self.lars(p, d) : d).map { settings[index].rate * $0 }
    }
    let adamScaled = try adam(
      weightDecay: decay, rate: { 0.1 * settings[$0].rate }, betas: (0.9, 0.999), epsilon: 1e-8)
    for (optimizer, expected) in [(sgd, plain), (lars, scaled), (adamW, adamScaled)] as [(any Optimizer, [Double])] {
      let parameters = try parameters(initial, layout(lengths))
      try optimizer.assign(settings, to: parameters)
      for gradient in gradients {
        try optimizer.step([Gradient("head", of: parameters, vector(gradient))], scaledBy: 1, learningRate: 0.1)
      }
      assertClose(parameters.vector.doubles, expected, 10 * accuracy)
      assertThrows(.value, "one entry for each of 3") { try optimizer.assign([settings[0]], to: parameters) }
      assertThrows(.value, "weight_decay of 's0'") {
        try optimizer.assign([SegmentSettings(weightDecay: -1)] + settings.dropFirst(), to: parameters)
      }
    }
  }

  /// The clipping's factor is the same as gradients that were scaled before.
  func testCoefficientScalesTheGradient() throws {
    let scaled = gradients.map { $0.map { 0.25 * $0 } }
    for make in [
      { try SGD(weightDecay: 0.01, momentum: 0.9) }, { try LARS(weightDecay: 0.01, momentum: 0.9) },
      { try AdamW(weightDecay: 0.01) },
    ]
      as [() throws -> any Optimizer]
    {
      assertClose(
        try train(make(), on: gradients, coefficient: 0.25), try train(make(), on: scaled), accuracy)
    }
  }

  /// Zero parameters, or a zero direction, take the factor 1.
  func testLARSWithoutNorms() throws {
    let layout = try layout([2, 2])
    let p = try parameters([0, 0, 3, 4], layout)
    let optimizer = try LARS(weightDecay: 0, momentum: 0)
    try optimizer.step([Gradient("head", of: p, vector([1, 2, 0, 0]))], scaledBy: 1, learningRate: 0.5)
    assertClose(p.vector.doubles, [-0.5, -1, 3, 4], 0)
  }

  func testMomentumIsSharedAndRestorable() throws {
    let layout = try layout(lengths)
    let first = try SGD(weightDecay: 0, momentum: 0.9)
    let p = try parameters(initial, layout)
    XCTAssertEqual(try first.state(of: p)["momentum"]?.doubles, [Double](repeating: 0, count: 14))
    try first.step([Gradient("head", of: p, vector(gradients[0]))], scaledBy: 1, learningRate: 0.1)
    let momentum = try XCTUnwrap(first.state(of: p)["momentum"])
    assertClose(momentum.doubles, gradients[0], 0)

    let resumed = try SGD(weightDecay: 0, momentum: 0.9)
    let q = try parameters(p.vector.doubles, layout)
    try XCTUnwrap(resumed.state(of: q)["momentum"]).pointer.update(from: momentum.source, count: 14)
    for (optimizer, parameters) in [(first, p), (resumed, q)] {
      try optimizer.step(
        [Gradient("head", of: parameters, vector(gradients[1]))], scaledBy: 1, learningRate: 0.1)
    }
    XCTAssertEqual(p.vector.array, q.vector.array)
  }

  func testThreadsGiveTheSameBits() throws {
    let layout = try layout([100_000, 40, 33_000])
    let gradient = try randomVector(layout.count, key: 3)
    let results = try withThreads { () -> [Scalar] in
      let p = try parameters(randomArray(layout.count, key: 4), layout)
      let optimizer = try LARS(weightDecay: 1e-3, momentum: 0.9)
      for _ in 0..<2 {
        _ = try optimizer.step(
          [Gradient("backbone", of: p, gradient)], at: .single, clipping: JointClipping(limit: 1), learningRate: 1)
      }
      return p.vector.array
    }
    XCTAssertEqual(results[0], results[1])
    XCTAssertEqual(results[0], results[2])
  }

  func testBadSettings() throws {
    assertThrows(.value, "weight_decay", "-1.0") { try SGD(weightDecay: -1, momentum: 0) }
    assertThrows(.value, "momentum", "nan") { try LARS(weightDecay: 0, momentum: .nan) }
    assertThrows(.value, "nesterov", "momentum > 0") { try SGD(weightDecay: 0, momentum: 0, nesterov: true) }
    assertThrows(.value, "betas[1]", "1.0") { try AdamW(weightDecay: 0, betas: (0.9, 1)) }
    assertThrows(.value, "betas[0]", "nan") { try AdamW(weightDecay: 0, betas: (.nan, 0.9)) }
    assertThrows(.value, "eps") { try AdamW(weightDecay: 0, epsilon: 0) }
    assertThrows(.value, "trust_coefficient") { try LARS(weightDecay: 0, momentum: 0, trustCoefficient: 0) }
    let p = try parameters(initial, layout(lengths))
    for rate in [-0.1, .nan, .infinity] {
      assertThrows(.value, "learning rate", "≥ 0", "\(rate)") {
        try SGD(weightDecay: 0, momentum: 0).step(
          [Gradient("head", of: p, vector(gradients[0]))], scaledBy: 1, learningRate: rate)
      }
    }
    XCTAssertEqual(p.vector.doubles, initial)
  }
}
