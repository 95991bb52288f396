import BisslCore

/// A value on a tape. `node` is nil for constants: data, and everything made of constants alone.
public struct Variable {
  public let value: Tensor
  let node: Int?

  /// A value that carries no derivative.
  public init(constant value: Tensor) {
    self.value = value
    node = nil
  }

  /// Whether it carries no derivative.
  public var isConstant: Bool { node == nil }

  init(_ value: Tensor, node: Int) {
    self.value = value
    self.node = node
  }
}

/// One flat parameter vector known to a tape, such as a backbone's θ or a head's φ.
public struct ParameterVector: Hashable, Sendable {
  let index: Int
}

/// Records operations while they run. From what it recorded come the gradient (`gradient(of:)`, one reverse sweep that
/// frees activations as it goes) and a `Linearization`, which keeps them.
public final class Tape {
  /// What is recorded per node: a segment of a parameter vector, or an operation with its inputs.
  enum Node {
    case leaf(vector: ParameterVector, offset: Int, value: Tensor)
    case operation(any RecordedOperation)
  }

  private(set) var nodes: [Node] = []
  private(set) var vectors: [Tensor] = []
  /// Nodes that were marked as embeddings.
  private(set) var embeddings: [Int] = []
  private let records: Bool

  /// - Parameter recording: false for evaluation: nothing is kept, and values are freed as soon as they are unused.
  public init(recording: Bool = true) { records = recording }

  /// Makes a flat vector known, so that `parameter` can cut variables from it.
  public func add(_ vector: Tensor) -> ParameterVector {
    vectors.append(vector)
    return ParameterVector(index: vectors.count - 1)
  }

  /// The segment of `vector` that begins at `offset`, seen as `shape`.
  public func parameter(_ vector: ParameterVector, at offset: Int, _ shape: Shape) throws -> Variable {
    let value = try vectors[vector.index].window(at: offset, shape).preparing()
    guard records else { return Variable(constant: value) }
    nodes.append(.leaf(vector: vector, offset: offset, value: value))
    return Variable(value, node: nodes.count - 1)
  }

  /// Runs `operation` and records it unless all inputs are constants.
  public func apply<Op: Operation>(_ operation: Op, _ inputs: Variable...) throws -> Variable {
    try applyKeeping(operation, inputs).output
  }

  public func apply<Op: Operation>(_ operation: Op, _ inputs: [Variable]) throws -> Variable {
    try applyKeeping(operation, inputs).output
  }

  /// As `apply`, and hands out what `forward` saved: batch statistics, for example.
  public func applyKeeping<Op: Operation>(
    _ operation: Op, _ inputs: [Variable]
  ) throws -> (output: Variable, saved: Op.Saved) {
    let (output, saved) = try operation.forward(inputs.map(\.value))
    try Interrupt.check()
    if !records || inputs.allSatisfy({ $0.node == nil }) { return (Variable(constant: output), saved) }
    let point = Point(inputs: inputs.map(\.value), output: output, saved: saved)
    nodes.append(.operation(Recorded(operation: operation, point: point, inputNodes: inputs.map(\.node))))
    return (Variable(output, node: nodes.count - 1), saved)
  }

  /// Marks a value as one that the loss is a function of. All that leads to an embedding is network; the rest is the
  /// loss, whose own Hessian a Gauss-Newton product takes.
  @discardableResult
  public func embedding(_ variable: Variable) -> Variable {
    if let node = variable.node { embeddings.append(node) }
    return variable
  }

  /// The gradient of a scalar with respect to the whole of each of `wanted` (all vectors unless given). Consumes the
  /// tape: the activations of a node are let go as soon as the sweep has passed it.
  public func gradient(
    of loss: Variable, wanted: Set<ParameterVector>? = nil
  ) throws -> [ParameterVector: Tensor] {
    let wanted = wanted ?? Set(vectors.indices.map(ParameterVector.init))
    var sweep = try ReverseSweep(tape: self, loss: loss, wanted: wanted)
    while let index = sweep.next() {
      try sweep.visit(index, node: nodes[index])
      nodes.removeLast()
    }
    return sweep.gradients
  }
}

/// The rules of one recorded operation with their types erased.
protocol RecordedOperation {
  var inputNodes: [Int?] { get }
  var name: String { get }
  func jvp(_ tangents: [Tensor?]) throws -> Tensor?
  func vjp(_ cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?]
  func vjpTangent(
    _ tangents: [Tensor?], cotangent: Tensor, cotangentTangent: Tensor?, wanted: [Bool]
  ) throws -> [Tensor?]
}

private struct Recorded<Op: Operation>: RecordedOperation {
  let operation: Op
  let point: Point<Op.Saved>
  let inputNodes: [Int?]

  var name: String { operation.name }

  func jvp(_ tangents: [Tensor?]) throws -> Tensor? { try operation.jvp(at: point, tangents: tangents) }

  func vjp(_ cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    try operation.vjp(at: point, cotangent: cotangent, wanted: wanted)
  }

  func vjpTangent(
    _ tangents: [Tensor?], cotangent: Tensor, cotangentTangent: Tensor?, wanted: [Bool]
  ) throws -> [Tensor?] {
    try operation.vjpTangent(
      at: point, tangents: tangents, cotangent: cotangent, cotangentTangent: cotangentTangent, wanted: wanted)
  }
}
