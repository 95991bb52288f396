import BisslAutograd
import BisslCore

/// ResNet (He et al. 2016) as torchvision builds it: images (batch, height, width, 3) to features (batch, outputs). In
/// bottleneck blocks the stride is in the 3×3 convolution.
public final class ResNet: Module {
  public enum Block: String, CaseIterable, Sendable { case basic, bottleneck }

  /// `imagenet`: 7×7, stride 2, then 3×3 max-pooling, stride 2. `small`: 3×3, stride 1, no pooling.
  public enum Stem: String, CaseIterable, Sendable { case imagenet, small }

  public struct Configuration: Sendable {
    public let block: Block
    /// Blocks per stage and width per stage; stages after the first halve the resolution.
    public let layers: [Int]
    public let widths: [Int]
    public let stem: Stem
    public let activation: Activation

    public init(block: Block, layers: [Int], widths: [Int], stem: Stem, activation: Activation = .relu) throws {
      try require(
        !layers.isEmpty && layers.count == widths.count && layers.count <= 16,
        .value(
          "layers and widths: expected the same number (1 to 16) of stages, got \(layers.count) and \(widths.count)"))
      try require(
        layers.allSatisfy { (1...1000).contains($0) },
        .value("layers: expected 1 to 1000 blocks a stage, got \(layers)"))
      try require(
        widths.allSatisfy { (1...65536).contains($0) }, .value("widths: expected 1 to 65536 channels, got \(widths)"))
      self.block = block
      self.layers = layers
      self.widths = widths
      self.stem = stem
      self.activation = activation
    }
  }

  public let configuration: Configuration
  public let state: ModuleState
  public let inputs = 3
  public let outputs: Int
  private let stemConvolution: ConvolutionLayer
  private let stemNorm: BatchNormLayer
  private let blocks: [ResidualBlock]

  public convenience init(_ configuration: Configuration, seed: UInt64) throws {
    try self.init(configuration) { try $0.build(seed: seed) }
  }

  private init(_ configuration: Configuration, state: (ModuleBuilder) throws -> ModuleState) throws {
    var builder = ModuleBuilder()
    let stemWidth = configuration.widths[0]
    let large = configuration.stem == .imagenet
    stemConvolution = try ConvolutionLayer(
      "conv1", inputs: 3, outputs: stemWidth, kernel: large ? 7 : 3, stride: large ? 2 : 1, in: &builder)
    stemNorm = try BatchNormLayer("bn1", channels: stemWidth, in: &builder)
    var blocks: [ResidualBlock] = []
    var channels = stemWidth
    for (stage, (count, width)) in zip(configuration.layers, configuration.widths).enumerated() {
      for index in 0..<count {
        let block = try ResidualBlock(
          "layer\(stage + 1).\(index)", configuration, inputs: channels, width: width,
          stride: stage > 0 && index == 0 ? 2 : 1, in: &builder)
        channels = block.outputs
        blocks.append(block)
      }
    }
    self.configuration = configuration
    self.blocks = blocks
    outputs = channels
    self.state = try state(builder)
  }

  public func copy() throws -> ResNet {
    let state = try self.state.copy()
    return try ResNet(configuration) { _ in state }
  }

  public func forward(_ x: Variable, in pass: Pass) throws -> Variable {
    try checkImages(x.value.shape)
    var y = try stemNorm(stemConvolution(x, pass), pass, activation: configuration.activation)
    if configuration.stem == .imagenet {
      y = try pass.tape.apply(MaxPool(window: Extent2(3), stride: Extent2(2), padding: Extent2(1)), y)
    }
    for block in blocks { y = try block(y, pass) }
    return try pass.tape.apply(GlobalAveragePool(), y)
  }

  private func checkImages(_ shape: Shape) throws {
    try require(
      shape.rank == 4 && shape[3] == 3,
      .value("images: expected shape (N, H, W, 3), got \(shape)\(channelsFirstHint(shape))"))
    try require(
      shape[0] > 0 && shape[1] > 0 && shape[2] > 0,
      .value("images: expected at least one image of one pixel, got shape \(shape)"))
  }

  private func channelsFirstHint(_ shape: Shape) -> String {
    if shape.rank == 4 && shape[1] == 3 { return ": channels come last, use images.transpose(0, 2, 3, 1)" }
    if shape.rank == 3 { return ": add the axis that is missing, use images[..., None].repeat(3, -1) for grey images" }
    if shape.rank == 4 && shape[3] == 1 { return ": for grey images use images.repeat(3, axis=-1)" }
    if shape.rank == 4 && shape[3] == 4 { return ": drop the alpha channel with images[..., :3]" }
    return ""
  }
}

/// Two 3×3 convolutions, or 1×1, 3×3, 1×1 with four times as many outputs, around a shortcut.
private struct ResidualBlock {
  let outputs: Int
  private let activation: Activation
  private let layers: [(convolution: ConvolutionLayer, norm: BatchNormLayer)]
  private let shortcut: (convolution: ConvolutionLayer, norm: BatchNormLayer)?

  init(
    _ name: String, _ configuration: ResNet.Configuration, inputs: Int, width: Int, stride: Int,
    in builder: inout ModuleBuilder
  ) throws {
    activation = configuration.activation
    /// (kernel, outputs, stride) of each convolution on the main path.
    let plan: [(Int, Int, Int)]
    switch configuration.block {
    case .basic: plan = [(3, width, stride), (3, width, 1)]
    case .bottleneck: plan = [(1, width, 1), (3, width, stride), (1, 4 * width, 1)]
    }
    var layers: [(ConvolutionLayer, BatchNormLayer)] = []
    var channels = inputs
    for (index, (kernel, outputs, stride)) in plan.enumerated() {
      let convolution = try ConvolutionLayer(
        "\(name).conv\(index + 1)", inputs: channels, outputs: outputs, kernel: kernel, stride: stride, in: &builder)
      layers.append((convolution, try BatchNormLayer("\(name).bn\(index + 1)", channels: outputs, in: &builder)))
      channels = outputs
    }
    self.layers = layers
    outputs = channels
    if stride != 1 || inputs != channels {
      let convolution = try ConvolutionLayer(
        "\(name).downsample.0", inputs: inputs, outputs: channels, kernel: 1, stride: stride, in: &builder)
      shortcut = (convolution, try BatchNormLayer("\(name).downsample.1", channels: channels, in: &builder))
    } else {
      shortcut = nil
    }
  }

  func callAsFunction(_ x: Variable, _ pass: Pass) throws -> Variable {
    var y = x
    for (convolution, norm) in layers.dropLast() {
      y = try norm(convolution(y, pass), pass, activation: activation)
    }
    let residual = try shortcut.map { try $0.norm($0.convolution(x, pass), pass) } ?? x
    guard let (convolution, norm) = layers.last else { return residual }
    return try norm(convolution(y, pass), pass, residual: residual, activation: activation)
  }
}
