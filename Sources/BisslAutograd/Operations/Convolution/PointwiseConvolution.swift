import BisslCore
import BisslKernels

/// Convolution with 1×1 windows: a product of two matrices, the pixels that windows see (batch·height·width, inputs)
/// and the weights (outputs, inputs).
struct PointwiseConvolution: ConvolutionAlgorithm {
  private let shape: ConvolutionShape
  private let precision: GEMM.Precision

  init(_ shape: ConvolutionShape, _ precision: GEMM.Precision) {
    self.shape = shape
    self.precision = precision
  }

  static func serves(_ shape: ConvolutionShape) -> Bool { shape.taps == 1 }

  func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws {
    try GEMMDriver.multiply(
      terms.map { (x: try seen($0.a), w: try weights($0.b)) }, isTransposed: true, precision, into: outputs(y))
  }

  func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws {
    let inputs = try Shape(shape.pixels, shape.inputs)
    let seen = try seesAll ? x.reshaped(to: inputs) : Tensor(inputs, for: "conv2d")
    try GEMMDriver.multiply(
      terms.map { (x: try outputs($0.cotangent), w: try weights($0.b)) }, isTransposed: false, precision, into: seen)
    if seesAll { return }
    let pixels = shape.output.product
    parallelChunks(shape.batch, of: 1) { image, _ in
      (x.pointer + image * shape.imageElements).update(repeating: 0, count: shape.imageElements)
      Im2col.col2im(
        seen.source + image * pixels * shape.inputs, shape.windows, first: image * pixels, last: (image + 1) * pixels,
        to: x.pointer)
    }
  }

  func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into weight: Tensor) throws {
    let driver = TransposedGEMMDriver(depth: shape.pixels, m: shape.outputs, n: shape.inputs, precision)
    let factors = try terms.map { term in
      (
        a: TransposedGEMMDriver.rows(of: try outputs(term.cotangent)),
        b: TransposedGEMMDriver.rows(of: try seen(term.a))
      )
    }
    try driver.multiply(factors, into: weight)
  }

  /// Whether every pixel is seen, once.
  private var seesAll: Bool { shape.stride == Extent2(1) && shape.padding == Extent2(0) }

  /// The pixels of x that windows see, row by row.
  private func seen(_ x: Tensor) throws -> Tensor {
    let matrix = try Shape(shape.pixels, shape.inputs)
    if seesAll { return try x.reshaped(to: matrix) }
    let seen = try Tensor(matrix, for: "conv2d")
    parallelRows(shape.pixels, of: shape.inputs) { rows in
      Im2col.im2col(
        x.source, shape.windows, first: rows.lowerBound, last: rows.upperBound,
        into: seen.pointer + rows.lowerBound * shape.inputs, row: shape.inputs)
    }
    return seen
  }

  private func outputs(_ y: Tensor) throws -> Tensor { try y.reshaped(to: Shape(shape.pixels, shape.outputs)) }

  private func weights(_ w: Tensor) throws -> Tensor { try w.reshaped(to: Shape(shape.outputs, shape.inputs)) }
}
