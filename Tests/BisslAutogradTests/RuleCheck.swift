import BisslAutograd
import BisslCore
import BisslKernels
import XCTest

/// The identities that hold between the four rules of one operation at one point. Along random directions ẋ and with
/// random cotangents ȳ; c denotes an input that is not differentiated.
struct RuleCheck<Op: BisslAutograd.Operation> {
  let operation: Op
  let label: String
  private let inputs: [Tensor]
  private let point: Point<Op.Saved>
  /// `nil` for inputs that are not differentiated.
  private let tangents: [Tensor?]
  private let wanted: [Bool]
  private let cotangent: Tensor
  private let cotangentTangent: Tensor

  init(operation: Op, sample: Catalogue.Sample, label: String) throws {
    self.operation = operation
    self.label = label
    var random = Random(key: 20_240_607)
    let inputs = try sample.inputs(from: &random)
    let (output, saved) = try operation.forward(inputs)
    self.inputs = inputs
    point = Point(inputs: inputs, output: output, saved: saved)
    wanted = inputs.indices.map { !sample.constants.contains($0) }
    tangents = try inputs.indices.map { sample.constants.contains($0) ? nil : try normal(inputs[$0].shape, &random) }
    cotangent = try normal(output.shape, &random)
    cotangentTangent = try normal(output.shape, &random)
  }

  func run() throws {
    try checkAdjoint()
    try checkWantedMasks()
    try checkSymbolicZeros()
    try checkLinearityInTheCotangent()
    try checkWhatIsNotNeeded()
    if isDouble { try checkFiniteDifferences() }
  }

  /// What all four rules answer, for a comparison bit by bit.
  func everything() throws -> [[Scalar]] {
    let results =
      [point.output] + [try operation.jvp(at: point, tangents: tangents)]
      + (try operation.vjp(at: point, cotangent: cotangent, wanted: wanted)) + (try vjpTangent())
    return results.map { $0?.array ?? [] }
  }

  /// ⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩
  private func checkAdjoint() throws {
    let forward = try operation.jvp(at: point, tangents: tangents)
    let backward = try operation.vjp(at: point, cotangent: cotangent, wanted: wanted)
    XCTAssertEqual(backward.count, inputs.count, "\(label): vjp answers one entry per input")
    let left = inner(cotangent, forward)
    let right = zip(backward, tangents).reduce(0) { $0 + inner($1.0, $1.1) }
    let scale = zip(backward, tangents).reduce(norm(cotangent) * norm(forward)) { $0 + norm($1.0) * norm($1.1) }
    XCTAssertLessThanOrEqual(
      abs(left - right), (isDouble ? 1e-12 : 1e-4) * scale, "\(label): ⟨ȳ, Jẋ⟩ = \(left) but ⟨Jᵀȳ, ẋ⟩ = \(right)")
  }

  /// Every subset of inputs: what is not wanted is nil, what is wanted does not change.
  private func checkWantedMasks() throws {
    let full = try operation.vjp(at: point, cotangent: cotangent, wanted: wanted)
    let fullTangent = try vjpTangent()
    for mask in subsets(of: inputs.count) {
      let asked = zip(mask, wanted).map { $0 && $1 }
      let some = try operation.vjp(at: point, cotangent: cotangent, wanted: asked)
      let someTangent = try operation.vjpTangent(
        at: point, tangents: tangents, cotangent: cotangent, cotangentTangent: cotangentTangent, wanted: asked)
      for i in inputs.indices {
        XCTAssertEqual(some[i]?.array, asked[i] ? full[i]?.array : nil, "\(label): vjp of input \(i), wanted \(asked)")
        XCTAssertEqual(
          someTangent[i]?.array, asked[i] ? fullTangent[i]?.array : nil,
          "\(label): vjpTangent of input \(i), wanted \(asked)")
      }
    }
  }

  /// Every subset of tangents: nil gives what explicit zeros give.
  private func checkSymbolicZeros() throws {
    let full = try vjpTangent()
    for mask in subsets(of: inputs.count + 1) where mask.contains(true) {
      let some = inputs.indices.map { mask[$0] ? tangents[$0] : nil }
      let explicit = try inputs.indices.map { try some[$0] ?? (wanted[$0] ? Tensor.zeros(inputs[$0].shape) : nil) }
      if some.contains(where: { $0 != nil }) {
        assertClose(
          try operation.jvp(at: point, tangents: some), try operation.jvp(at: point, tangents: explicit),
          within: isDouble ? 1e-12 : 1e-4, "\(label): jvp with tangents \(mask)")
      }
      let last = mask[inputs.count] ? cotangentTangent : nil
      if last == nil && some.allSatisfy({ $0 == nil }) { continue }
      let symbolic = try operation.vjpTangent(
        at: point, tangents: some, cotangent: cotangent, cotangentTangent: last, wanted: wanted)
      let zeros = try operation.vjpTangent(
        at: point, tangents: explicit, cotangent: cotangent,
        cotangentTangent: last ?? Tensor.zeros(point.output.shape), wanted: wanted)
      for i in inputs.indices {
        assertClose(
          symbolic[i], zeros[i], within: isDouble ? 1e-12 : 1e-4, scale: norm(full[i]),
          "\(label): vjpTangent of input \(i) with tangents \(mask)")
      }
    }
  }

  /// vjpTangent along ȳ̇ alone is vjp of ȳ̇.
  private func checkLinearityInTheCotangent() throws {
    let expected = try operation.vjp(at: point, cotangent: cotangentTangent, wanted: wanted)
    let tangent = try operation.vjpTangent(
      at: point, tangents: inputs.map { _ in nil }, cotangent: cotangent, cotangentTangent: cotangentTangent,
      wanted: wanted)
    for i in inputs.indices {
      assertClose(
        tangent[i], expected[i], within: isDouble ? 1e-12 : 1e-4, "\(label): vjpTangent of input \(i) along ȳ̇")
    }
  }

  /// What an operation says of its tangents is true: of a linear one, those of x do not matter to x̄'s; of others, those
  /// that are not used.
  private func checkWhatIsNotNeeded() throws {
    for mask in subsets(of: inputs.count) {
      let varying = zip(mask, wanted).map { $0 && $1 }
      let all = inputs.indices.map { varying[$0] ? tangents[$0] : nil }
      let isLinear = operation.isLinear(inInputs: varying)
      let used = inputs.indices.map { isLinear || !operation.usesTangent(ofInput: $0) ? nil : all[$0] }
      func rule(_ some: [Tensor?]) throws -> [Tensor?] {
        try operation.vjpTangent(
          at: point, tangents: some, cotangent: cotangent, cotangentTangent: cotangentTangent, wanted: varying)
      }
      for (i, (given, needed)) in zip(try rule(all), try rule(used)).enumerated() {
        assertClose(
          given, needed, within: isDouble ? 1e-12 : 1e-4, "\(label): vjpTangent of input \(i) with \(varying) varying")
      }
    }
  }

  /// jvp is the derivative of forward, vjpTangent that of vjp.
  private func checkFiniteDifferences() throws {
    let step: Scalar = 3e-6
    let (above, below) = (try shifted(by: step), try shifted(by: -step))
    assertClose(
      try operation.jvp(at: point, tangents: tangents), try quotient(above.output, below.output, step), within: 1e-6,
      "\(label): jvp against central differences")
    let (up, down) = (try adjoint(at: above, step), try adjoint(at: below, -step))
    for (i, tangent) in try vjpTangent().enumerated() {
      // Where the tangent vanishes, differences leave rounding errors of the size of vjp/step.
      assertClose(
        tangent, try quotient(up[i], down[i], step), within: 1e-6, scale: 1e-3 * norm(up[i]),
        "\(label): vjpTangent of input \(i) against central differences")
    }
  }

  private func vjpTangent() throws -> [Tensor?] {
    try operation.vjpTangent(
      at: point, tangents: tangents, cotangent: cotangent, cotangentTangent: cotangentTangent, wanted: wanted)
  }

  private func shifted(by step: Scalar) throws -> Point<Op.Saved> {
    let moved = try zip(inputs, tangents).map { try moving($0, along: $1, by: step) }
    let (output, saved) = try operation.forward(moved)
    return Point(inputs: moved, output: output, saved: saved)
  }

  private func adjoint(at point: Point<Op.Saved>, _ step: Scalar) throws -> [Tensor?] {
    try operation.vjp(at: point, cotangent: moving(cotangent, along: cotangentTangent, by: step), wanted: wanted)
  }
}

/// Every choice of members among `count`.
private func subsets(of count: Int) -> [[Bool]] {
  (0..<1 << count).map { bits in (0..<count).map { bits >> $0 & 1 == 1 } }
}
