import BisslCore
import BisslKernels

/// Winograd's F(m×m, r×r): at stride 1 (m+r−1)² matrix products over tiles in place of r²m² multiplications per tile and
/// channel pair, 2.25 to 5 times fewer; for 3×3 windows at stride 2 (2m+1)², 1.4 to 1.8 times fewer. `WinogradTransforms`
/// says how its rounding errors stay near those of the direct sums.
///
/// A product has three stages: transform the tiles, multiply position by position, transform back. Where the images are
/// large, chunks of tiles go through all three in scratch memory that stays in cache (`byTiles`); where the weights are,
/// each stage is shared out for all tiles at once, so that every weight is read once (`byPositions`). Both terms of a
/// second-order rule add up before the last stage.
struct WinogradConvolution: ConvolutionAlgorithm {
  private let g: ConvolutionGeometry
  private let winograd: Winograd
  private let format: OperandFormat

  /// - Parameters:
  ///   - tile: one of `tiles`.
  ///   - format: of the products' operands, where they are large enough for it.
  init(_ geometry: ConvolutionGeometry, _ tile: WinogradTile, _ format: OperandFormat = .whole) {
    g = geometry
    winograd = Winograd(g, tile)
    let channels = min(g.inputs, g.outputs)
    self.format = format.serving(depth: min(channels, winograd.tiles), columns: channels)
  }

  /// The tiles that the algorithm has for a convolution: none where it does not apply.
  static func tiles(_ g: ConvolutionGeometry) -> [WinogradTile] {
    guard g.isSquare else { return [] }
    return WinogradTile.candidates(
      taps: g.kernel.height, stride: g.stride.height, padding: g.padding.height, height: g.input.height,
      width: g.input.width)
  }

  func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws {
    let transformed = try terms.map { (images: $0.a, weights: try transform($0.b, .forward)) }
    try convolve(transformed, winograd, from: g.inputs, to: g.outputs, into: y)
  }

  /// At stride 1 the input adjoint is a convolution with the weights turned by 180°, and inputs and outputs exchanged.
  /// At stride 2 it is the three stages turned round.
  func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws {
    let transformed = try terms.map { (images: $0.cotangent, weights: try transform($0.b, .backward)) }
    if winograd.tile.stride == 2 {
      return try convolve(transformed, winograd, isAdjoint: true, from: g.outputs, to: g.inputs, into: x)
    }
    let turned = Winograd(
      winograd.tile, batch: g.batch, height: g.output.height, width: g.output.width,
      padding: winograd.tile.taps - 1 - g.padding.height)
    try convolve(transformed, turned, from: g.outputs, to: g.inputs, into: x)
  }

  /// out = Σ of images convolved with transformed weights, or the adjoint of that.
  private func convolve(
    _ terms: [(images: Tensor, weights: Tensor)], _ winograd: Winograd, isAdjoint: Bool = false, from: Int, to: Int,
    into out: Tensor
  ) throws {
    let zeros = try Tensor.zeros(Shape(from))
    let stages = ProductStages(
      winograd: winograd, format: format, isAdjoint: isAdjoint, from: from, to: to, terms: terms, zeros: zeros,
      out: out)
    if isHeavyWeight {
      try stages.byPositions()
    } else {
      try stages.byTiles(inChunksOf: tilesPerChunk)
    }
  }

  func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into weight: Tensor) throws {
    let zeros = try Tensor.zeros(Shape(max(g.inputs, g.outputs)))
    let stages = AdjointStages(
      winograd: winograd, format: format, inputs: g.inputs, outputs: g.outputs, terms: terms, zeros: zeros)
    let u = isHeavyWeight ? try stages.byPositions() : try stages.byTiles(inChunksOf: tilesPerChunk)
    parallelChunks(g.inputs, of: WeightOrder.block) { _, range in
      winograd.transformWeightAdjoint(
        u.source, row: stages.row, step: stages.size, outputs: g.outputs, inputs: g.inputs, range: range,
        into: weight.pointer)
    }
  }

  /// weight (outputs, inputs, taps, taps) transformed, in panels.
  private func transform(_ weight: Tensor, _ direction: WeightOrder.Direction) throws -> Tensor {
    try weight.form(.winograd(winograd.tile, direction, format)) {
      let (from, to) = direction == .forward ? (g.inputs, g.outputs) : (g.outputs, g.inputs)
      let elements = winograd.matrixElements(from: from, to: to, format)
      let u = try Tensor(Shape(winograd.matrices, elements), for: "transformed weights of conv2d")
      let width = PanelProduct.blockColumns
      parallelChunks((to + width - 1) / width, of: 1) { panel, _ in
        winograd.transformWeights(
          weight.source, outputs: g.outputs, inputs: g.inputs, direction, panelFrom: panel * width, format,
          into: u.pointer)
      }
      return u
    }
  }

  /// Whether the transformed weights outweigh the transformed images.
  private var isHeavyWeight: Bool { g.inputs * g.outputs >= winograd.tiles * (g.inputs + g.outputs) }

  /// Enough tiles for the products to be efficient, few enough for their memory to stay in cache.
  private var tilesPerChunk: Int {
    let block = PanelProduct.blockRows(format)
    let least = format == .whole ? 6 * block : block
    let tiles = max(least, Self.chunkElements / (winograd.positions * (g.inputs + g.outputs)) / block * block)
    return min(tiles, PanelProduct.padded(rows: winograd.tiles, format))
  }

  /// Elements of transformed images and products: 1.25 MiB in single precision.
  private static let chunkElements = 320 << 10
}

extension Winograd {
  /// The tiles of a convolution.
  init(_ g: ConvolutionGeometry, _ tile: WinogradTile) {
    self.init(tile, batch: g.batch, height: g.input.height, width: g.input.width, padding: g.padding.height)
  }
}

/// The stages of images times weights; as adjoint, of output cotangents times weights, which add to input pixels.
private struct ProductStages {
  let winograd: Winograd
  let format: OperandFormat
  let isAdjoint: Bool
  let from, to: Int
  let terms: [(images: Tensor, weights: Tensor)]
  let zeros: Tensor
  let out: Tensor

  /// Elements from one tile to the next of transformed images, and of products.
  private var row: Int { PanelProduct.rowStride(from) }
  private var productRow: Int { PanelProduct.rowStride(to) }
  private var panels: Int { winograd.matrixElements(from: from, to: to, format) }

  /// The tiles of chunk after chunk of about `size`: of whole images where neighbours add to the same pixels.
  private func chunks(of size: Int) -> (count: Int, size: Int) {
    let size = isAdjoint ? max(1, size / winograd.imageTiles) * winograd.imageTiles : size
    return ((winograd.tiles + size - 1) / size, size)
  }

  func byTiles(inChunksOf wanted: Int) throws {
    let (chunks, size) = chunks(of: wanted)
    let (positions, rows) = (winograd.positions, PanelProduct.padded(rows: size, format))
    let step = PanelProduct.matrixStride(rows: rows, row: row)
    let productStep = PanelProduct.matrixStride(rows: rows, row: productRow)
    let runMemory = ProductRun.memoryElements(format, depth: from)
    let scratch = runMemory + positions * (step + productStep) + to
    try ThreadPool.shared.run(chunks, scratch: scratch, for: "conv2d") { chunk, scratch in
      let tiles = chunk * size..<min(winograd.tiles, (chunk + 1) * size)
      let images = scratch + runMemory
      let products = images + positions * step
      ProductRun.with(format, scratch) { run in
        for term in terms.indices {
          transformImages(term, tiles, into: images, step: step)
          for position in 0..<positions {
            multiply(
              run, term, position, tiles.count, images + position * step, 0..<to,
              into: products + position * productStep)
          }
        }
      }
      transformBack(products, tiles, step: productStep, nowhere: products + positions * productStep)
    }
  }

  func byPositions() throws {
    let rows = PanelProduct.padded(rows: winograd.tiles, format)
    let step = PanelProduct.matrixStride(rows: rows, row: row)
    let productStep = PanelProduct.matrixStride(rows: rows, row: productRow)
    let images = try terms.map { _ in try Tensor(Shape(winograd.positions, step), for: "conv2d") }
    let products = try Tensor(Shape(winograd.positions, productStep), for: "conv2d")
    parallelChunks(winograd.tiles, of: PanelProduct.blockRows) { _, range in
      for term in terms.indices {
        transformImages(term, range, into: images[term].pointer + range.lowerBound * row, step: step)
      }
    }
    let parts = Parts(of: to, in: PanelProduct.blockColumns, matrices: winograd.positions, format)
    let runMemory = ProductRun.memoryElements(format, depth: from)
    try ThreadPool.shared.run(parts.count, scratch: runMemory, for: "conv2d") { chunk, memory in
      let (position, columns) = parts[chunk]
      ProductRun.with(format, memory) { run in
        for term in terms.indices {
          multiply(
            run, term, position, winograd.tiles, images[term].pointer + position * step, columns,
            into: products.pointer + position * productStep)
        }
      }
    }
    let (chunks, size) = chunks(of: 4 * PanelProduct.blockRows)
    try ThreadPool.shared.run(chunks, scratch: to, for: "conv2d") { chunk, nowhere in
      let range = chunk * size..<min(winograd.tiles, (chunk + 1) * size)
      transformBack(products.pointer + range.lowerBound * productRow, range, step: productStep, nowhere: nowhere)
    }
  }

  private func transformImages(_ term: Int, _ tiles: Range<Int>, into v: Destination, step: Int) {
    let transform = isAdjoint ? winograd.transformCotangent : winograd.transformInput
    transform(terms[term].images.source, from, tiles, zeros.source, v, row, step)
  }

  /// Columns of one position's products.
  private func multiply(
    _ run: ProductRun, _ term: Int, _ position: Int, _ tiles: Int, _ v: Source, _ columns: Range<Int>,
    into products: Destination
  ) {
    let weights = terms[term].weights.source + winograd.matrix(of: position) * panels
    run.multiply(
      rows: tiles, columns: columns.count, depth: from, v, lda: row,
      panels: weights + columns.lowerBound * format.padded(depth: from), accumulate: term > 0,
      into: products + columns.lowerBound, ldc: productRow)
  }

  private func transformBack(_ products: Source, _ tiles: Range<Int>, step: Int, nowhere: Destination) {
    if isAdjoint {
      let image = winograd.height * winograd.width * to
      let images = tiles.lowerBound / winograd.imageTiles..<tiles.upperBound / winograd.imageTiles
      (out.pointer + images.lowerBound * image).update(repeating: 0, count: images.count * image)
      winograd.addInputAdjoint(
        products, row: productRow, step: step, channels: to, tiles: tiles, nowhere: nowhere, to: out.pointer)
    } else {
      winograd.transformOutput(
        products, row: productRow, step: step, channels: to, tiles: tiles, nowhere: nowhere, into: out.pointer)
    }
  }
}

/// The stages of the weight adjoint, up to the transformed adjoint: (matrices, padded inputs, padded outputs).
private struct AdjointStages {
  let winograd: Winograd
  let format: OperandFormat
  let inputs, outputs: Int
  let terms: [(a: Tensor, cotangent: Tensor)]
  let zeros: Tensor

  /// Elements from one input to the next, and from one matrix to the next, of the adjoint.
  var row: Int { PanelProduct.rowStride(outputs) }
  var size: Int { PanelProduct.matrixStride(rows: PanelProduct.padded(rows: inputs, format), row: row) }
  private var imageRow: Int { PanelProduct.rowStride(inputs) }
  private var cotangentRow: Int { PanelProduct.rowStride(outputs) }

  /// Runs of chunks make partial sums, added in order. The larger the weights, the fewer the runs.
  func byTiles(inChunksOf count: Int) throws -> Tensor {
    let (positions, matrices) = (winograd.positions, winograd.matrices)
    let chunks = (winograd.tiles + count - 1) / count
    let runs = powerOfTwo(atMost: max(1, min(chunks, Self.partialElements / (matrices * size), 16)))
    let partial = try Tensor(Shape(runs, matrices * size), for: "conv2d")
    let (step, cotangentStep) = steps(tiles: count)
    let runMemory = ProductRun.memoryElements(format, depth: count, rows: inputs, columns: outputs)
    let scratch = runMemory + positions * (step + cotangentStep)
    try ThreadPool.shared.run(runs, scratch: scratch, for: "conv2d") { run, memory in
      let images = memory + runMemory
      let cotangents = images + positions * step
      let sum = partial.pointer + run * matrices * size
      var accumulate = false
      for term in terms.indices {
        for chunk in run * chunks / runs..<(run + 1) * chunks / runs {
          let tiles = chunk * count..<min(winograd.tiles, (chunk + 1) * count)
          transform(term, tiles, into: images, step: step, and: cotangents, cotangentStep: cotangentStep)
          ProductRun.with(format, memory) { run in
            for matrix in 0..<matrices {
              for (index, position) in winograd.positions(of: matrix).enumerated() {
                multiply(
                  run, tiles.count, images + position * step, cotangents + position * cotangentStep, 0..<inputs,
                  accumulate: accumulate || index > 0, into: sum + matrix * size)
              }
            }
          }
          accumulate = true
        }
      }
    }
    let sum = try Tensor(Shape(matrices * size), for: "conv2d")
    partial.sumOfRows(into: sum)
    return sum
  }

  func byPositions() throws -> Tensor {
    let (tiles, positions) = (winograd.tiles, winograd.positions)
    let (step, cotangentStep) = steps(tiles: tiles)
    let images = try terms.map { _ in try Tensor(Shape(positions, step), for: "conv2d") }
    let cotangents = try terms.map { _ in try Tensor(Shape(positions, cotangentStep), for: "conv2d") }
    parallelChunks(tiles, of: PanelProduct.blockRows) { _, range in
      for term in terms.indices {
        transform(
          term, range, into: images[term].pointer + range.lowerBound * imageRow, step: step,
          and: cotangents[term].pointer + range.lowerBound * cotangentRow, cotangentStep: cotangentStep)
      }
    }
    let sum = try Tensor(Shape(winograd.matrices, size), for: "conv2d")
    let parts = Parts(of: inputs, in: PanelProduct.blockRows(format), matrices: winograd.matrices, format)
    let runMemory = ProductRun.memoryElements(format, depth: tiles, rows: inputs, columns: outputs)
    try ThreadPool.shared.run(parts.count, scratch: runMemory, for: "conv2d") { chunk, memory in
      // The last matrix has the most positions: it goes first.
      let (matrix, rows) = parts[parts.count - 1 - chunk]
      ProductRun.with(format, memory) { run in
        for term in terms.indices {
          for (index, position) in winograd.positions(of: matrix).enumerated() {
            multiply(
              run, tiles, images[term].source + position * step, cotangents[term].source + position * cotangentStep,
              rows, accumulate: term > 0 || index > 0, into: sum.pointer + matrix * size)
          }
        }
      }
    }
    return sum
  }

  /// Elements from one position to the next of the transformed images and cotangents of some tiles.
  private func steps(tiles: Int) -> (images: Int, cotangents: Int) {
    (
      PanelProduct.matrixStride(rows: tiles, row: imageRow), PanelProduct.matrixStride(rows: tiles, row: cotangentRow)
    )
  }

  private func transform(
    _ term: Int, _ tiles: Range<Int>, into v: Destination, step: Int, and w: Destination, cotangentStep: Int
  ) {
    winograd.transformInput(
      terms[term].a.source, channels: inputs, tiles: tiles, zeros: zeros.source, into: v, row: imageRow, step: step)
    winograd.transformCotangent(
      terms[term].cotangent.source, channels: outputs, tiles: tiles, zeros: zeros.source, into: w, row: cotangentRow,
      step: cotangentStep)
  }

  /// Rows of one position's products.
  private func multiply(
    _ run: ProductRun, _ tiles: Int, _ v: Source, _ w: Source, _ rows: Range<Int>, accumulate: Bool,
    into sum: Destination
  ) {
    run.multiplyTransposed(
      rows: rows.count, columns: outputs, depth: tiles, v + rows.lowerBound, lda: imageRow, w, ldb: cotangentRow,
      accumulate: accumulate, into: sum + rows.lowerBound * row, ldc: row)
  }

  /// Elements that all partial sums may have: 24 MiB in single precision.
  private static let partialElements = 6 << 20
}

/// Cuts of the columns or rows of several matrices into chunks of whole blocks, enough of them to share out evenly.
private struct Parts {
  private let extent, size, perMatrix, matrices: Int

  init(of extent: Int, in block: Int, matrices: Int, _ format: OperandFormat) {
    let blocks = (extent + block - 1) / block
    let enough = format == .whole ? Self.enough : Self.enoughSplit
    let wanted = max(1, (enough + matrices - 1) / matrices)
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

  private static let enough = 64
  /// Every part splits the other operand anew.
  private static let enoughSplit = 16
}
