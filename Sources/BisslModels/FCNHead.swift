import BisslAutograd
import BisslCore
import BisslKernels

/// The head of a fully convolutional network (paper, section B.7): two 3×3 convolutions without bias, spread by a
/// dilation and padded to keep the size, each with batch norm and ReLU, then 1×1 to the classes: maps (batch, height,
/// width, inputs) to scores (batch, height, width, outputs). Parameter names are those of a torch Sequential: `fcn.0.weight`,
/// `fcn.1.weight`, `fcn.3.weight`, `fcn.4.weight`, `fcn.6.weight`, `fcn.6.bias`.
public final class FCNHead: Module {
  public let state: ModuleState
  public let inputs, outputs: Int
  private let channels, dilation: Int
  private let hidden: [(convolution: ConvolutionLayer, norm: BatchNormLayer)]
  private let last: ConvolutionLayer

  public convenience init(inputs: Int, channels: Int, outputs: Int, dilation: Int, seed: UInt64) throws {
    try self.init(inputs: inputs, channels: channels, outputs: outputs, dilation: dilation) { try $0.build(seed: seed) }
  }

  private init(
    inputs: Int, channels: Int, outputs: Int, dilation: Int, state: (ModuleBuilder) throws -> ModuleState
  ) throws {
    try require(
      [inputs, channels, outputs].allSatisfy { (1...1 << 16).contains($0) },
      .value("FCN head: expected 1 to 65536 inputs, channels and classes, got \(inputs), \(channels) and \(outputs)"))
    try require(
      (1...64).contains(dilation), .value("FCN head: expected a dilation from 1 to 64, got \(dilation)"))
    var builder = ModuleBuilder()
    hidden = try (0..<2).map { index in
      let convolution = try ConvolutionLayer(
        "fcn.\(3 * index)", inputs: index == 0 ? inputs : channels, outputs: channels, kernel: 3, in: &builder)
      return (convolution, try BatchNormLayer("fcn.\(3 * index + 1)", channels: channels, in: &builder))
    }
    last = try ConvolutionLayer(
      "fcn.6", inputs: channels, outputs: outputs, kernel: 1, bias: true, weights: .torchLinear(fanIn: channels),
      in: &builder)
    self.inputs = inputs
    self.channels = channels
    self.outputs = outputs
    self.dilation = dilation
    self.state = try state(builder)
  }

  public func with(_ state: ModuleState) throws -> FCNHead {
    try FCNHead(inputs: inputs, channels: channels, outputs: outputs, dilation: dilation) { _ in state }
  }

  public func forward(_ x: Variable, in pass: Pass) throws -> Variable {
    let shape = x.value.shape
    try require(
      shape.rank == 4 && shape[3] == inputs,
      .value("FCN head: expected maps of shape (N, H, W, \(inputs)), got \(shape)"))
    var y = x
    for (convolution, norm) in hidden {
      y = try norm(convolution(y, stride: nil, dilation, pass), pass, activation: .relu)
    }
    return try last(y, pass)
  }
}
