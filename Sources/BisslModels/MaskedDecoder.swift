import BisslAutograd
import BisslCore

/// The decoder of a masked autoencoder (He et al. 2022), its head: tokens of the patches that the encoder saw, and a
/// learned mask token in place of each of the others, to the pixels of patches (size·size·3 numbers each, by row,
/// column, channel). Parameter names are the authors'.
public final class MaskedDecoder: Module {
  public struct Configuration: Sendable {
    /// The encoder's width.
    public let inputs: Int
    public let imageSize: Int
    public let patchSize: Int
    public let width: Int
    public let depth: Int
    public let heads: Int

    public init(inputs: Int, imageSize: Int, patchSize: Int, width: Int, depth: Int, heads: Int) throws {
      try TransformerChecks.patches(imageSize: imageSize, patchSize: patchSize)
      try require(
        (1...65536).contains(inputs), .value("decoder: expected tokens of 1 to 65536 features, got \(inputs)"))
      try EngineError.prefixed("decoder_") { try TransformerChecks.tower(width: width, depth: depth, heads: heads) }
      try require(
        width % 4 == 0, .value("decoder_width: sine-cosine positions need a multiple of 4, got \(width)"))
      self.inputs = inputs
      self.imageSize = imageSize
      self.patchSize = patchSize
      self.width = width
      self.depth = depth
      self.heads = heads
    }

    public var side: Int { imageSize / patchSize }
    public var patches: Int { side * side }
  }

  public let configuration: Configuration
  public let state: ModuleState
  public var inputs: Int { configuration.inputs }
  public var outputs: Int { 3 * configuration.patchSize * configuration.patchSize }
  private let maskToken: Int
  private let positionTable: Int
  private let embedding: LinearLayer
  private let blocks: [TransformerBlock]
  private let norm: LayerNormLayer
  private let prediction: LinearLayer

  public convenience init(_ configuration: Configuration, seed: UInt64) throws {
    try self.init(configuration) { try $0.build(seed: seed) }
  }

  private init(_ configuration: Configuration, state: (ModuleBuilder) throws -> ModuleState) throws {
    let width = configuration.width
    var builder = ModuleBuilder()
    maskToken = try builder.parameter("mask_token", 1, 1, width, initial: .normal(deviation: 0.02))
    positionTable = try builder.buffer(
      "decoder_pos_embed", 1, configuration.patches + 1, width,
      initial: .table { PositionTable.sineCosine(side: configuration.side, width: width, into: $0) })
    embedding = try .transformer("decoder_embed.", inputs: configuration.inputs, outputs: width, in: &builder)
    blocks = try (0..<configuration.depth).map { index in
      try TransformerBlock(
        "decoder_blocks.\(index)", width: width, heads: configuration.heads, hidden: 4 * width, in: &builder)
    }
    norm = try LayerNormLayer("decoder_norm", width: width, in: &builder)
    prediction = try .transformer(
      "decoder_pred.", inputs: width, outputs: 3 * configuration.patchSize * configuration.patchSize, in: &builder)
    self.configuration = configuration
    self.state = try state(builder)
  }

  public func with(_ state: ModuleState) throws -> MaskedDecoder { try MaskedDecoder(configuration) { _ in state } }

  /// Every patch seen: tokens (batch·(patches + 1), inputs), in order, to (batch·patches, outputs).
  public func forward(_ x: Variable, in pass: Pass) throws -> Variable {
    let length = configuration.patches + 1
    try require(
      x.value.shape.rank == 2 && x.value.shape[0] > 0 && x.value.shape[0] % length == 0,
      .value("tokens: expected shape (N·\(length), \(inputs)), got \(x.value.shape)"))
    let all = [[Int]](repeating: Array(0..<configuration.patches), count: x.value.shape[0] / length)
    return try decode(x, seen: all, predicting: all, in: pass)
  }

  /// - Parameters:
  ///   - tokens: (batch·(k + 1), inputs): the class token and k patches of every image, those of `seen`, in its order.
  ///   - predicted: patches of every image, equally many.
  /// - Returns: the pixels of these, (batch·predicted, outputs).
  ///
  /// Mask tokens of one place are equal until the first attention: it alone sees them once per image. What follows the
  /// last attention runs on the predicted patches alone.
  public func decode(
    _ tokens: Variable, seen: [[Int]], predicting predicted: [[Int]], in pass: Pass
  ) throws -> Variable {
    let length = configuration.patches + 1
    try require(
      tokens.value.shape.rank == 2 && tokens.value.shape[1] == inputs
        && tokens.value.shape[0] == seen.reduce(0) { $0 + $1.count + 1 },
      .value("tokens: expected the class and the patches seen, \(inputs) features each, got \(tokens.value.shape)"))
    let arrangement = TokenArrangement(seen: seen, patches: configuration.patches)
    let rows = predicted.enumerated().flatMap { image, patches in patches.map { image * length + 1 + $0 } }
    var x = try placed(embedding(tokens, pass), arrangement, pass)
    for (index, block) in blocks.enumerated() {
      x = try block(
        x, batch: seen.count, pass, tokens: index == 0 ? SelectRows(arrangement.order) : nil,
        wanted: index == blocks.count - 1 ? SelectRows(rows) : nil)
    }
    return try prediction(norm(x, pass), pass)
  }

  /// The tokens seen and then a mask token for each masked place, all with their positions.
  private func placed(_ tokens: Variable, _ arrangement: TokenArrangement, _ pass: Pass) throws -> Variable {
    let (tape, width) = (pass.tape, configuration.width)
    let table = Variable(constant: try pass.buffer(positionTable).reshaped(to: Shape(configuration.patches + 1, width)))
    let places = try tape.apply(SelectRows(arrangement.places), table)
    if arrangement.masked.isEmpty { return try tape.apply(Add(), tokens, places) }
    let mask = try tape.apply(Reshape(to: [1, width]), pass.parameter(maskToken))
    let masks = try tape.apply(SelectRows(arrangement.masked.map { _ in 0 }), mask)
    return try tape.apply(Add(), tape.apply(Concatenate(), tokens, masks), places)
  }
}

/// How the tokens of a batch are made of rows that differ: the class token and the patches seen of every image, then
/// one mask token for each place that some image masks.
private struct TokenArrangement {
  /// Places of patches that some image does not show.
  let masked: [Int]
  /// The position of every row: 0 is the class token's, 1 + i that of patch i.
  let places: [Int]
  /// The row of every token, images one after another.
  let order: [Int]

  /// - Parameter seen: the patches of each image that have tokens, in their order.
  init(seen: [[Int]], patches: Int) {
    let (images, rows) = (seen.map(Set.init), seen.reduce(0) { $0 + $1.count + 1 })
    let masked = (0..<patches).filter { patch in !images.allSatisfy { $0.contains(patch) } }
    self.masked = masked
    places = seen.flatMap { [0] + $0.map { $0 + 1 } } + masked.map { $0 + 1 }
    var maskRows = [Int](repeating: 0, count: patches)
    for (rank, patch) in masked.enumerated() { maskRows[patch] = rows + rank }
    var (order, start): ([Int], Int) = ([], 0)
    for list in seen {
      var tokens = maskRows
      for (rank, patch) in list.enumerated() { tokens[patch] = start + 1 + rank }
      order += [start] + tokens
      start += list.count + 1
    }
    self.order = order
  }
}

extension EngineError {
  /// Runs `checks`; the arguments that their messages name get a prefix.
  fileprivate static func prefixed(_ prefix: String, _ checks: () throws -> Void) throws {
    do { try checks() } catch let error as EngineError { throw EngineError(error.kind, prefix + error.message) }
  }
}
