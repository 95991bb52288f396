import BisslAutograd
import BisslCore

/// A head that is nothing but named parameters: what is computed with them is recorded operation by operation.
public final class ParameterTable: Module {
  public let state: ModuleState
  public let inputs = 0
  public let outputs = 0

  /// Zeros, until a state is loaded.
  public convenience init(_ shapes: [(name: String, shape: [Int])]) throws {
    try require(!shapes.isEmpty, .value("parameters: expected at least one name and shape"))
    try require(
      Set(shapes.map(\.name)).count == shapes.count, .value("parameters: a name was given twice"))
    var builder = ModuleBuilder()
    for (name, shape) in shapes { _ = try builder.parameter(name, shape: shape, initial: .constant(0)) }
    self.init(try builder.build(seed: 0))
  }

  private init(_ state: ModuleState) { self.state = state }

  public func with(_ state: ModuleState) throws -> ParameterTable { ParameterTable(state) }

  public func forward(_ x: Variable, in pass: Pass) throws -> Variable {
    throw EngineError.value("a table of parameters is not a layer: take its parameters by name, head[name]")
  }
}
