import BisslCore
import BisslKernels

/// Convolution as matrix products over the im2col matrix, of which a tile of rows exists at a time. Serves every
/// stride, padding and dilation.
struct Im2colConvolution: ConvolutionAlgorithm {
  private let shape: ConvolutionShape
  /// The im2col matrix is made anew for each product: packing it as bfloat16 terms as well would not pay.
  private let gemm = GEMM.full

  init(_ shape: ConvolutionShape) { self.shape = shape }

  func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws {
    let packed = try terms.map { try pack($0.b, .forward) }
    let tile = ConvolutionTiling.rows(depth: shape.depth, least: 96)
    let tiles = (shape.pixels + tile - 1) / tile
    let row = GEMM.rowStride(shape.depth)
    let scratch = try (Elements(tile) * Elements(row)).count(for: "conv2d")
    try ThreadPool.shared.run(tiles, scratch: scratch, for: "conv2d") { index, columns in
      let first = index * tile
      let last = min(shape.pixels, first + tile)
      let extents = GEMMShape(rows: last - first, columns: shape.outputs, depth: shape.depth)
      for (index, (term, weights)) in zip(terms, packed).enumerated() {
        Im2col.im2col(term.a.source, shape.windows, first: first, last: last, into: columns, row: row)
        gemm.multiply(
          extents, .rows(columns, lda: row, packedB: weights.source, isExact: true), accumulate: index > 0,
          epilogue: .none, into: y.pointer + first * shape.outputs, ldc: shape.outputs, workspace: columns)
      }
    }
  }

  func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws {
    let packed = try terms.map { try pack($0.b, .backward) }
    let pixels = shape.output.product
    let group = ConvolutionTiling.images(pixels: pixels, of: shape.batch)
    let tile = min(group * pixels, ConvolutionTiling.rows(depth: shape.depth, least: 96))
    let scratch = try (Elements(tile) * Elements(shape.depth)).count(for: "conv2d")
    try ThreadPool.shared.run((shape.batch + group - 1) / group, scratch: scratch, for: "conv2d") { index, columns in
      let images = index * group..<min(shape.batch, (index + 1) * group)
      (x.pointer + images.lowerBound * shape.imageElements).update(
        repeating: 0, count: images.count * shape.imageElements)
      for first in stride(from: images.lowerBound * pixels, to: images.upperBound * pixels, by: tile) {
        let last = min(images.upperBound * pixels, first + tile)
        let extents = GEMMShape(rows: last - first, columns: shape.depth, depth: shape.outputs)
        for (index, (term, weights)) in zip(terms, packed).enumerated() {
          let cotangent = term.cotangent.source + first * shape.outputs
          gemm.multiply(
            extents, .rows(cotangent, lda: shape.outputs, packedB: weights.source, isExact: true),
            accumulate: index > 0, epilogue: .none, into: columns, ldc: shape.depth, workspace: columns)
        }
        Im2col.col2im(columns, shape.windows, first: first, last: last, to: x.pointer)
      }
    }
  }

  func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into weight: Tensor) throws {
    let driver = TransposedGEMMDriver(depth: shape.pixels, m: shape.depth, n: shape.outputs)
    let adjoint = try Tensor(Shape(shape.depth, shape.outputs), for: "conv2d")
    let factors = try terms.map { term in
      let cotangent = try term.cotangent.reshaped(to: Shape(shape.pixels, shape.outputs))
      return (a: rows(of: term.a), b: TransposedGEMMDriver.rows(of: cotangent))
    }
    try driver.multiply(factors, into: adjoint)
    parallelChunks(shape.outputs, of: WeightOrder.block) { _, range in
      WeightOrder.unpack(
        adjoint.source, outputs: shape.outputs, inputs: shape.inputs, taps: shape.taps, range: range,
        into: weight.pointer)
    }
  }

  /// Rows of the im2col matrix.
  private func rows(of x: Tensor) -> TransposedGEMMDriver.Rows {
    return { pixels, scratch in
      Im2col.im2col(
        x.source, shape.windows, first: pixels.lowerBound, last: pixels.upperBound, into: scratch, row: shape.depth)
      return (Source(scratch), shape.depth)
    }
  }

  /// weight (outputs, inputs, taps) as packed B of a product.
  private func pack(_ weight: Tensor, _ direction: WeightOrder.Direction) throws -> Tensor {
    try weight.form(.im2col(direction)) {
      let isForward = direction == .forward
      let (depth, columns) = isForward ? (shape.depth, shape.outputs) : (shape.outputs, shape.depth)
      let packed = try Tensor(gemm.packedB(depth: depth, columns: columns), for: "packed weights of conv2d")
      let pack = isForward ? WeightOrder.packForward : WeightOrder.packBackward
      parallelChunks(GEMM.paddedColumns(columns), of: GEMM.blockColumns) { _, range in
        pack(weight.source, shape.outputs, shape.inputs, shape.taps, range.lowerBound, packed.pointer)
      }
      return packed
    }
  }
}

/// How a convolution's work is cut: by shape alone, so that results do not depend on the number of threads.
enum ConvolutionTiling {
  /// Elements of a tile of the im2col matrix: 1 MiB in single precision, half a core's share of L2 and L3.
  private static let tileElements = 1 << 18

  /// Rows of the im2col matrix that one product takes.
  static func rows(depth: Int, least: Int) -> Int { max(least, tileElements / max(1, depth)) }

  /// Whole images that one chunk of the input adjoint takes: enough rows for an efficient product, enough chunks to
  /// share.
  static func images(pixels: Int, of batch: Int) -> Int {
    max(1, min((batch + 7) / 8, (96 + pixels - 1) / max(1, pixels)))
  }
}
