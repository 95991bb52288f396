import BisslAutograd
import BisslCore

/// SimCLR's projection head, the layers of a `Perceptron` (paper, section 4.2.1).
public final class Projector: Module {
  public let state: ModuleState
  public let inputs: Int
  public let outputs: Int
  private let layers: Perceptron

  public convenience init(inputs: Int, widths: [Int], seed: UInt64) throws {
    var builder = ModuleBuilder()
    let layers = try Perceptron("projector", inputs: inputs, widths: widths, in: &builder)
    self.init(layers, try builder.build(seed: seed))
  }

  init(_ layers: Perceptron, _ state: ModuleState) {
    self.layers = layers
    self.state = state
    inputs = layers.inputs
    outputs = layers.outputs
  }

  public func with(_ state: ModuleState) throws -> Projector { Projector(layers, state) }

  public func forward(_ x: Variable, in pass: Pass) throws -> Variable { try layers(x, pass) }
}

/// One linear layer with bias: the downstream classifier's head.
public final class LinearHead: Module {
  public let state: ModuleState
  public let inputs: Int
  public let outputs: Int
  private let layer: LinearLayer

  public convenience init(inputs: Int, outputs: Int, seed: UInt64) throws {
    try self.init(inputs: inputs, outputs: outputs) { try $0.build(seed: seed) }
  }

  private init(inputs: Int, outputs: Int, state: (ModuleBuilder) throws -> ModuleState) throws {
    try require(
      (1...1 << 24).contains(inputs) && (1...1 << 24).contains(outputs),
      .value("linear head: expected 1 to 2^24 features and outputs, got \(inputs) and \(outputs)"))
    var builder = ModuleBuilder()
    layer = try LinearLayer("", inputs: inputs, outputs: outputs, in: &builder)
    self.inputs = inputs
    self.outputs = outputs
    self.state = try state(builder)
  }

  public func with(_ state: ModuleState) throws -> LinearHead {
    try LinearHead(inputs: inputs, outputs: outputs) { _ in state }
  }

  public func forward(_ x: Variable, in pass: Pass) throws -> Variable {
    try checkFeatures(x, inputs)
    return try layer(x, pass)
  }
}

func checkFeatures(_ x: Variable, _ inputs: Int) throws {
  try require(
    x.value.shape.rank == 2 && x.value.shape[1] == inputs,
    .value("features: expected shape (N, \(inputs)), got \(x.value.shape)"))
}
