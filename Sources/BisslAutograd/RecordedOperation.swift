import BisslCore

/// The rules of one recorded operation with their types erased.
protocol RecordedOperation {
  var operands: [Operand] { get }
  var name: String { get }
  /// The output; nil where it was freed, to be rematerialised.
  var kept: Tensor? { get }
  var isCheapToDifferentiate: Bool { get }
  /// Runs the operation on another tape. Keeps no values of this one.
  var repeated: (Tape, [Variable]) throws -> Variable { get }

  func isLinear(inInputs varying: [Bool]) -> Bool
  func usesTangent(ofInput input: Int) -> Bool
  /// The output that was freed, to the bit.
  func rematerialize(_ inputs: [Tensor]) throws -> Tensor
  func jvp(at values: RecordedValues, _ tangents: [Tensor?]) throws -> Tensor?
  func vjp(at values: RecordedValues, _ cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?]
  func vjpTangent(
    at values: RecordedValues, _ tangents: [Tensor?], cotangent: Tensor, cotangentTangent: Tensor?, wanted: [Bool]
  ) throws -> [Tensor?]
}

extension RecordedOperation {
  /// The nodes of the operands; nil for constants.
  var inputNodes: [Int?] { operands.map(\.node) }
}

/// An input of a recorded operation.
enum Operand {
  case constant(Tensor)
  case node(Int)

  var node: Int? {
    if case .node(let index) = self { return index }
    return nil
  }
}

/// What a recorded operation saw and made.
struct RecordedValues {
  let inputs: [Tensor]
  let output: Tensor
}

struct Recorded<Op: Operation>: RecordedOperation {
  let operation: Op
  let operands: [Operand]
  let kept: Tensor?
  let saved: Op.Saved

  var name: String { operation.name }
  var isCheapToDifferentiate: Bool { operation.isCheapToDifferentiate }

  var repeated: (Tape, [Variable]) throws -> Variable { { [operation] tape, inputs in try tape.apply(operation, inputs) } }

  func isLinear(inInputs varying: [Bool]) -> Bool { operation.isLinear(inInputs: varying) }

  func usesTangent(ofInput input: Int) -> Bool { operation.usesTangent(ofInput: input) }

  func rematerialize(_ inputs: [Tensor]) throws -> Tensor {
    guard let rematerialization = operation.rematerialization else {
      throw EngineError.state("\(name): its output was freed and cannot be rematerialised")
    }
    return try rematerialization(inputs, saved)
  }

  func jvp(at values: RecordedValues, _ tangents: [Tensor?]) throws -> Tensor? {
    try operation.jvp(at: point(values), tangents: tangents)
  }

  func vjp(at values: RecordedValues, _ cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    try operation.vjp(at: point(values), cotangent: cotangent, wanted: wanted)
  }

  func vjpTangent(
    at values: RecordedValues, _ tangents: [Tensor?], cotangent: Tensor, cotangentTangent: Tensor?, wanted: [Bool]
  ) throws -> [Tensor?] {
    try operation.vjpTangent(
      at: point(values), tangents: tangents, cotangent: cotangent, cotangentTangent: cotangentTangent, wanted: wanted)
  }

  private func point(_ values: RecordedValues) -> Point<Op.Saved> {
    Point(inputs: values.inputs, output: values.output, saved: saved)
  }
}
