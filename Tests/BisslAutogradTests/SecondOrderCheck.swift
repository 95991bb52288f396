import BisslAutograd
import BisslCore
import BisslKernels
import XCTest

/// The Hessian of mean(y∘(y + c)) with y the operation's output, c random: symmetric, and the derivative of the
/// gradient. All differentiated inputs are segments of one parameter vector.
struct SecondOrderCheck {
  let operation: any BisslAutograd.Operation
  let sample: Catalogue.Sample
  let label: String
  private let inputs: [Tensor]
  private let flat: Tensor
  private let c: Tensor
  private let directions: [Tensor]

  init(operation: any BisslAutograd.Operation, sample: Catalogue.Sample, label: String) throws {
    self.operation = operation
    self.sample = sample
    self.label = label
    var random = Random(key: 20_240_608)
    inputs = try sample.inputs(from: &random)
    let values = inputs.indices.filter { !sample.constants.contains($0) }.flatMap { [inputs] in inputs[$0].array }
    flat = try Tensor(values, Shape(values.count))
    let output = try Tape(recording: false).apply(operation, inputs.map(Variable.init(constant:))).value
    c = try normal(output.shape, &random)
    directions = try (0..<2).map { [flat] _ in try normal(flat.shape, &random) }
  }

  func run() throws {
    let (tape, loss, vector) = try record(at: flat)
    let linearization = try Linearization(tape, loss: loss, differentiated: [vector])
    let (u, w) = (directions[0], directions[1])
    let products = try directions.map { try linearization.hessianProduct([vector: $0])[vector] }
    let (left, right) = (inner(u, products[1]), inner(w, products[0]))
    let scale = norm(u) * norm(products[1]) + norm(w) * norm(products[0])
    XCTAssertLessThanOrEqual(
      abs(left - right), (isDouble ? 1e-10 : 1e-3) * scale, "\(label): ⟨u, Hw⟩ = \(left) but ⟨w, Hu⟩ = \(right)")
    assertClose(
      linearization.gradients[vector], try gradient(at: flat), within: 1e-15, "\(label): gradient of the linearization")
    if isDouble {
      let step: Scalar = 1e-6
      let (above, below) = (
        try gradient(at: moving(flat, along: u, by: step)), try gradient(at: moving(flat, along: u, by: -step))
      )
      assertClose(
        products[0], try quotient(above, below, step), within: 1e-6, scale: 1e-3 * norm(above),
        "\(label): Hessian product against central differences")
    }
  }

  private func gradient(at flat: Tensor) throws -> Tensor? {
    let (tape, loss, vector) = try record(at: flat)
    return try tape.gradient(of: loss)[vector]
  }

  private func record(at flat: Tensor) throws -> (Tape, Variable, ParameterVector) {
    let tape = Tape()
    let vector = tape.add(flat)
    var offset = 0
    let variables = try inputs.indices.map { i in
      if sample.constants.contains(i) { return Variable(constant: inputs[i]) }
      defer { offset += inputs[i].count }
      return try tape.parameter(vector, at: offset, inputs[i].shape)
    }
    let y = try tape.apply(operation, variables)
    let shifted = try tape.apply(Add(), y, Variable(constant: c))
    return (tape, try tape.apply(Mean(), tape.apply(Multiply(), y, shifted)), vector)
  }
}
