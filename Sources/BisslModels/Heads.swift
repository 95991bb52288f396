import BisslAutograd
import BisslCore

/// SimCLR's projection head: Linear-BN-ReLU for all widths but the last, then Linear without bias (paper, section
/// 4.2.1). Parameter names are the authors': `projector.0.weight`, `projector.1.weight`, … as in a torch Sequential.
public final class Projector: Module {
  public let state: ModuleState
  public let inputs: Int
  public let outputs: Int
  private let widths: [Int]
  private let hidden: [(linear: LinearLayer, norm: BatchNormLayer)]
  private let last: LinearLayer

  public convenience init(inputs: Int, widths: [Int], seed: UInt64) throws {
    try self.init(inputs: inputs, widths: widths) { try $0.build(seed: seed) }
  }

  private init(inputs: Int, widths: [Int], state: (ModuleBuilder) throws -> ModuleState) throws {
    guard let final = widths.last, widths.count <= 16, widths.allSatisfy({ (1...1 << 20).contains($0) }) else {
      throw EngineError.value("projector: expected 1 to 16 positive widths, got \(widths)")
    }
    try require((1...1 << 20).contains(inputs), .value("projector: expected a positive number of features, got \(inputs)"))
    var builder = ModuleBuilder()
    var hidden: [(LinearLayer, BatchNormLayer)] = []
    var channels = inputs
    for (index, width) in widths.dropLast().enumerated() {
      let linear = try LinearLayer("projector.\(3 * index).", inputs: channels, outputs: width, in: &builder)
      hidden.append((linear, try BatchNormLayer("projector.\(3 * index + 1)", channels: width, in: &builder)))
      channels = width
    }
    last = try LinearLayer("projector.\(3 * hidden.count).", inputs: channels, outputs: final, bias: false, in: &builder)
    self.hidden = hidden
    self.inputs = inputs
    self.widths = widths
    outputs = final
    self.state = try state(builder)
  }

  public func copy() throws -> Projector {
    let state = try self.state.copy()
    return try Projector(inputs: inputs, widths: widths) { _ in state }
  }

  public func forward(_ x: Variable, in pass: Pass) throws -> Variable {
    try checkFeatures(x, inputs)
    var y = x
    for (linear, norm) in hidden { y = try norm(linear(y, pass), pass, activation: .relu) }
    return try last(y, pass)
  }
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
      .value("linear head: expected positive numbers of features and outputs, got \(inputs) and \(outputs)"))
    var builder = ModuleBuilder()
    layer = try LinearLayer("", inputs: inputs, outputs: outputs, in: &builder)
    self.inputs = inputs
    self.outputs = outputs
    self.state = try state(builder)
  }

  public func copy() throws -> LinearHead {
    let state = try self.state.copy()
    return try LinearHead(inputs: inputs, outputs: outputs) { _ in state }
  }

  public func forward(_ x: Variable, in pass: Pass) throws -> Variable {
    try checkFeatures(x, inputs)
    return try layer(x, pass)
  }
}

private func checkFeatures(_ x: Variable, _ inputs: Int) throws {
  try require(
    x.value.shape.rank == 2 && x.value.shape[1] == inputs,
    .value("features: expected shape (N, \(inputs)), got \(x.value.shape)"))
}
