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
  private let isForProducts: Bool
  /// What this process has of the batch that is recorded.
  public let share: BatchShare
  /// What `recomputesActivations` was when the tape was made.
  private let recomputes = Tape.recomputesActivations
  /// Nodes whose prepared forms, where they are parameters, do not stay from one use to the next.
  private var hasPassingForms: Set<Int> = []
  /// Values that were freed and rematerialised, while a sweep needs them.
  private var rematerialized: [Int: Tensor] = [:]

  /// Rows of an output beside which the preparation of weights takes little time.
  private static let manyRows = 1024

  /// True: outputs that cost about one pass over memory (`Operation.rematerialization`) are freed and rematerialised where
  /// they are needed, and so are their tangents in a `Linearization`, the adjoints of what enters operations that are cheap to
  /// differentiate, and the parameters' prepared forms: less memory for a little more time, results equal to the bit. Set
  /// from the boundary, under the engine's lock.
  nonisolated(unsafe) public static var recomputesActivations = false

  /// - Parameters:
  ///   - recording: false for evaluation: nothing is kept, and values are freed as soon as they are unused.
  ///   - share: what operations that combine samples (`CollectiveOperation`) work on.
  ///   - isForProducts: a `Linearization` is to come of it, which does not keep what is made again in passing.
  public init(recording: Bool = true, share: BatchShare = .whole, isForProducts: Bool = false) {
    records = recording
    self.isForProducts = isForProducts
    self.share = share
  }

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
    let operation = shared(operation)
    let (output, saved) = try Interrupt.whole { try operation.forward(inputs.map(\.value)) }
    // The primal pass asks for other forms of its weights than derivatives do, and mostly once.
    for input in inputs { input.value.prepared?.removeAll() }
    if !records || inputs.allSatisfy({ $0.node == nil }) { return (Variable(constant: output), saved) }
    let operands = inputs.map { input in input.node.map { .node($0) } ?? Operand.constant(input.value) }
    // Only values that are kept can another one be rematerialised from.
    let isFreed =
      (recomputes || isForProducts && operation.isRematerializedInPassing) && operation.rematerialization != nil
      && !operands.contains { $0.node.map(isRematerialized) ?? false }
    nodes.append(
      .operation(Recorded(operation: operation, operands: operands, kept: isFreed ? nil : output, saved: saved)))
    if isForProducts && output.shape.rows >= Self.manyRows { hasPassingForms.formUnion(operands.compactMap(\.node)) }
    return (Variable(output, node: nodes.count - 1), saved)
  }

  /// The operation as this tape's share of a batch asks for it.
  private func shared<Op: Operation>(_ operation: Op) -> Op {
    if share.isWhole { return operation }
    return (operation as? any CollectiveOperation)?.over(share) as? Op ?? operation
  }

  /// Marks a value as one that the loss is a function of. All that leads to an embedding is network; the rest is the
  /// loss, whose own Hessian a Gauss-Newton product takes.
  @discardableResult
  public func embedding(_ variable: Variable) -> Variable {
    if let node = variable.node { embeddings.append(node) }
    return variable
  }

  /// The gradient of a scalar with respect to the whole of each of `wanted` (all vectors unless given). Consumes the
  /// tape: the activations of a node are freed as soon as the sweep has passed it.
  public func gradient(
    of loss: Variable, wanted: Set<ParameterVector>? = nil
  ) throws -> [ParameterVector: Tensor] {
    let wanted = wanted ?? Set(vectors.indices.map(ParameterVector.init))
    var sweep = try ReverseSweep(tape: self, loss: loss, wanted: wanted)
    try MemoryPool.during("adjoints") {
      while let index = sweep.next() {
        try sweep.visit(index, of: self)
        rematerialized[index] = nil
        freeForms(of: index)
        nodes.removeLast()
      }
    }
    return sweep.gradients
  }
}

// MARK: - Values

extension Tape {
  /// What an operation saw and made. Rematerialised values stay until `forget`.
  func values(at index: Int, _ operation: any RecordedOperation) throws -> RecordedValues {
    try RecordedValues(inputs: inputs(of: operation), output: value(of: index))
  }

  func isLeaf(_ index: Int) -> Bool {
    if case .leaf = nodes[index] { return true }
    return false
  }

  /// Whether the value of a node was freed, to be rematerialised.
  func isRematerialized(_ index: Int) -> Bool {
    if case .operation(let operation) = nodes[index] { return operation.kept == nil }
    return false
  }

  /// Whether the adjoints of an operation's inputs are better rematerialised than kept.
  func rematerializesAdjoints(ofInputsTo index: Int) -> Bool {
    guard recomputes, case .operation(let operation) = nodes[index] else { return false }
    return operation.isCheapToDifferentiate
  }

  /// Frees what was rematerialised of one node, or of all. Of a parameter, also a constant one, that is its packed forms.
  func forget(_ index: Int) {
    rematerialized[index] = nil
    if recomputes || hasPassingForms.contains(index) { freeForms(of: index) }
  }

  private func freeForms(of index: Int) {
    switch nodes[index] {
    case .leaf(_, _, let value): value.prepared?.removeAll()
    case .operation(let operation):
      for case .constant(let value) in operation.operands { value.prepared?.removeAll() }
    }
  }

  func forgetAll() { rematerialized.removeAll() }

  private func inputs(of operation: any RecordedOperation) throws -> [Tensor] {
    try operation.operands.map { operand in
      switch operand {
      case .constant(let value): value
      case .node(let index): try value(of: index)
      }
    }
  }

  private func value(of index: Int) throws -> Tensor {
    switch nodes[index] {
    case .leaf(_, _, let value): value
    case .operation(let operation):
      try operation.kept ?? rematerialized[index] ?? rematerialize(index, operation)
    }
  }

  private func rematerialize(_ index: Int, _ operation: any RecordedOperation) throws -> Tensor {
    let value = try Interrupt.whole { try operation.rematerialize(inputs(of: operation)) }
    rematerialized[index] = value
    return value
  }
}
