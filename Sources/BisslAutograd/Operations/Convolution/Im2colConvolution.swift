import BisslCore
import BisslKernels

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
    let products = SummedProducts(depth: g.pixels, m: g.depth, n: g.outputs)
    let adjoint = try Tensor(Shape(g.depth, g.outputs), for: "conv2d")
    let sums = try terms.map { term in
      (a: columns(of: term.a), b: SummedProducts.rows(of: try term.cotangent.reshaped(to: Shape(g.pixels, g.outputs))))
    }
    try products.multiply(sums, into: adjoint)
    parallelChunks(g.outputs, of: WeightOrder.block) { _, range in
      WeightOrder.unpack(
        adjoint.source, outputs: g.outputs, inputs: g.inputs, taps: g.taps, range: range, into: weight.pointer)
    }
  }

  /// Rows of the column matrix.
  private func columns(of x: Tensor) -> SummedProducts.Rows {
    return { pixels, scratch in
      Columns.gather(
        x.source, g.grid, first: pixels.lowerBound, last: pixels.upperBound, into: scratch, row: g.depth)
      return (Source(scratch), g.depth)
    }
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

  /// Rows of the column matrix that one product takes.
  static func rows(depth: Int, least: Int) -> Int { max(least, tileElements / max(1, depth)) }

  /// Whole images that one chunk of the input adjoint takes: enough rows for an efficient product, enough chunks to share.
  static func images(pixels: Int, of batch: Int) -> Int {
    max(1, min((batch + 7) / 8, (96 + pixels - 1) / max(1, pixels)))
  }
}
