import BisslCore

/// Convolution as matrix products over column matrices, which are built tile by tile and never held whole. Serves every
/// stride, padding and dilation.
struct ColumnConvolution: ConvolutionAlgorithm {
  private let g: ConvolutionGeometry

  init(_ geometry: ConvolutionGeometry) { g = geometry }

  func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws {
    let packed = try terms.map { try pack($0.b) }
    let tile = ConvolutionTiling.rows(depth: g.depth, least: 96)
    let tiles = (g.pixels + tile - 1) / tile
    try ThreadPool.shared.run(tiles, scratch: g.isPointwise ? 0 : tile * g.depth, for: "conv2d") { index, scratch in
      let first = index * tile
      let last = min(g.pixels, first + tile)
      for (index, (term, weights)) in zip(terms, packed).enumerated() {
        let columns = g.columns(of: term.a.source, first, last, scratch)
        BLAS.multiply(
          .no, .no, m: last - first, n: g.outputs, k: g.depth, columns, lda: g.depth, weights.source, ldb: g.outputs,
          accumulate: index > 0, into: y.pointer + first * g.outputs, ldc: g.outputs)
      }
    }
  }

  func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws {
    let packed = try terms.map { try pack($0.b) }
    let group = ConvolutionTiling.images(pixels: g.imagePixels, of: g.batch)
    let tile = min(group * g.imagePixels, ConvolutionTiling.rows(depth: g.depth, least: 96))
    let scratch = g.isPointwise ? 0 : tile * g.depth
    try ThreadPool.shared.run((g.batch + group - 1) / group, scratch: scratch, for: "conv2d") { index, scratch in
      let images = index * group..<min(g.batch, (index + 1) * group)
      if !g.isPointwise {
        (x.pointer + images.lowerBound * g.imageElements).update(repeating: 0, count: images.count * g.imageElements)
      }
      var first = images.lowerBound * g.imagePixels
      while first < images.upperBound * g.imagePixels {
        let last = min(images.upperBound * g.imagePixels, first + tile)
        // Pointwise: the column matrix is the image.
        let columns = g.isPointwise ? x.pointer + first * g.inputs : scratch
        for (index, (term, weights)) in zip(terms, packed).enumerated() {
          BLAS.multiply(
            .no, .yes, m: last - first, n: g.depth, k: g.outputs, term.cotangent.source + first * g.outputs,
            lda: g.outputs, weights.source, ldb: g.outputs, accumulate: index > 0,
            into: columns, ldc: g.depth)
        }
        if !g.isPointwise { Columns.scatterAdd(columns, g.grid, first: first, last: last, to: x.pointer) }
        first = last
      }
    }
  }

  func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into weight: Tensor) throws {
    let packed =
      g.depth * g.outputs <= ConvolutionTiling.smallWeights
      ? try weightAdjointByPixels(terms) : try weightAdjointByTaps(terms)
    parallelChunks(g.outputs, of: WeightOrder.block) { _, range in
      WeightOrder.unpack(
        packed.source, outputs: g.outputs, inputs: g.inputs, taps: g.taps, range: range, into: weight.pointer)
    }
  }

  /// Small weights: chunks of pixels make partial sums, added in order.
  private func weightAdjointByPixels(_ terms: [(a: Tensor, cotangent: Tensor)]) throws -> Tensor {
    let tile = ConvolutionTiling.rows(depth: g.depth, least: 64)
    let parts = max(1, min(ConvolutionTiling.partialSums, (g.pixels + tile - 1) / tile))
    let share = (g.pixels + parts - 1) / parts
    let size = g.depth * g.outputs
    let partial = try Tensor(Shape(parts, size), for: "conv2d")
    try ThreadPool.shared.run(parts, scratch: g.isPointwise ? 0 : tile * g.depth, for: "conv2d") { part, scratch in
      let sum = partial.pointer + part * size
      var accumulate = false
      for term in terms {
        var first = min(g.pixels, part * share)
        let end = min(g.pixels, first + share)
        while first < end {
          let last = min(end, first + tile)
          let columns = g.columns(of: term.a.source, first, last, scratch)
          BLAS.multiply(
            .yes, .no, m: g.depth, n: g.outputs, k: last - first, columns, lda: g.depth,
            term.cotangent.source + first * g.outputs, ldb: g.outputs, accumulate: accumulate, into: sum, ldc: g.outputs
          )
          accumulate = true
          first = last
        }
      }
      if !accumulate { sum.update(repeating: 0, count: size) }
    }
    return try partial.sumOfRows()
  }

  /// Large weights: every chunk owns one tap and a block of input channels, and sums over all pixels itself.
  private func weightAdjointByTaps(_ terms: [(a: Tensor, cotangent: Tensor)]) throws -> Tensor {
    let block = ConvolutionTiling.channelBlock(g)
    let blocks = (g.inputs + block - 1) / block
    let tile = ConvolutionTiling.rows(depth: block, least: 96)
    let packed = try Tensor(Shape(g.depth, g.outputs), for: "conv2d")
    try ThreadPool.shared.run(g.taps * blocks, scratch: g.isPointwise ? 0 : tile * block, for: "conv2d") {
      index, scratch in
      let tap = index / blocks
      let channel = index % blocks * block
      let channels = min(block, g.inputs - channel)
      let sum = packed.pointer + (tap * g.inputs + channel) * g.outputs
      var accumulate = false
      for term in terms {
        var first = 0
        while first < g.pixels {
          let last = min(g.pixels, first + tile)
          var columns = term.a.source + first * g.inputs + channel
          if !g.isPointwise {
            Columns.gatherTap(
              term.a.source, g.grid, tap: tap, channel: channel, count: channels, first: first, last: last,
              into: scratch)
            columns = Source(scratch)
          }
          BLAS.multiply(
            .yes, .no, m: channels, n: g.outputs, k: last - first, columns, lda: g.isPointwise ? g.inputs : channels,
            term.cotangent.source + first * g.outputs, ldb: g.outputs, accumulate: accumulate, into: sum, ldc: g.outputs
          )
          accumulate = true
          first = last
        }
      }
      if !accumulate { sum.update(repeating: 0, count: channels * g.outputs) }
    }
    return packed
  }

  /// weight (outputs, inputs, taps) as (taps, inputs, outputs).
  private func pack(_ weight: Tensor) throws -> Tensor {
    try weight.form(.columns) {
      let packed = try Tensor(Shape(g.taps, g.inputs, g.outputs), for: "packed weights of conv2d")
      parallelChunks(g.inputs, of: WeightOrder.block) { _, range in
        WeightOrder.pack(
          weight.source, outputs: g.outputs, inputs: g.inputs, taps: g.taps, range: range, into: packed.pointer)
      }
      return packed
    }
  }
}

extension ConvolutionGeometry {
  var grid: WindowGrid {
    WindowGrid(
      height: input.height, width: input.width, channels: inputs, kernelHeight: kernel.height,
      kernelWidth: kernel.width,
      strideHeight: stride.height, strideWidth: stride.width, paddingHeight: padding.height,
      paddingWidth: padding.width, dilationHeight: dilation.height, dilationWidth: dilation.width,
      outHeight: output.height, outWidth: output.width)
  }

  /// The rows first..<last of the column matrix: gathered into `scratch`, or x itself where nothing needs gathering.
  func columns(of x: Source, _ first: Int, _ last: Int, _ scratch: Destination) -> Source {
    if isPointwise { return x + first * inputs }
    Columns.gather(x, grid, first: first, last: last, into: scratch)
    return Source(scratch)
  }
}

/// How a convolution's work is cut: by shape alone, so that results do not depend on the number of threads.
enum ConvolutionTiling {
  /// Elements of a tile of the column matrix: 1 MiB in single precision, half a core's share of L2 and L3.
  private static let tileElements = 1 << 18
  /// Weights small enough for partial sums of their own.
  static let smallWeights = 1 << 16
  static let partialSums = 16

  /// Rows of the column matrix that one product takes.
  static func rows(depth: Int, least: Int) -> Int { max(least, tileElements / max(1, depth)) }

  /// Whole images that one chunk of the input adjoint takes: enough rows for an efficient product, enough chunks to share.
  static func images(pixels: Int, of batch: Int) -> Int {
    max(1, min((batch + 7) / 8, (96 + pixels - 1) / max(1, pixels)))
  }

  /// Input channels per chunk of the weight adjoint: at least eight chunks.
  static func channelBlock(_ g: ConvolutionGeometry) -> Int {
    let blocks = max(1, (8 + g.taps - 1) / g.taps)
    return max(16, (g.inputs + blocks - 1) / blocks)
  }

}
