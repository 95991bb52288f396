import BisslCore
import BisslKernels

/// Winograd's F(m×m, r×r): at stride 1 (m+r−1)² matrix products over tiles in place of r²m² multiplications per tile
/// and channel pair, 2.25 to 5 times fewer; for 3×3 windows at stride 2 (2m+1)², 1.4 to 1.8 times fewer.
/// `WinogradTransforms` says how its rounding errors stay near those of the direct sums.
///
/// A product has three stages: transform the tiles, multiply position by position, transform back. Where the images are
/// large, chunks of tiles go through all three in scratch memory that stays in cache (`byTiles`); where the weights
/// are, each stage is shared out for all tiles at once, or for many, so that every weight is read once (`byPositions`).
/// Both terms of a second-order rule add up before the last stage.
struct WinogradConvolution: ConvolutionAlgorithm {
  private let shape: ConvolutionShape
  private let winograd: Winograd
  private let gemm: any GEMMBackend

  /// - Parameter tile: one of `tiles`.
  init(_ shape: ConvolutionShape, _ tile: WinogradTile, _ precision: GEMM.Precision = .full) {
    self.shape = shape
    winograd = Winograd(shape, tile)
    let channels = min(shape.inputs, shape.outputs)
    gemm = GEMM.backend(depth: min(channels, winograd.tiles), columns: channels, precision)
  }

  /// The tiles that the algorithm has for a convolution: none where it does not apply.
  static func tiles(_ shape: ConvolutionShape) -> [WinogradTile] {
    guard shape.isSquare else { return [] }
    return WinogradTile.candidates(
      taps: shape.kernel.height, stride: shape.stride.height, padding: shape.padding.height, height: shape.input.height,
      width: shape.input.width)
  }

  func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws {
    let terms = try terms.map { (images: $0.a, weights: try transform($0.b, .forward)) }
    let stages = try WinogradProduct(
      winograd, gemm, from: shape.inputs, to: shape.outputs, terms: terms, isAdjoint: false, out: y)
    try isHeavyWeight ? stages.byPositions() : stages.byTiles(inChunksOf: tilesPerChunk)
  }

  /// At stride 1 the input adjoint is a convolution with the weights turned by 180°, and inputs and outputs exchanged.
  /// At stride 2 it is the three stages turned round.
  func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws {
    let terms = try terms.map { (images: $0.cotangent, weights: try transform($0.b, .backward)) }
    let isAdjoint = winograd.tile.stride == 2
    let stages = try WinogradProduct(
      isAdjoint ? winograd : winograd.turned, gemm, from: shape.outputs, to: shape.inputs, terms: terms,
      isAdjoint: isAdjoint, out: x)
    try isHeavyWeight ? stages.byPositions() : stages.byTiles(inChunksOf: tilesPerChunk)
  }

  func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into weight: Tensor) throws {
    let stages = try WinogradWeightAdjoint(winograd, gemm, inputs: shape.inputs, outputs: shape.outputs, terms: terms)
    let u = try isHeavyWeight || stages.areSumsLarge
      ? stages.byPositions() : stages.byTiles(inChunksOf: tilesPerChunk)
    parallelChunks(shape.inputs, of: WeightOrder.block) { _, range in
      winograd.transformWeightAdjoint(
        u.source, row: stages.row, step: stages.size, outputs: shape.outputs, inputs: shape.inputs, range: range,
        into: weight.pointer)
    }
  }

  /// weight (outputs, inputs, taps, taps) transformed, each matrix packed B of its products. Some rows of a block at a
  /// time, so that they are in cache when the backend packs what the transforms wrote.
  private func transform(_ weight: Tensor, _ direction: WeightOrder.Direction) throws -> Tensor {
    try weight.form(.winograd(winograd.tile, direction, gemm.layout)) {
      let isForward = direction == .forward
      let (from, to) = isForward ? (shape.inputs, shape.outputs) : (shape.outputs, shape.inputs)
      let step = try winograd.packedMatrix(gemm, from: from, to: to).count(for: "conv2d")
      let u = try Tensor(Shape(winograd.matrices, step), for: "transformed weights of conv2d")
      parallelChunks(GEMM.paddedColumns(to), of: GEMM.blockColumns) { _, columns in
        let block = u.pointer + columns.lowerBound * gemm.paddedDepth(from)
        for start in Swift.stride(from: 0, to: from, by: Self.weightRows) {
          let rows = start..<min(from, start + Self.weightRows)
          winograd.transformWeights(
            weight.source, outputs: shape.outputs, inputs: shape.inputs, direction, block: columns.lowerBound,
            rows: rows, step: step, into: block)
          for matrix in 0..<winograd.matrices { gemm.packInPlace(block + matrix * step, rows: rows) }
        }
      }
      return u
    }
  }

  /// A multiple of every backend's `depthStep`.
  private static let weightRows = 64

  /// Whether the transformed weights outweigh the transformed images.
  private var isHeavyWeight: Bool {
    shape.inputs * shape.outputs >= winograd.tiles * (shape.inputs + shape.outputs)
  }

  /// Enough tiles for the products to be efficient, few enough for their memory to stay in cache.
  private var tilesPerChunk: Int {
    let block = gemm.blockRows
    let fitting = Self.chunkElements / (winograd.positions * (shape.inputs + shape.outputs)) / block * block
    return min(max(gemm.tuning.efficientRows, fitting), gemm.paddedRows(winograd.tiles))
  }

  /// Elements of transformed images and products: 1.25 MiB in single precision.
  private static let chunkElements = 320 << 10
}

extension Winograd {
  /// The tiles of a convolution.
  init(_ shape: ConvolutionShape, _ tile: WinogradTile) {
    self.init(tile, batch: shape.batch, input: shape.input, output: shape.output, padding: shape.padding.height)
  }

  private init(_ tile: WinogradTile, batch: Int, input: Extent2, output: Extent2, padding: Int) {
    let grid = Extent2((output.height + tile.m - 1) / tile.m, (output.width + tile.m - 1) / tile.m)
    self.init(tile, batch: batch, input: input, output: output, padding: padding, grid: grid)
  }

  /// The convolution, at stride 1, that the input adjoint is.
  fileprivate var turned: Winograd {
    Winograd(tile, batch: batch, input: output, output: input, padding: tile.taps - 1 - padding)
  }

  /// Elements from one matrix of transformed weights to the next: no multiple of a page, whose multiples would share
  /// few sets of the cache.
  func packedMatrix(_ gemm: any GEMMBackend, from: Int, to: Int) -> Elements {
    gemm.packedB(depth: from, columns: to) + 16
  }
}

/// Cuts of the columns or rows of several matrices into chunks of whole blocks, enough of them to share out evenly.
struct WinogradParts {
  private let extent, size, perMatrix, matrices: Int

  init(of extent: Int, in block: Int, matrices: Int, _ tuning: GEMMTuning) {
    let blocks = (extent + block - 1) / block
    let wanted = max(1, (tuning.parts + matrices - 1) / matrices)
    self.extent = extent
    self.matrices = matrices
    size = (blocks + wanted - 1) / wanted * block
    perMatrix = (extent + size - 1) / size
  }

  var count: Int { matrices * perMatrix }

  subscript(chunk: Int) -> (matrix: Int, range: Range<Int>) {
    let first = chunk % perMatrix * size
    return (chunk / perMatrix, first..<min(extent, first + size))
  }
}
