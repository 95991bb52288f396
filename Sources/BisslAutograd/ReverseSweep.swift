import BisslCore
import BisslKernels

/// One reverse pass over a tape: adjoints flow from the loss to the wanted parameter vectors.
struct ReverseSweep {
  private(set) var gradients: [ParameterVector: Tensor]
  private(set) var adjoints: [Tensor?]
  /// Nodes on a path from a wanted parameter to the loss; no other adjoint is computed.
  private let needed: [Bool]
  private var position: Int

  init(tape: Tape, loss: Variable, wanted: Set<ParameterVector>) throws {
    try require(loss.value.count == 1, .value("a loss must be a scalar, got shape \(loss.value.shape)"))
    gradients = [:]
    for vector in wanted { gradients[vector] = try Tensor.zeros(tape.vectors[vector.index].shape) }
    needed = tape.dependents(on: wanted)
    adjoints = [Tensor?](repeating: nil, count: tape.nodes.count)
    if let node = loss.node { adjoints[node] = try Tensor.filled(loss.value.shape, with: 1) }
    position = tape.nodes.count
  }

  /// The index of the next node, from the last to the first.
  mutating func next() -> Int? {
    position -= 1
    return position >= 0 ? position : nil
  }

  mutating func visit(_ index: Int, of tape: Tape, keepingAdjoint: Bool = false) throws {
    guard needed[index], let adjoint = adjoints[index] else { return }
    switch tape.nodes[index] {
    case .leaf(let vector, let offset, let value):
      try gradients[vector]?.add(adjoint, at: offset, shape: value.shape)
    case .operation(let operation):
      let wanted = operation.inputNodes.map { node in node.map { needed[$0] } ?? false }
      let results = try operation.vjp(at: tape.values(at: index, operation), adjoint, wanted: wanted)
      for (node, result) in zip(operation.inputNodes, results) {
        if let node, let result { try adjoints.accumulate(result, at: node) }
      }
    }
    if !keepingAdjoint { adjoints[index] = nil }
    try Interrupt.check()
  }
}

extension Tape {
  /// For every node, whether its value depends on one of `vectors`.
  func dependents(on vectors: Set<ParameterVector>) -> [Bool] {
    var result: [Bool] = []
    result.reserveCapacity(nodes.count)
    for node in nodes {
      switch node {
      case .leaf(let vector, _, _): result.append(vectors.contains(vector))
      case .operation(let operation): result.append(operation.inputNodes.contains { $0.map { result[$0] } ?? false })
      }
    }
    return result
  }

  /// For every node, whether it is an operation that is not linear in those of its inputs that are `active`.
  func nonlinear(_ active: [Bool]) -> [Bool] {
    zip(nodes, active).map { node, isActive in
      guard isActive, case .operation(let operation) = node else { return false }
      return !operation.isLinear(inInputs: operation.inputNodes.map { node in node.map { active[$0] } ?? false })
    }
  }

  /// For every node, whether a marked embedding depends on it or is it.
  func ancestorsOfEmbeddings() -> [Bool] {
    var result = [Bool](repeating: false, count: nodes.count)
    for index in embeddings { result[index] = true }
    for (index, node) in nodes.enumerated().reversed() where result[index] {
      guard case .operation(let operation) = node else { continue }
      for input in operation.inputNodes { if let input { result[input] = true } }
    }
    return result
  }
}

extension [Tensor?] {
  /// Adds a contribution to the adjoint at `index`. Contributions may share memory with each other (an addition hands
  /// one cotangent to both inputs), so a sum is a new tensor.
  mutating func accumulate(_ contribution: Tensor, at index: Int) throws {
    if let present = self[index] {
      self[index] = try present.adding(contribution)
    } else {
      self[index] = contribution
    }
  }
}

extension Tensor {
  /// self[offset...] += segment
  func add(_ segment: Tensor, at offset: Int, shape: Shape) throws {
    let target = try window(at: offset, shape)
    parallelChunks(shape.count, of: pointwiseChunk) { _, range in
      let start = range.lowerBound
      Elementwise.add(target.source + start, segment.source + start, into: target.pointer + start, count: range.count)
    }
  }

  func adding(_ other: Tensor) throws -> Tensor {
    let sum = try Tensor(shape, for: "a sum of adjoints")
    parallelChunks(count, of: pointwiseChunk) { _, range in
      let start = range.lowerBound
      Elementwise.add(source + start, other.source + start, into: sum.pointer + start, count: range.count)
    }
    return sum
  }
}
