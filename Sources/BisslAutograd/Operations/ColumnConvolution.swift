import BisslCore

/// Convolution as matrix products over column matrices, which are built tile by tile and never held whole. Serves every
/// stride, padding and dilation.
struct ColumnConvolution: ConvolutionAlgorithm {
  private let g: ConvolutionGeometry

  init(_ geometry: ConvolutionGeometry) { g = geometry }

  func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws {
    let packed = try terms.map { try pack($0.b, .forward) }
    let tile = ConvolutionTiling.rows(depth: g.depth, least: 96)
    let tiles = (g.pixels + tile - 1) / tile
    let row = PanelProduct.rowStride(g.depth)
    try ThreadPool.shared.run(tiles, scratch: tile * row, for: "conv2d") { index, scratch in
      let first = index * tile
      let last = min(g.pixels, first + tile)
      for (index, (term, panels)) in zip(terms, packed).enumerated() {
        Columns.gather(term.a.source, g.grid, first: first, last: last, into: scratch, row: row)
        PanelProduct.multiplyExactly(
          rows: last - first, columns: g.outputs, depth: g.depth, scratch, lda: row, panels: panels.source,
          accumulate: index > 0, into: y.pointer + first * g.outputs, ldc: g.outputs)
      }
    }
  }

  func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws {
    let packed = try terms.map { try pack($0.b, .backward) }
    let group = ConvolutionTiling.images(pixels: g.imagePixels, of: g.batch)
    let tile = min(group * g.imagePixels, ConvolutionTiling.rows(depth: g.depth, least: 96))
    try ThreadPool.shared.run((g.batch + group - 1) / group, scratch: tile * g.depth, for: "conv2d") {
      index, columns in
      let images = index * group..<min(g.batch, (index + 1) * group)
      (x.pointer + images.lowerBound * g.imageElements).update(repeating: 0, count: images.count * g.imageElements)
      var first = images.lowerBound * g.imagePixels
      while first < images.upperBound * g.imagePixels {
        let last = min(images.upperBound * g.imagePixels, first + tile)
        for (index, (term, panels)) in zip(terms, packed).enumerated() {
          PanelProduct.multiplyExactly(
            rows: last - first, columns: g.depth, depth: g.outputs, term.cotangent.source + first * g.outputs,
            lda: g.outputs, panels: panels.source, accumulate: index > 0, into: columns, ldc: g.depth)
        }
        Columns.scatterAdd(columns, g.grid, first: first, last: last, to: x.pointer)
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
        packed.source, row: adjointRow, outputs: g.outputs, inputs: g.inputs, taps: g.taps, range: range,
        into: weight.pointer)
    }
  }

  /// Elements from one row of the weight adjoint (taps·inputs, outputs) to the next.
  private var adjointRow: Int { PanelProduct.rowStride(g.outputs) }

  /// Small weights: chunks of pixels make partial sums, added in order.
  private func weightAdjointByPixels(_ terms: [(a: Tensor, cotangent: Tensor)]) throws -> Tensor {
    let tile = ConvolutionTiling.summed(rows: g.depth, columns: g.outputs)
    let parts = max(1, min(ConvolutionTiling.partialSums, (g.pixels + tile - 1) / tile))
    let share = (g.pixels + parts - 1) / parts
    let size = PanelProduct.padded(rows: g.depth) * adjointRow
    let partial = try Tensor(Shape(parts, size), for: "conv2d")
    let adjoint = TransposedProduct(rows: g.depth, columns: g.outputs, depth: tile, cotangentRow: g.outputs)
    try ThreadPool.shared.run(parts, scratch: adjoint.scratch, for: "conv2d") { part, scratch in
      let sum = partial.pointer + part * size
      var accumulate = false
      for term in terms {
        var first = min(g.pixels, part * share)
        let end = min(g.pixels, first + share)
        while first < end {
          let last = min(end, first + tile)
          Columns.gather(term.a.source, g.grid, first: first, last: last, into: scratch, row: adjoint.row)
          adjoint.add(
            last - first, scratch, term.cotangent.source + first * g.outputs, accumulate: accumulate, to: sum,
            ldc: adjointRow)
          accumulate = true
          first = last
        }
      }
      if !accumulate { sum.update(repeating: 0, count: size) }
    }
    return try partial.sumOfRows()
  }

  /// Large weights: every chunk owns one tap and a block of input channels, and sums over all pixels itself. A block of
  /// the result whose padding reaches into the next one's rows is summed apart.
  private func weightAdjointByTaps(_ terms: [(a: Tensor, cotangent: Tensor)]) throws -> Tensor {
    let block = ConvolutionTiling.channelBlock(g)
    let blocks = (g.inputs + block - 1) / block
    let tile = ConvolutionTiling.summed(rows: block, columns: g.outputs)
    let packed = try Tensor(Shape(g.depth, adjointRow), for: "conv2d")
    let adjoint = TransposedProduct(rows: block, columns: g.outputs, depth: tile, cotangentRow: g.outputs)
    let size = PanelProduct.padded(rows: block) * adjointRow
    try ThreadPool.shared.run(g.taps * blocks, scratch: adjoint.scratch + size, for: "conv2d") { index, scratch in
      let tap = index / blocks
      let channel = index % blocks * block
      let channels = min(block, g.inputs - channel)
      let sum = scratch + adjoint.scratch
      var accumulate = false
      for term in terms {
        var first = 0
        while first < g.pixels {
          let last = min(g.pixels, first + tile)
          Columns.gatherTap(
            term.a.source, g.grid, tap: tap, channel: channel, count: channels, first: first, last: last,
            into: scratch, row: adjoint.row)
          adjoint.add(
            last - first, scratch, term.cotangent.source + first * g.outputs, accumulate: accumulate, to: sum,
            ldc: adjointRow)
          accumulate = true
          first = last
        }
      }
      let target = packed.pointer + (tap * g.inputs + channel) * adjointRow
      if accumulate {
        target.update(from: sum, count: channels * adjointRow)
      } else {
        target.update(repeating: 0, count: channels * adjointRow)
      }
    }
    return packed
  }

  /// weight (outputs, inputs, taps) in panels of the matrix that a product multiplies with.
  private func pack(_ weight: Tensor, _ direction: WeightOrder.Direction) throws -> Tensor {
    try weight.form(.columns(direction)) {
      let (from, to) = direction == .forward ? (g.depth, g.outputs) : (g.outputs, g.depth)
      let packed = try Tensor(
        Shape(PanelProduct.panelElements(depth: from, columns: to)), for: "packed weights of conv2d")
      let width = PanelProduct.blockColumns
      let pack = direction == .forward ? WeightOrder.packForward : WeightOrder.packBackward
      parallelChunks((to + width - 1) / width, of: 1) { panel, _ in
        pack(weight.source, g.outputs, g.inputs, g.taps, panel * width, packed.pointer)
      }
      return packed
    }
  }
}

/// Sums of products aᵀ·ȳ over tiles of pixels: columns a gathered into scratch memory, cotangents ȳ copied beside them, both
/// with rows as `PanelProduct` wants them.
private struct TransposedProduct {
  let rows, columns, depth: Int
  /// Elements from one row of ȳ to the next.
  let cotangentRow: Int

  /// Elements from one gathered row to the next.
  var row: Int { PanelProduct.rowStride(rows) }
  private var copyRow: Int { PanelProduct.rowStride(columns) }
  var scratch: Int { depth * (row + copyRow) }

  /// c = or += aᵀ·ȳ for `count` pixels gathered at the start of `scratch`.
  func add(
    _ count: Int, _ scratch: Destination, _ cotangent: Source, accumulate: Bool, to c: Destination, ldc: Int
  ) {
    let copy = scratch + depth * row
    for pixel in 0..<count {
      (copy + pixel * copyRow).update(from: cotangent + pixel * cotangentRow, count: columns)
    }
    PanelProduct.multiplyTransposed(
      rows: rows, columns: columns, depth: count, scratch, lda: row, copy, ldb: copyRow, accumulate: accumulate,
      into: c, ldc: ldc)
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

  /// Pixels that one product of a weight adjoint of rows × columns sums over: few enough for both factors to stay in the
  /// second-level cache, 256 KiB in single precision, since every block of the result runs through all of them.
  static func summed(rows: Int, columns: Int) -> Int { max(64, (1 << 16) / max(1, rows + columns)) }

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
