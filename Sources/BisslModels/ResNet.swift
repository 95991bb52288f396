import BisslAutograd
import BisslCore
import BisslKernels

/// ResNet (He et al. 2016) as torchvision builds it: images (batch, height, width, 3) to features (batch, outputs). In
/// bottleneck blocks the stride is in the 3×3 convolution. Its maps are `stem`, after the activation and before pooling,
/// and `layer1` to `layer4` (or as many as there are).
public final class ResNet: StagedBackbone {
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
  public let maps: [FeatureMap]
  public let outputs: Int
  private let stemConvolution: ConvolutionLayer
  private let stemNorm: BatchNormLayer
  private let layers: [[ResidualBlock]]

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
    var layers: [[ResidualBlock]] = []
    var maps = [FeatureMap(name: "stem", channels: stemWidth, stride: large ? 2 : 1)]
    var (channels, stride) = (stemWidth, large ? 4 : 1)
    for (stage, (count, width)) in zip(configuration.layers, configuration.widths).enumerated() {
      var blocks: [ResidualBlock] = []
      for index in 0..<count {
        let block = try ResidualBlock(
          "layer\(stage + 1).\(index)", configuration, inputs: channels, width: width,
          stride: stage > 0 && index == 0 ? 2 : 1, in: &builder)
        channels = block.outputs
        blocks.append(block)
      }
      if stage > 0 { stride *= 2 }
      layers.append(blocks)
      maps.append(FeatureMap(name: "layer\(stage + 1)", channels: channels, stride: stride))
    }
    self.configuration = configuration
    self.layers = layers
    self.maps = maps
    outputs = channels
    self.state = try state(builder)
  }

  public func with(_ state: ModuleState) throws -> ResNet { try ResNet(configuration) { _ in state } }

  public func run(stage index: Int, on x: Variable, reading: StageReading, in pass: Pass) throws -> Variable {
    if index == 0 {
      try require(reading == .own, .value("stage: the stem is read with its own stride and dilation only"))
      return try stemNorm(stemConvolution(x, pass), pass, activation: configuration.activation)
    }
    var y = x
    if index == 1 && configuration.stem == .imagenet {
      y = try pass.tape.apply(MaxPool(window: Extent2(3), stride: Extent2(2), padding: Extent2(1)), y)
    }
    for (place, block) in layers[index - 1].enumerated() { y = try block(y, reading, isFirst: place == 0, pass) }
    return y
  }

  func checkImages(_ shape: Shape) throws { try checkImageShape(shape) }

  func pool(_ map: Variable, in pass: Pass) throws -> Variable { try pass.tape.apply(GlobalAveragePool(), map) }
}

/// Two 3×3 convolutions, or 1×1, 3×3, 1×1 with four times as many outputs, around a shortcut.
private struct ResidualBlock {
  let outputs: Int
  private let activation: Activation
  private let layers: [(convolution: ConvolutionLayer, norm: BatchNormLayer)]
  /// Which of the layers has the block's stride.
  private let strided: Int
  private let shortcut: (convolution: ConvolutionLayer, norm: BatchNormLayer)?

  init(
    _ name: String, _ configuration: ResNet.Configuration, inputs: Int, width: Int, stride: Int,
    in builder: inout ModuleBuilder
  ) throws {
    activation = configuration.activation
    /// (kernel, outputs, stride) of each convolution on the main path.
    let plan: [(Int, Int, Int)]
    switch configuration.block {
    case .basic:
      plan = [(3, width, stride), (3, width, 1)]
      strided = 0
    case .bottleneck:
      plan = [(1, width, 1), (3, width, stride), (1, 4 * width, 1)]
      strided = 1
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

  /// The first block of a stage has its stride, which a reading may replace.
  func callAsFunction(_ x: Variable, _ reading: StageReading, isFirst: Bool, _ pass: Pass) throws -> Variable {
    if let stride = reading.stride, isFirst {
      try require(
        shortcut != nil || stride == 1,
        .value("stage: its first block adds its input to its output, so that its stride is 1, got \(stride)"))
    }
    let stride = isFirst ? reading.stride : nil
    func layer(_ place: Int, _ y: Variable, residual: Variable? = nil) throws -> Variable {
      let (convolution, norm) = layers[place]
      let convolved = try convolution(y, stride: place == strided ? stride : nil, reading.dilation, pass)
      return try norm(convolved, pass, residual: residual, activation: activation)
    }
    var y = x
    for place in 0..<layers.count - 1 { y = try layer(place, y) }
    let residual = try shortcut.map { try $0.norm($0.convolution(x, stride: stride, 1, pass), pass) } ?? x
    return try layer(layers.count - 1, y, residual: residual)
  }
}
