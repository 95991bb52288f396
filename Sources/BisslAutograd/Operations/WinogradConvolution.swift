import BisslCore

/// Winograd's F(m×m, 3×3) for 3×3 windows at stride 1: (m+2)² matrix products over tiles in place of 9m² multiplications
/// per tile and channel pair, 2.25 to 4 times fewer. `WinogradTransforms` says how its rounding errors stay near those of
/// the direct sums.
///
/// A product has three stages: transform the tiles, multiply position by position, transform back. Where the images are
/// large, chunks of tiles go through all three in scratch memory that stays in cache (`byTiles`); where the weights are,
/// each stage is shared out for all tiles at once, so that every weight is read once (`byPositions`). Both terms of a
/// second-order rule add up before the last stage.
struct WinogradConvolution: ConvolutionAlgorithm {
  private let g: ConvolutionGeometry
  private let winograd: Winograd

  /// - Parameter m: side of a tile of outputs, in `Winograd.sides`.
  init(_ geometry: ConvolutionGeometry, m: Int) {
    g = geometry
    winograd = Winograd(
      m: m, batch: g.batch, height: g.input.height, width: g.input.width, padding: g.padding.height)
  }

  /// Whether the algorithm applies.
  static func serves(_ g: ConvolutionGeometry) -> Bool {
    g.kernel == Extent2(3) && g.stride == Extent2(1) && g.dilation == Extent2(1)
      && g.padding.height == g.padding.width && g.padding.height <= 2
  }

  func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws {
    let transformed = try terms.map { (images: $0.a, weights: try transform($0.b, .forward)) }
    try convolve(transformed, winograd, from: g.inputs, to: g.outputs, into: y)
  }

  /// The input adjoint is a convolution with the weights turned by 180°, and inputs and outputs exchanged.
  func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws {
    let transformed = try terms.map { (images: $0.cotangent, weights: try transform($0.b, .backward)) }
    let turned = Winograd(
      m: winograd.m, batch: g.batch, height: g.output.height, width: g.output.width, padding: 2 - g.padding.height)
    try convolve(transformed, turned, from: g.outputs, to: g.inputs, into: x)
  }

  /// out = Σ of images convolved with transformed weights.
  private func convolve(
    _ terms: [(images: Tensor, weights: Tensor)], _ winograd: Winograd, from: Int, to: Int, into out: Tensor
  ) throws {
    let zeros = try Tensor.zeros(Shape(from))
    let stages = ProductStages(winograd: winograd, from: from, to: to, terms: terms, zeros: zeros, out: out)
    if isHeavyWeight {
      try stages.byPositions()
    } else {
      try stages.byTiles(inChunksOf: tilesPerChunk)
    }
  }

  func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into weight: Tensor) throws {
    let zeros = try Tensor.zeros(Shape(max(g.inputs, g.outputs)))
    let stages = AdjointStages(
      winograd: winograd, inputs: g.inputs, outputs: g.outputs, terms: terms, zeros: zeros)
    let u = isHeavyWeight ? try stages.byPositions() : try stages.byTiles(inChunksOf: tilesPerChunk)
    parallelChunks(g.inputs, of: WeightOrder.block) { _, range in
      winograd.transformWeightAdjoint(
        u.source, row: stages.row, step: stages.size, outputs: g.outputs, inputs: g.inputs, range: range,
        into: weight.pointer)
    }
  }

  /// weight (outputs, inputs, 3, 3) transformed, in panels.
  private func transform(_ weight: Tensor, _ direction: Winograd.Direction) throws -> Tensor {
    try weight.form(.winograd(m: winograd.m, direction)) {
      let (from, to) = direction == .forward ? (g.inputs, g.outputs) : (g.outputs, g.inputs)
      let elements = PanelProduct.panelElements(depth: from, columns: to)
      let u = try Tensor(Shape(winograd.positions, elements), for: "transformed weights of conv2d")
      let width = PanelProduct.blockColumns
      parallelChunks((to + width - 1) / width, of: 1) { panel, _ in
        winograd.transformWeights(
          weight.source, outputs: g.outputs, inputs: g.inputs, direction, panelFrom: panel * width, into: u.pointer)
      }
      return u
    }
  }

  /// Whether the transformed weights outweigh the transformed images.
  private var isHeavyWeight: Bool { g.inputs * g.outputs >= winograd.tiles * (g.inputs + g.outputs) }

  /// Enough tiles for the products to be efficient, few enough for their memory to stay in cache.
  private var tilesPerChunk: Int {
    let tiles = max(36, 4096 / max(g.inputs, g.outputs))
    return PanelProduct.padded(rows: min(tiles, winograd.tiles))
  }
}

/// The stages of images times weights.
private struct ProductStages {
  let winograd: Winograd
  let from, to: Int
  let terms: [(images: Tensor, weights: Tensor)]
  let zeros: Tensor
  let out: Tensor

  /// Elements from one tile to the next of transformed images, and of products.
  private var row: Int { PanelProduct.rowStride(from) }
  private var productRow: Int { PanelProduct.rowStride(to) }
  private var panels: Int { PanelProduct.panelElements(depth: from, columns: to) }

  func byTiles(inChunksOf size: Int) throws {
    let chunks = (winograd.tiles + size - 1) / size
    let positions = winograd.positions
    let scratch = positions * size * (row + productRow) + to
    try ThreadPool.shared.run(chunks, scratch: scratch, for: "conv2d") { chunk, scratch in
      let tiles = chunk * size..<min(winograd.tiles, (chunk + 1) * size)
      let products = scratch + positions * size * row
      for term in terms.indices {
        transformImages(term, tiles, into: scratch, step: size * row)
        multiply(term, 0..<positions, tiles.count, scratch, step: size * row, into: products, size * productRow)
      }
      transformBack(products, tiles, step: size * productRow, nowhere: products + positions * size * productRow)
    }
  }

  func byPositions() throws {
    let tiles = PanelProduct.padded(rows: winograd.tiles)
    let images = try terms.map { _ in try Tensor(Shape(winograd.positions, tiles * row), for: "conv2d") }
    let products = try Tensor(Shape(winograd.positions, tiles * productRow), for: "conv2d")
    let step = tiles * row
    parallelChunks(winograd.tiles, of: PanelProduct.blockRows) { _, range in
      for term in terms.indices {
        transformImages(term, range, into: images[term].pointer + range.lowerBound * row, step: step)
      }
    }
    parallelChunks(winograd.positions, of: 1) { position, _ in
      for term in terms.indices {
        multiply(
          term, position..<position + 1, winograd.tiles, images[term].pointer, step: step, into: products.pointer,
          tiles * productRow)
      }
    }
    let size = 4 * PanelProduct.blockRows
    try ThreadPool.shared.run((winograd.tiles + size - 1) / size, scratch: to, for: "conv2d") { chunk, nowhere in
      let range = chunk * size..<min(winograd.tiles, (chunk + 1) * size)
      transformBack(products.pointer + range.lowerBound * productRow, range, step: tiles * productRow, nowhere: nowhere)
    }
  }

  private func transformImages(_ term: Int, _ tiles: Range<Int>, into v: Destination, step: Int) {
    winograd.transformInput(
      terms[term].images.source, channels: from, tiles: tiles, zeros: zeros.source, into: v, row: row, step: step)
  }

  private func multiply(
    _ term: Int, _ positions: Range<Int>, _ tiles: Int, _ v: Source, step: Int, into products: Destination,
    _ productStep: Int
  ) {
    for position in positions {
      PanelProduct.multiply(
        rows: tiles, columns: to, depth: from, v + position * step, lda: row,
        panels: terms[term].weights.source + position * panels, accumulate: term > 0,
        into: products + position * productStep, ldc: productRow)
    }
  }

  private func transformBack(_ products: Source, _ tiles: Range<Int>, step: Int, nowhere: Destination) {
    winograd.transformOutput(
      products, row: productRow, step: step, channels: to, tiles: tiles, nowhere: nowhere, into: out.pointer)
  }
}

/// The stages of the weight adjoint, up to the transformed adjoint: (positions, padded inputs, padded outputs).
private struct AdjointStages {
  let winograd: Winograd
  let inputs, outputs: Int
  let terms: [(a: Tensor, cotangent: Tensor)]
  let zeros: Tensor

  /// Elements from one input to the next, and from one position to the next, of the adjoint.
  var row: Int { PanelProduct.padded(columns: outputs) }
  var size: Int { PanelProduct.padded(rows: inputs) * row }
  private var imageRow: Int { PanelProduct.rowStride(inputs) }
  private var cotangentRow: Int { PanelProduct.rowStride(outputs) }

  /// Runs of chunks make partial sums, added in order. The larger the weights, the fewer the runs.
  func byTiles(inChunksOf count: Int) throws -> Tensor {
    let positions = winograd.positions
    let chunks = (winograd.tiles + count - 1) / count
    let runs = max(1, min(chunks, Self.partialElements / (positions * size), 16))
    let perRun = (chunks + runs - 1) / runs
    let partial = try Tensor(Shape(runs, positions * size), for: "conv2d")
    let scratch = positions * count * (imageRow + cotangentRow)
    try ThreadPool.shared.run(runs, scratch: scratch, for: "conv2d") { run, scratch in
      let cotangents = scratch + positions * count * imageRow
      let sum = partial.pointer + run * positions * size
      var accumulate = false
      for term in terms.indices {
        for chunk in run * perRun..<max(run * perRun, min(chunks, (run + 1) * perRun)) {
          let tiles = chunk * count..<min(winograd.tiles, (chunk + 1) * count)
          transform(
            term, tiles, into: scratch, step: count * imageRow, and: cotangents, cotangentStep: count * cotangentRow)
          for position in 0..<positions {
            multiply(
              tiles.count, scratch + position * count * imageRow, cotangents + position * count * cotangentRow,
              accumulate: accumulate, into: sum + position * size)
          }
          accumulate = true
        }
      }
      if !accumulate { sum.update(repeating: 0, count: positions * size) }
    }
    return try partial.sumOfRows()
  }

  func byPositions() throws -> Tensor {
    let (tiles, positions) = (winograd.tiles, winograd.positions)
    let images = try terms.map { _ in try Tensor(Shape(positions, tiles * imageRow), for: "conv2d") }
    let cotangents = try terms.map { _ in try Tensor(Shape(positions, tiles * cotangentRow), for: "conv2d") }
    parallelChunks(tiles, of: PanelProduct.blockRows) { _, range in
      for term in terms.indices {
        transform(
          term, range, into: images[term].pointer + range.lowerBound * imageRow, step: tiles * imageRow,
          and: cotangents[term].pointer + range.lowerBound * cotangentRow, cotangentStep: tiles * cotangentRow)
      }
    }
    let sum = try Tensor(Shape(positions, size), for: "conv2d")
    parallelChunks(positions, of: 1) { position, _ in
      for term in terms.indices {
        multiply(
          tiles, images[term].source + position * tiles * imageRow,
          cotangents[term].source + position * tiles * cotangentRow, accumulate: term > 0,
          into: sum.pointer + position * size)
      }
    }
    return sum
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

  private func multiply(_ tiles: Int, _ v: Source, _ w: Source, accumulate: Bool, into sum: Destination) {
    PanelProduct.multiplyTransposed(
      rows: inputs, columns: outputs, depth: tiles, v, lda: imageRow, w, ldb: cotangentRow, accumulate: accumulate,
      into: sum, ldc: row)
  }

  /// Elements that all partial sums may have: 16 MiB in single precision.
  private static let partialElements = 1 << 22
}
