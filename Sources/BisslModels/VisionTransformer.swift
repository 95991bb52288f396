import BisslAutograd
import BisslCore
import BisslKernels

/// Vision transformer (Dosovitskiy et al. 2021) with the parameter names of timm and MAE: images (batch, size, size, 3) to
/// features (batch, width). Its maps `block0`, `block1`, … are the tokens after each block, before the last norm: the class
/// token, the registers (Darcet et al. 2024), and the patches row by row.
public final class VisionTransformer: Backbone {
  /// `sincos`: fixed, a buffer that can be loaded; `learned`: a parameter. Both are called `pos_embed`.
  public enum Positions: String, CaseIterable, Sendable { case sincos, learned }

  /// What is a feature: the class token after the last norm, or the mean of the patches' tokens after it.
  public enum Pooling: String, CaseIterable, Sendable {
    case classToken = "class"
    case mean
  }

  public let configuration: Configuration
  public let state: ModuleState
  public let maps: [FeatureMap]
  public var outputs: Int { configuration.width }
  private let classToken: Int
  private let registerTokens: Int?
  private let positionTable: Int
  private let projection: LinearLayer
  private let blocks: [TransformerBlock]
  private let norm: LayerNormLayer
  private let dropPath: DropPath?
  private let seed: UInt64

  public convenience init(_ configuration: Configuration, seed: UInt64) throws {
    try self.init(configuration, seed: seed) { try $0.build(seed: seed) }
  }

  private init(_ configuration: Configuration, seed: UInt64, state: (ModuleBuilder) throws -> ModuleState) throws {
    let (width, size) = (configuration.width, configuration.patchSize)
    var builder = ModuleBuilder()
    classToken = try builder.parameter("cls_token", 1, 1, width, initial: .normal(deviation: 0.02))
    registerTokens =
      try configuration.registers > 0
      ? builder.parameter("reg_token", 1, configuration.registers, width, initial: .normal(deviation: 1e-6)) : nil
    let rows = configuration.patches + configuration.positionedPrefix
    switch configuration.positions {
    case .sincos:
      positionTable = try builder.buffer(
        "pos_embed", 1, rows, width,
        initial: .table {
          PositionTable.sineCosine(
            side: configuration.side, width: width, prefix: configuration.positionedPrefix, into: $0)
        })
    case .learned:
      positionTable = try builder.parameter("pos_embed", 1, rows, width, initial: .normal(deviation: 0.02))
    }
    projection = try LinearLayer.patches("patch_embed.proj.", size: size, outputs: width, in: &builder)
    blocks = try (0..<configuration.depth).map { index in
      try TransformerBlock(
        "blocks.\(index)", width: width, heads: configuration.heads, hidden: configuration.hidden,
        layerScale: configuration.layerScale, in: &builder)
    }
    maps = (0..<configuration.depth).map {
      FeatureMap(name: "block\($0)", channels: width, stride: configuration.patchSize)
    }
    norm = try LayerNormLayer("norm", width: width, in: &builder)
    dropPath =
      try configuration.dropPath > 0
      ? DropPath(rate: configuration.dropPath, depth: configuration.depth, seed: seed, in: &builder) : nil
    self.configuration = configuration
    self.seed = seed
    self.state = try state(builder)
  }

  public func with(_ state: ModuleState) throws -> VisionTransformer {
    try VisionTransformer(configuration, seed: seed) { _ in state }
  }

  /// In training mode drop path is drawn anew for every batch.
  public func features(
    of images: Variable, maps wanted: [Int], pooled: Bool, in pass: Pass
  ) throws -> (maps: [Variable], pooled: Variable?) {
    try checkImages(images.value.shape)
    let batch = images.value.shape[0]
    let factors = pass.mode == .training ? try dropPath?.factors(for: images.value, in: pass) : nil
    var (x, made) = (try embed(images, allPatches(batch), pass), [Int: Variable]())
    let last = pooled ? blocks.count - 1 : wanted.max() ?? -1
    for index in 0..<(last + 1) {
      x = try blocks[index](x, batch: batch, pass, dropPath: factors?[index])
      if wanted.contains(index) { made[index] = try separated(x, batch, pass) }
    }
    return (wanted.compactMap { made[$0] }, try pooled ? pool(norm(x, pass), batch, pass) : nil)
  }

  /// The first stage takes images, the others tokens (batch, tokens, width). No path is dropped.
  public func run(stage index: Int, on x: Variable, reading: StageReading, in pass: Pass) throws -> Variable {
    try require(
      reading == .own, .value("stage: blocks of a transformer are read with their own stride and dilation only"))
    let batch = x.value.shape.rank > 0 ? x.value.shape[0] : 0
    if index == 0 {
      try checkImages(x.value.shape)
      return try separated(blocks[0](embed(x, allPatches(batch), pass), batch: batch, pass), batch, pass)
    }
    try require(
      x.value.shape.rank == 3 && x.value.shape[2] == outputs && x.value.count > 0,
      .value("stage: expected tokens (N, tokens, \(outputs)), got shape \(x.value.shape)"))
    let rows = try pass.tape.apply(Reshape(to: [batch * x.value.shape[1], outputs]), x)
    return try separated(blocks[index](rows, batch: batch, pass), batch, pass)
  }

  private func pool(_ tokens: Variable, _ batch: Int, _ pass: Pass) throws -> Variable {
    let length = configuration.patches + configuration.prefix
    switch configuration.pooling {
    case .classToken: return try pass.tape.apply(SelectRows((0..<batch).map { $0 * length }), tokens)
    case .mean:
      let patches = (0..<batch * length).filter { $0 % length >= configuration.prefix }
      let maps = try pass.tape.apply(
        Reshape(to: [batch, 1, configuration.patches, outputs]), pass.tape.apply(SelectRows(patches), tokens))
      return try pass.tape.apply(GlobalAveragePool(), maps)
    }
  }

  /// Tokens (batch·tokens, width) as (batch, tokens, width).
  private func separated(_ tokens: Variable, _ batch: Int, _ pass: Pass) throws -> Variable {
    try pass.tape.apply(Reshape(to: [batch, tokens.value.shape[0] / batch, outputs]), tokens)
  }

  private func allPatches(_ batch: Int) -> [[Int]] {
    [[Int]](repeating: Array(0..<configuration.patches), count: batch)
  }

  /// Tokens after the last norm, (batch·(prefix + k), width), of the class, the registers and k patches of every image, in
  /// the order in which `patches` lists them. No path is dropped (as in MAE).
  public func encode(_ images: Variable, patches: [[Int]], in pass: Pass) throws -> Variable {
    try checkImages(images.value.shape)
    let batch = images.value.shape[0]
    try require(
      patches.count == batch, .value("patches: expected a list for each of \(batch) images, got \(patches.count)"))
    var x = try embed(images, patches, pass)
    for block in blocks { x = try block(x, batch: batch, pass) }
    return try norm(x, pass)
  }

  /// Class token, registers and embedded patches with their positions.
  private func embed(_ images: Variable, _ patches: [[Int]], _ pass: Pass) throws -> Variable {
    let (tape, width, count) = (pass.tape, configuration.width, configuration.patches)
    let (size, batch, kept) = (configuration.patchSize, patches.count, patches.first?.count ?? 0)
    let (prefix, positioned) = (configuration.prefix, configuration.positionedPrefix)
    let pixels = try tape.apply(
      Reshape(to: [batch * count, 3 * size * size]),
      tape.apply(Patchify(size: size, channelsFirst: true), images))
    let seen = patches.enumerated().flatMap { image, list in list.map { image * count + $0 } }
    var embedded = try projection(tape.apply(SelectRows(seen), pixels), pass)
    let table = try tape.apply(Reshape(to: [count + positioned, width]), positionVariable(pass))
    if positioned == 0 {
      embedded = try tape.apply(Add(), embedded, tape.apply(SelectRows(patches.flatMap { $0 }), table))
    }
    var tokens = [try tape.apply(Reshape(to: [1, width]), pass.parameter(classToken))]
    if let registerTokens {
      tokens.append(
        try tape.apply(Reshape(to: [configuration.registers, width]), pass.parameter(registerTokens)))
    }
    // The prefix's rows come first, then the patches seen; every image begins with the prefix.
    let order = (0..<batch).flatMap { image in
      Array(0..<prefix) + (0..<kept).map { prefix + image * kept + $0 }
    }
    let arranged = try tape.apply(SelectRows(order), tape.apply(Concatenate(), tokens + [embedded]))
    if positioned == 0 { return arranged }
    let places = patches.flatMap { Array(0..<prefix) + $0.map { $0 + prefix } }
    return try tape.apply(Add(), arranged, tape.apply(SelectRows(places), table))
  }

  private func positionVariable(_ pass: Pass) throws -> Variable {
    switch configuration.positions {
    case .sincos: Variable(constant: try pass.buffer(positionTable))
    case .learned: try pass.parameter(positionTable)
    }
  }

  private func checkImages(_ shape: Shape) throws {
    let size = configuration.imageSize
    try require(
      shape.rank == 4 && shape[3] == 3 && shape[0] > 0,
      .value("images: expected shape (N, \(size), \(size), 3), got \(shape)"))
    try require(
      shape[1] == size && shape[2] == size,
      .value(
        "images: this network takes \(size) × \(size) pixels, got \(shape[1]) × \(shape[2]): resize them, or make the "
          + "network with image_size=\(configuration.nearestValidSize(to: shape[1]))"))
  }
}

extension LinearLayer {
  /// The patch embedding: a convolution's weight (outputs, 3, size, size), applied to patches flattened in its order.
  fileprivate static func patches(
    _ name: String, size: Int, outputs: Int, in builder: inout ModuleBuilder
  ) throws -> LinearLayer {
    let inputs = 3 * size * size
    return try LinearLayer(
      name, inputs: inputs, outputs: outputs, weightShape: [outputs, 3, size, size],
      weights: .xavierUniform(fanIn: inputs, fanOut: outputs), in: &builder)
  }
}
