import BisslCore
import BisslKernels

extension VisionTransformer {
  public struct Configuration: Sendable {
    /// Pixels along each side of an image, and of a patch.
    public let imageSize: Int
    public let patchSize: Int
    public let width: Int
    public let depth: Int
    public let heads: Int
    /// Width of the MLPs' hidden layer.
    public let hidden: Int
    public let positions: Positions
    public let pooling: Pooling
    /// Probability of dropping a branch of the last block; it grows linearly from 0 at the first.
    public let dropPath: Double
    /// Register tokens between the class token and the patches.
    public let registers: Int
    /// What the factors of each block's branches begin with (Touvron et al. 2021, "LayerScale"); nil where they have none.
    public let layerScale: Double?
    /// Whether class token and registers have positions too.
    public let positionsOfPrefix: Bool

    public init(
      imageSize: Int, patchSize: Int, width: Int, depth: Int, heads: Int, hidden: Int, positions: Positions = .sincos,
      pooling: Pooling = .classToken, dropPath: Double = 0, registers: Int = 0, layerScale: Double? = nil,
      positionsOfPrefix: Bool = true
    ) throws {
      try TransformerChecks.patches(imageSize: imageSize, patchSize: patchSize)
      try TransformerChecks.tower(width: width, depth: depth, heads: heads)
      try require((1...1 << 20).contains(hidden), .value("mlp_ratio: expected a positive hidden width, got \(hidden)"))
      try require(
        positions == .learned || width % 4 == 0,
        .value("width: sine-cosine positions need a multiple of 4, got \(width): use positions=\"learned\""))
      try require((0..<1).contains(dropPath), .value("drop_path: expected a probability in [0, 1), got \(dropPath)"))
      try require((0...1024).contains(registers), .value("reg_tokens: expected 0 to 1024, got \(registers)"))
      try require(
        layerScale?.isFinite ?? true, .value("init_values: expected a finite number, got \(layerScale ?? 0)"))
      self.imageSize = imageSize
      self.patchSize = patchSize
      self.width = width
      self.depth = depth
      self.heads = heads
      self.hidden = hidden
      self.positions = positions
      self.pooling = pooling
      self.dropPath = dropPath
      self.registers = registers
      self.layerScale = layerScale
      self.positionsOfPrefix = positionsOfPrefix
    }

    /// Tokens before the patches: the class token and the registers; and how many of them have positions.
    public var prefix: Int { 1 + registers }
    public var positionedPrefix: Int { positionsOfPrefix ? prefix : 0 }

    /// Patches along a side, and in an image.
    public var side: Int { imageSize / patchSize }
    public var patches: Int { side * side }

    /// The multiple of the patch size that is nearest.
    func nearestValidSize(to size: Int) -> Int { max(1, (size + patchSize / 2) / patchSize) * patchSize }
  }
}

/// What transformers of both sides of a masked autoencoder are asked.
enum TransformerChecks {
  static func patches(imageSize: Int, patchSize: Int) throws {
    try require((1...4096).contains(patchSize), .value("patch_size: expected 1 to 4096 pixels, got \(patchSize)"))
    try require((1...65536).contains(imageSize), .value("image_size: expected 1 to 65536 pixels, got \(imageSize)"))
    let below = imageSize / patchSize * patchSize
    let nearest = below > 0 ? "\(below) and \(below + patchSize)" : "\(patchSize)"
    try require(
      below == imageSize,
      .value(
        "image_size: expected a multiple of patch_size \(patchSize), got \(imageSize): the nearest valid sizes are "
          + nearest))
  }

  static func tower(width: Int, depth: Int, heads: Int) throws {
    try require((1...65536).contains(width), .value("width: expected 1 to 65536, got \(width)"))
    try require((1...1000).contains(depth), .value("depth: expected 1 to 1000 blocks, got \(depth)"))
    try require(
      (1...width).contains(heads) && width % heads == 0,
      .value("heads: expected a number that divides the width \(width), got \(heads)"))
  }
}
