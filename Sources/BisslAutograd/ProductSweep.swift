import BisslCore

/// One product of a `Linearization`: tangents flow forward, tangents of adjoints flow back. Only tangents that a
/// second-order rule needs stay for the way back. Where the tape freed a value, its tangent is freed too and rematerialised,
/// as are the adjoints that the tape rematerialises (`Tape.rematerializesAdjoints`).
struct ProductSweep {
  private let tape: Tape
  /// Nodes that depend on a differentiated vector.
  private let active: [Bool]
  /// Nodes whose second derivative counts.
  private let nonlinear: [Bool]
  private let needsAdjoint: [Bool]
  private let adjoints: [Tensor?]
  private let consumers: Consumers
  private let differentiated: Set<ParameterVector>
  private var tangents: [Tensor?]
  private var rematerializedAdjoints: [Int: Tensor] = [:]

  init(
    tape: Tape, active: [Bool], nonlinear: [Bool], adjoints: [Tensor?], consumers: Consumers,
    differentiated: Set<ParameterVector>
  ) {
    self.tape = tape
    self.active = active
    self.nonlinear = nonlinear
    needsAdjoint = consumers.adjointsNeeded(of: tape, nonlinear: nonlinear)
    self.adjoints = adjoints
    self.consumers = consumers
    self.differentiated = differentiated
    tangents = [Tensor?](repeating: nil, count: tape.nodes.count)
  }

  // MARK: Forward

  /// ẏ of every active node.
  mutating func tangents(along direction: [ParameterVector: Tensor]) throws {
    for (index, node) in tape.nodes.enumerated() where active[index] {
      switch node {
      case .leaf(let vector, let offset, let value):
        tangents[index] = try direction[vector]?.window(at: offset, value.shape).preparing()
      case .operation(let operation):
        tangents[index] = try tangent(index, operation)
        for last in consumers.lastUsed(by: index) { freeAfterForward(last) }
      }
      try Interrupt.check()
    }
  }

  private func tangent(_ index: Int, _ operation: any RecordedOperation) throws -> Tensor? {
    let inputs = operation.inputNodes.map { node in node.flatMap { tangents[$0] } }
    if inputs.allSatisfy({ $0 == nil }) { return nil }
    return try operation.jvp(at: tape.values(at: index, operation), inputs)
  }

  /// No later node of the forward sweep needs this one. The way back needs other packed forms of a direction than the way there.
  private mutating func freeAfterForward(_ index: Int) {
    tape.forget(index)
    if tape.isLeaf(index) { tangents[index] = tangents[index]?.preparing() }
    if tape.isRematerialized(index) || !consumers.useTangentLater(of: index, nonlinear: nonlinear) {
      tangents[index] = nil
    }
  }

  // MARK: Backward

  /// The tangent of every active adjoint; those of the leaves are the product. Nodes that are linear pass it on as
  /// they pass an adjoint. Tangents are freed on the way.
  mutating func adjointTangents() throws -> [ParameterVector: Tensor] {
    var products: [ParameterVector: Tensor] = [:]
    for vector in differentiated { products[vector] = try Tensor.zeros(tape.vectors[vector.index].shape) }
    var adjointTangents = [Tensor?](repeating: nil, count: tape.nodes.count)
    for index in tape.nodes.indices.reversed() where active[index] {
      switch tape.nodes[index] {
      case .leaf(let vector, let offset, let value):
        if let own = adjointTangents[index] { try products[vector]?.add(own, at: offset, shape: value.shape) }
        adjointTangents[index] = nil
      case .operation(let operation):
        let results = try visit(index, operation, adjointTangents[index])
        adjointTangents[index] = nil
        for (node, result) in zip(operation.inputNodes, results) {
          if let node, let result { try adjointTangents.accumulate(result, at: node) }
        }
        try rematerializeAdjoints(ofInputsTo: index, operation)
      }
      freeAfterBackward(index)
      try Interrupt.check()
    }
    return products
  }

  /// The tangents of the adjoints of an operation's inputs.
  private mutating func visit(
    _ index: Int, _ operation: any RecordedOperation, _ cotangentTangent: Tensor?
  ) throws -> [Tensor?] {
    let wanted = operation.inputNodes.map { node in node.map { active[$0] } ?? false }
    if !nonlinear[index] {
      guard let cotangentTangent else { return [] }
      return try operation.vjp(at: tape.values(at: index, operation), cotangentTangent, wanted: wanted)
    }
    guard let adjoint = adjoint(index) else { return [] }
    let inputs = try operation.inputNodes.enumerated().map { input, node in
      try node.flatMap { operation.usesTangent(ofInput: input) ? try tangentAgain($0) : nil }
    }
    if cotangentTangent == nil && inputs.allSatisfy({ $0 == nil }) { return [] }
    return try operation.vjpTangent(
      at: tape.values(at: index, operation), inputs, cotangent: adjoint, cotangentTangent: cotangentTangent,
      wanted: wanted)
  }

  /// The tangent of a node: the one kept, or rematerialised from its inputs'.
  private mutating func tangentAgain(_ index: Int) throws -> Tensor? {
    if tangents[index] == nil, case .operation(let operation) = tape.nodes[index], operation.kept == nil {
      tangents[index] = try tangent(index, operation)
    }
    return tangents[index]
  }

  private func adjoint(_ index: Int) -> Tensor? { adjoints[index] ?? rematerializedAdjoints[index] }

  /// The adjoints of those inputs that have been freed because this operation rematerialises them.
  private mutating func rematerializeAdjoints(ofInputsTo index: Int, _ operation: any RecordedOperation) throws {
    guard let adjoint = adjoint(index) else { return }
    let wanted = operation.inputNodes.map { node in
      node.map { needsAdjoint[$0] && consumers.rematerializesAdjoint(of: $0) } ?? false
    }
    guard wanted.contains(true) else { return }
    let results = try operation.vjp(at: tape.values(at: index, operation), adjoint, wanted: wanted)
    for (node, result) in zip(operation.inputNodes, results) {
      if let node, let result { rematerializedAdjoints[node] = result }
    }
  }

  /// No earlier node needs anything of this one.
  private mutating func freeAfterBackward(_ index: Int) {
    tangents[index] = nil
    rematerializedAdjoints[index] = nil
    tape.forget(index)
  }
}

/// Who uses the value of which node of a tape.
struct Consumers {
  /// Those whose second-order rule uses the node's tangent.
  private var tangentConsumers: [[Int]]
  private var lastUses: [[Int]]
  /// Those that are rematerialised from the node.
  private var rematerializedConsumers: [[Int]]
  /// Nodes whose adjoint is rematerialised from that of their only consumer.
  private var rematerializedAdjoints: [Bool] = []

  init(of tape: Tape) {
    var consumers = [[Int]](repeating: [], count: tape.nodes.count)
    (tangentConsumers, lastUses, rematerializedConsumers) = (consumers, consumers, consumers)
    for (index, node) in tape.nodes.enumerated() {
      guard case .operation(let operation) = node else { continue }
      for (position, input) in operation.inputNodes.enumerated() {
        guard let input else { continue }
        consumers[input].append(index)
        if tape.isRematerialized(index) { rematerializedConsumers[input].append(index) }
        if operation.usesTangent(ofInput: position) { tangentConsumers[input].append(index) }
      }
    }
    for (index, users) in consumers.enumerated() {
      lastUses[users.last ?? index].append(index)
      rematerializedAdjoints.append(
        users.count == 1 && tape.rematerializesAdjoints(ofInputsTo: users[0]) && !tape.isLeaf(index))
    }
  }

  /// Whether the way back needs the tangent of a node: for a second-order rule, or to make another tangent again.
  func useTangentLater(of index: Int, nonlinear: [Bool]) -> Bool {
    // What is rematerialised is never an input of what is rematerialised.
    ([index] + rematerializedConsumers[index]).contains { tangentConsumers[$0].contains { nonlinear[$0] } }
  }

  /// The nodes whose last consumer is this one (a node that nobody consumes is its own).
  func lastUsed(by index: Int) -> [Int] { lastUses[index] }

  func rematerializesAdjoint(of index: Int) -> Bool { rematerializedAdjoints[index] }

  /// For every node, whether its adjoint is needed: by its own second-order rule, or to make another one again.
  func adjointsNeeded(of tape: Tape, nonlinear: [Bool]) -> [Bool] {
    var needed = nonlinear
    for (index, node) in tape.nodes.enumerated() {
      guard case .operation(let operation) = node else { continue }
      needed[index] =
        nonlinear[index] || operation.inputNodes.contains { $0.map { needed[$0] && rematerializedAdjoints[$0] } ?? false }
    }
    return needed
  }
}
