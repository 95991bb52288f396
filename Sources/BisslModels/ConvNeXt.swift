import BisslAutograd
import BisslCore
import BisslKernels

/// ConvNeXt (Liu et al. 2022) with the parameter names of timm: images (batch, height, width, 3) to features
/// (batch, outputs). Its maps are `stem` and `stages.0` to `stages.3` (or as many as there are).
public final class ConvNeXt: Backbone {
  public struct Configuration: Sendable {
    /// Blocks per stage and width per stage; stages after the first halve the resolution, the stem quarters it.
    public let depths: [Int]
    public let widths: [Int]
    /// Whether the MLPs' weights have the shape of 1×1 convolutions, as in timm's smaller variants.
    public let hasConvolutionalMLP: Bool
    /// What the factors of each block's branch begin with.
    public let layerScale: Double
    /// Probability of dropping the branch of the last block; it grows linearly from 0 at the first.
    public let dropPath: Double

    public init(
      depths: [Int], widths: [Int], hasConvolutionalMLP: Bool, layerScale: Double = 1e-6, dropPath: Double = 0
    ) throws {
      try require(
        !depths.isEmpty && depths.count == widths.count && depths.count <= 8,
        .value("depths and widths: expected the same number (1 to 8) of stages, got \(depths.count) and \(widths.count)"))
      try require(
        depths.allSatisfy { (1...1000).contains($0) }, .value("depths: expected 1 to 1000 blocks a stage, got \(depths)"))
      try require(
        widths.allSatisfy { (1...16384).contains($0) }, .value("widths: expected 1 to 16384 channels, got \(widths)"))
      try require(layerScale.isFinite, .value("init_values: expected a finite number, got \(layerScale)"))
      try require((0..<1).contains(dropPath), .value("drop_path: expected a probability in [0, 1), got \(dropPath)"))
      self.depths = depths
      self.widths = widths
      self.hasConvolutionalMLP = hasConvolutionalMLP
      self.layerScale = layerScale
      self.dropPath = dropPath
    }
  }

  public let configuration: Configuration
  public let state: ModuleState
  public let maps: [FeatureMap]
  public var outputs: Int { configuration.widths[configuration.widths.count - 1] }
  private let stem: ConvolutionLayer
  private let stemNorm: LayerNormLayer
  private let stages: [ConvNeXtStage]
  private let norm: LayerNormLayer
  private let dropPath: DropPath?
  private let seed: UInt64

  public convenience init(_ configuration: Configuration, seed: UInt64) throws {
    try self.init(configuration, seed: seed) { try $0.build(seed: seed) }
  }

  private init(_ configuration: Configuration, seed: UInt64, state: (ModuleBuilder) throws -> ModuleState) throws {
    var builder = ModuleBuilder()
    let (depths, widths) = (configuration.depths, configuration.widths)
    stem = try .convnext("stem.0", inputs: 3, outputs: widths[0], kernel: 4, stride: 4, in: &builder)
    stemNorm = try LayerNormLayer("stem.1", width: widths[0], in: &builder)
    stages = try depths.indices.map { index in
      try ConvNeXtStage(
        "stages.\(index)", configuration, inputs: index == 0 ? nil : widths[index - 1], width: widths[index],
        blocks: depths[index], in: &builder)
    }
    norm = try LayerNormLayer("head.norm", width: widths[widths.count - 1], in: &builder)
    dropPath =
      try configuration.dropPath > 0
      ? DropPath(rate: configuration.dropPath, depth: depths.reduce(0, +), seed: seed, in: &builder) : nil
    maps =
      [FeatureMap(name: "stem", channels: widths[0], stride: 4)]
      + widths.enumerated().map { FeatureMap(name: "stages.\($0)", channels: $1, stride: 4 << $0) }
    self.configuration = configuration
    self.seed = seed
    self.state = try state(builder)
  }

  public func with(_ state: ModuleState) throws -> ConvNeXt {
    try ConvNeXt(configuration, seed: seed) { _ in state }
  }

  /// In training mode drop path is drawn anew for every batch.
  public func features(
    of images: Variable, maps wanted: [Int], pooled: Bool, in pass: Pass
  ) throws -> (maps: [Variable], pooled: Variable?) {
    try checkImageShape(images.value.shape)
    var factors = pass.mode == .training ? try dropPath?.factors(for: images.value, in: pass).map(\.mlp) : nil
    var (x, made) = (images, [Int: Variable]())
    let last = pooled ? maps.count - 1 : wanted.max() ?? -1
    for index in 0..<(last + 1) {
      if index == 0 {
        x = try stemNorm(stem(x, pass), pass)
      } else {
        let depth = configuration.depths[index - 1]
        x = try stages[index - 1](x, pass, dropPath: factors.map { Array($0.prefix(depth)) })
        factors?.removeFirst(depth)
      }
      if wanted.contains(index) { made[index] = x }
    }
    return (wanted.compactMap { made[$0] }, try pooled ? norm(pass.tape.apply(GlobalAveragePool(), x), pass) : nil)
  }

  /// No path is dropped.
  public func run(stage index: Int, on x: Variable, reading: StageReading, in pass: Pass) throws -> Variable {
    try require(
      reading == .own, .value("stage: stages of ConvNeXt are read with their own stride and dilation only"))
    return try index == 0 ? stemNorm(stem(x, pass), pass) : stages[index - 1](x, pass)
  }
}

/// A downsampling by two, where the stage is not the first, and blocks.
private struct ConvNeXtStage {
  private let downsampling: (norm: LayerNormLayer, convolution: ConvolutionLayer)?
  private let blocks: [ConvNeXtBlock]

  /// - Parameter inputs: channels of the map before it; nil for the first stage, which takes the stem's as they are.
  init(
    _ name: String, _ configuration: ConvNeXt.Configuration, inputs: Int?, width: Int, blocks count: Int,
    in builder: inout ModuleBuilder
  ) throws {
    downsampling = try inputs.map { inputs in
      (
        try LayerNormLayer("\(name).downsample.0", width: inputs, in: &builder),
        try .convnext(
          "\(name).downsample.1", inputs: inputs, outputs: width, kernel: 2, stride: 2, in: &builder)
      )
    }
    blocks = try (0..<count).map {
      try ConvNeXtBlock("\(name).blocks.\($0)", configuration, width: width, in: &builder)
    }
  }

  /// - Parameter dropPath: factors of each block's branch per image, none where nothing is dropped.
  func callAsFunction(_ x: Variable, _ pass: Pass, dropPath: [[Scalar]]? = nil) throws -> Variable {
    var y = try downsampling.map { try $0.convolution($0.norm(x, pass), pass) } ?? x
    for (index, block) in blocks.enumerated() { y = try block(y, pass, dropPath: dropPath?[index]) }
    return y
  }
}

/// x + γ∘MLP(norm(depthwise 7×7(x))), the MLP four times as wide, with exact GELU.
private struct ConvNeXtBlock {
  private let scale: Int
  private let depthwise: ConvolutionLayer
  private let norm: LayerNormLayer
  private let expansion, contraction: LinearLayer

  init(_ name: String, _ configuration: ConvNeXt.Configuration, width: Int, in builder: inout ModuleBuilder) throws {
    scale = try builder.parameter("\(name).gamma", width, initial: .constant(configuration.layerScale))
    depthwise = try .convnext(
      "\(name).conv_dw", inputs: width, outputs: width, kernel: 7, groups: width, in: &builder)
    norm = try LayerNormLayer("\(name).norm", width: width, in: &builder)
    func linear(_ layer: String, _ inputs: Int, _ outputs: Int, _ builder: inout ModuleBuilder) throws -> LinearLayer {
      try LinearLayer(
        "\(name).mlp.\(layer).", inputs: inputs, outputs: outputs,
        weightShape: configuration.hasConvolutionalMLP ? [outputs, inputs, 1, 1] : nil,
        weights: .normal(deviation: 0.02), biases: .constant(0), in: &builder)
    }
    expansion = try linear("fc1", width, 4 * width, &builder)
    contraction = try linear("fc2", 4 * width, width, &builder)
  }

  func callAsFunction(_ x: Variable, _ pass: Pass, dropPath: [Scalar]?) throws -> Variable {
    let (tape, shape) = (pass.tape, x.value.shape)
    let convolved = try norm(depthwise(x, pass), pass)
    let rows = try tape.apply(Reshape(to: [shape.rows, shape.channels]), convolved)
    let mixed = try contraction(tape.apply(GELU(), expansion(rows, pass)), pass)
    var branch = try tape.apply(ScaleChannels(), mixed, pass.parameter(scale))
    branch = try dropPath.map { try tape.apply(ScaleSamples(by: $0), branch) } ?? branch
    return try tape.apply(Add(), x, tape.apply(Reshape(to: shape.dimensions), branch))
  }
}

extension ConvolutionLayer {
  /// With a bias, weights as timm begins with, and padding only where windows overlap.
  fileprivate static func convnext(
    _ name: String, inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1,
    in builder: inout ModuleBuilder
  ) throws -> ConvolutionLayer {
    try ConvolutionLayer(
      name, inputs: inputs, outputs: outputs, kernel: kernel, stride: stride,
      padding: stride == 1 ? kernel / 2 : 0, groups: groups, bias: true, weights: .normal(deviation: 0.02),
      in: &builder)
  }
}
