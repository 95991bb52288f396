import BisslAutograd
import BisslCore
import BisslKernels

/// Vision transformer (Dosovitskiy et al. 2021) with the parameter names of timm and MAE: images (batch, size, size, 3) to
/// features (batch, width).
public final class VisionTransformer: Module {
  /// `sincos`: fixed, a buffer that can be loaded; `learned`: a parameter. Both are called `pos_embed`.
  public enum Positions: String, CaseIterable, Sendable { case sincos, learned }

  /// What is a feature: the class token after the last norm, or the mean of the patches' tokens after it.
  public enum Pooling: String, CaseIterable, Sendable {
    case classToken = "class"
    case mean
  }

  public let configuration: Configuration
  public let state: ModuleState
  public let inputs = 3
  public var outputs: Int { configuration.width }
  private let classToken: Int
  private let positions: Positions
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
    positions = configuration.positions
    switch configuration.positions {
    case .sincos:
      positionTable = try builder.buffer(
        "pos_embed", 1, configuration.patches + 1, width,
        initial: .table { PositionTable.sineCosine(side: configuration.side, width: width, into: $0) })
    case .learned:
      positionTable = try builder.parameter(
        "pos_embed", 1, configuration.patches + 1, width, initial: .normal(deviation: 0.02))
    }
    projection = try LinearLayer.patches("patch_embed.proj.", size: size, outputs: width, in: &builder)
    blocks = try (0..<configuration.depth).map { index in
      try TransformerBlock(
        "blocks.\(index)", width: width, heads: configuration.heads, hidden: configuration.hidden, in: &builder)
    }
    norm = try LayerNormLayer("norm", width: width, in: &builder)
    dropPath =
      try configuration.dropPath > 0
      ? DropPath(rate: configuration.dropPath, depth: configuration.depth, seed: seed, in: &builder) : nil
    self.configuration = configuration
    self.seed = seed
    self.state = try state(builder)
  }

  public func copy() throws -> VisionTransformer {
    let state = try self.state.copy()
    return try VisionTransformer(configuration, seed: seed) { _ in state }
  }

  /// Images to features. In training mode drop path is drawn anew for every batch.
  public func forward(_ x: Variable, in pass: Pass) throws -> Variable {
    try checkImages(x.value.shape)
    let batch = x.value.shape[0]
    let all = [[Int]](repeating: Array(0..<configuration.patches), count: batch)
    let factors = pass.mode == .training ? try dropPath?.factors(for: x.value, in: pass) : nil
    let tokens = try encode(x, patches: all, in: pass, dropPath: factors)
    let length = configuration.patches + 1
    switch configuration.pooling {
    case .classToken: return try pass.tape.apply(SelectRows((0..<batch).map { $0 * length }), tokens)
    case .mean:
      let patches = (0..<batch * length).filter { $0 % length > 0 }
      let maps = try pass.tape.apply(
        Reshape(to: [batch, 1, length - 1, outputs]), pass.tape.apply(SelectRows(patches), tokens))
      return try pass.tape.apply(GlobalAveragePool(), maps)
    }
  }

  /// Tokens after the last norm, (batch·(k + 1), width), of the class and of k patches of every image, in the order in
  /// which `patches` lists them. No path is dropped (as in MAE) unless factors are given.
  public func encode(
    _ images: Variable, patches: [[Int]], in pass: Pass, dropPath: [(attention: [Scalar], mlp: [Scalar])]? = nil
  ) throws -> Variable {
    try checkImages(images.value.shape)
    let batch = images.value.shape[0]
    try require(
      patches.count == batch, .value("patches: expected a list for each of \(batch) images, got \(patches.count)"))
    var x = try embed(images, patches, pass)
    for (index, block) in blocks.enumerated() { x = try block(x, batch: batch, pass, dropPath: dropPath?[index]) }
    return try norm(x, pass)
  }

  /// Class token and embedded patches with their positions.
  private func embed(_ images: Variable, _ patches: [[Int]], _ pass: Pass) throws -> Variable {
    let (tape, width, count) = (pass.tape, configuration.width, configuration.patches)
    let (size, batch, kept) = (configuration.patchSize, patches.count, patches.first?.count ?? 0)
    let pixels = try tape.apply(
      Reshape(to: [batch * count, 3 * size * size]),
      tape.apply(Patchify(size: size, channelsFirst: true), images))
    let seen = patches.enumerated().flatMap { image, list in list.map { image * count + $0 } }
    let embedded = try projection(tape.apply(SelectRows(seen), pixels), pass)
    let token = try tape.apply(Reshape(to: [1, width]), pass.parameter(classToken))
    // Row 0 is the class token, row 1 + i the i-th patch seen; every image begins with the class token.
    let order = (0..<batch).flatMap { image in [0] + (0..<kept).map { 1 + image * kept + $0 } }
    let tokens = try tape.apply(SelectRows(order), tape.apply(Concatenate(), token, embedded))
    let table = try tape.apply(Reshape(to: [count + 1, width]), positionVariable(pass))
    let places = patches.flatMap { [0] + $0.map { $0 + 1 } }
    return try tape.apply(Add(), tokens, tape.apply(SelectRows(places), table))
  }

  private func positionVariable(_ pass: Pass) throws -> Variable {
    switch positions {
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
