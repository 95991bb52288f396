import BisslCore

/// What a tape recorded, to be run again on other values of the same shapes. It keeps operations and constants, no
/// activations.
public struct Program {
  /// What is done at one place of the tape.
  private enum Step {
    case leaf(vector: ParameterVector, offset: Int)
    case operation((Tape, [Variable]) throws -> Variable, operands: [Operand], marker: Int?)
  }

  private let steps: [Step]
  private let outputs: [Int]
  /// The last step that needs the value of each.
  private let lastUses: [Int]

  /// - Parameters:
  ///   - outputs: values of `tape` that a run answers.
  ///   - marked: results of operations that a run does another way.
  public init(_ tape: Tape, outputs: [Variable], marked: [Variable] = []) throws {
    let places = try outputs.map(Program.place)
    let markers = try Dictionary(marked.enumerated().map { (try Program.place($1), $0) }) { first, _ in first }
    var lastUses = Array(tape.nodes.indices)
    for (index, node) in tape.nodes.enumerated() {
      guard case .operation(let operation) = node else { continue }
      for input in operation.inputNodes.compactMap({ $0 }) { lastUses[input] = index }
    }
    for place in places { lastUses[place] = tape.nodes.count }
    self.outputs = places
    self.lastUses = lastUses
    steps = tape.nodes.enumerated().map { index, node in
      switch node {
      case .leaf(let vector, let offset, _): .leaf(vector: vector, offset: offset)
      case .operation(let operation):
        .operation(operation.repeated, operands: operation.operands, marker: markers[index])
      }
    }
  }

  private static func place(_ variable: Variable) throws -> Int {
    guard let node = variable.node else {
      throw EngineError.value("a value that depends on neither the input nor a parameter cannot be a result")
    }
    return node
  }

  /// Records the program on `tape`, as far as the last of the `wanted` outputs; answers these.
  ///
  /// - Parameters:
  ///   - leaf: the value in place of a segment of a vector.
  ///   - marked: what takes the place of the operations marked, by their place among those, from their inputs.
  public func run(
    on tape: Tape, wanted: [Int], leaf: (_ vector: ParameterVector, _ offset: Int) throws -> Variable,
    marked: (_ index: Int, _ inputs: [Variable]) throws -> Variable
  ) throws -> [Variable] {
    let wanted = wanted.map { outputs[$0] }
    guard let last = wanted.max() else { return [] }
    var values = [Variable?](repeating: nil, count: last + 1)
    for index in 0...last {
      switch steps[index] {
      case .leaf(let vector, let offset): values[index] = try leaf(vector, offset)
      case .operation(let repeated, let operands, let marker):
        let inputs = try operands.map { try value(of: $0, values) }
        values[index] = try marker.map { try marked($0, inputs) } ?? repeated(tape, inputs)
        for input in operands.compactMap(\.node) where lastUses[input] == index { values[input] = nil }
      }
    }
    return try wanted.map { try value(of: .node($0), values) }
  }

  private func value(of operand: Operand, _ values: [Variable?]) throws -> Variable {
    switch operand {
    case .constant(let value): return Variable(constant: value)
    case .node(let index):
      guard let value = values[index] else { throw EngineError.state("a program's value was freed too early") }
      return value
    }
  }
}
