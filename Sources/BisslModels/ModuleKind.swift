import BisslAutograd
import BisslCore

/// The modules that can be made by name and settings.
public enum ModuleKind: String, CaseIterable, Sendable {
  case resnet
  case convnext
  case visionTransformer = "vision_transformer"
  /// A backbone that is traced (`TracedBackbone`). Its settings are its parts, in state-dict order: "batch_norm" with the
  /// number of channels, or the name of an initializer, the shape, and the initializer's number in a setting "name#init".
  case traced
  case linear
  case projector
  case projectorAndPredictor = "projector_and_predictor"
  case maskedDecoder = "masked_decoder"
  case fcnHead = "fcn_head"
  /// Named parameters, zeros at first; the settings are their shapes by name.
  case parameters

  /// Throws where a setting is unknown, missing or out of range.
  public func module(_ options: Options, seed: UInt64) throws -> any Module {
    switch self {
    case .resnet: return try ResNet(ResNet.Configuration(options), seed: seed)
    case .convnext: return try ConvNeXt(ConvNeXt.Configuration(options), seed: seed)
    case .visionTransformer: return try VisionTransformer(VisionTransformer.Configuration(options), seed: seed)
    case .traced: return try ModuleKind.traced(options, seed)
    case .linear:
      try options.requireKnown(["inputs", "outputs"], to: "linear head")
      return try LinearHead(inputs: options.size("inputs"), outputs: options.size("outputs"), seed: seed)
    case .projector:
      try options.requireKnown(["inputs", "widths"], to: "projector")
      return try Projector(inputs: options.size("inputs"), widths: options.sizes("widths"), seed: seed)
    case .projectorAndPredictor:
      try options.requireKnown(["inputs", "projector", "predictor"], to: "projector and predictor")
      return try ProjectorAndPredictor(
        inputs: options.size("inputs"), projector: options.sizes("projector"),
        predictor: options.sizes("predictor"), seed: seed)
    case .maskedDecoder: return try MaskedDecoder(MaskedDecoder.Configuration(options), seed: seed)
    case .fcnHead:
      try options.requireKnown(["inputs", "channels", "outputs", "dilation"], to: "FCN head")
      return try FCNHead(
        inputs: options.size("inputs"), channels: options.size("channels"), outputs: options.size("outputs"),
        dilation: options.size("dilation"), seed: seed)
    case .parameters:
      return try ParameterTable(options.entries.map { ($0.name, try options.sizes($0.name)) })
    }
  }

  /// `num_features` is the number of features; every other setting is a part.
  private static func traced(_ options: Options, _ seed: UInt64) throws -> TracedBackbone {
    let outputs = try options.size("num_features")
    let numbers = Dictionary(
      options.entries.filter { $0.name.hasSuffix("#init") }.map { ($0.name, $0.numbers.first) }) { $1 }
    let parts = try options.entries.filter { $0.text != nil }.map { entry -> TracedBackbone.Part in
      let shape = try options.sizes(entry.name)
      if entry.text == "batch_norm" {
        try require(shape.count == 1, .value("\(entry.name): expected a number of channels, got \(shape)"))
        return .batchNorm(name: entry.name, channels: shape[0])
      }
      let initial = try Initializer(
        named: entry.text ?? "", number: numbers["\(entry.name)#init"] ?? nil, shape: shape)
      return .parameter(name: entry.name, shape: shape, initial: initial)
    }
    return try TracedBackbone(parts, outputs: outputs, seed: seed)
  }
}

extension Options {
  /// Extents, whose own bounds are for the module to state.
  fileprivate func size(_ name: String, default fallback: Int? = nil) throws -> Int {
    try integer(name, in: Options.extents, default: fallback)
  }
  fileprivate func sizes(_ name: String) throws -> [Int] { try integers(name, in: Options.extents) }
}

extension ResNet.Configuration {
  fileprivate init(_ options: Options) throws {
    try options.requireKnown(["block", "layers", "widths", "stem", "activation"], to: "ResNet")
    try self.init(
      block: options.choice("block"), layers: options.sizes("layers"), widths: options.sizes("widths"),
      stem: options.choice("stem"), activation: options.choice("activation"))
  }
}

extension ConvNeXt.Configuration {
  fileprivate init(_ options: Options) throws {
    try options.requireKnown(["depths", "widths", "conv_mlp", "init_values", "drop_path"], to: "ConvNeXt")
    try self.init(
      depths: options.sizes("depths"), widths: options.sizes("widths"),
      hasConvolutionalMLP: options.flag("conv_mlp", default: false),
      layerScale: options.number("init_values", default: 1e-6), dropPath: options.number("drop_path", default: 0))
  }
}

extension VisionTransformer.Configuration {
  fileprivate init(_ options: Options) throws {
    try options.requireKnown(
      [
        "image_size", "patch_size", "width", "depth", "heads", "hidden", "positions", "pooling", "drop_path",
        "reg_tokens", "init_values", "prefix_positions",
      ], to: "VisionTransformer")
    let layerScale = try options.list("init_values", default: [])
    try self.init(
      imageSize: options.size("image_size"), patchSize: options.size("patch_size"),
      width: options.size("width"), depth: options.size("depth"), heads: options.size("heads"),
      hidden: options.size("hidden"), positions: options.choice("positions"), pooling: options.choice("pooling"),
      dropPath: options.number("drop_path", default: 0), registers: options.size("reg_tokens", default: 0),
      layerScale: layerScale.first, positionsOfPrefix: options.flag("prefix_positions", default: true))
  }
}

extension MaskedDecoder.Configuration {
  fileprivate init(_ options: Options) throws {
    try options.requireKnown(
      ["inputs", "image_size", "patch_size", "width", "depth", "heads"], to: "masked decoder")
    try self.init(
      inputs: options.size("inputs"), imageSize: options.size("image_size"),
      patchSize: options.size("patch_size"), width: options.size("width"), depth: options.size("depth"),
      heads: options.size("heads"))
  }
}
