import BisslCore
import BisslKernels

/// Convolution with 1×1 windows: a product of two matrices, the pixels that windows see (batch·height·width, inputs) and
/// the weights (outputs, inputs).
struct PointwiseConvolution: ConvolutionAlgorithm {
  private let g: ConvolutionGeometry
  private let format: OperandFormat
  private let matrices = MatrixProduct(transposeRight: true)

  init(_ geometry: ConvolutionGeometry, _ format: OperandFormat) {
    g = geometry
    self.format = format
  }

  static func serves(_ g: ConvolutionGeometry) -> Bool { g.taps == 1 }

  func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws {
    try matrices.multiply(.yes, terms.map { (try seen($0.a), try weights($0.b)) }, format, into: outputs(y))
  }

  func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws {
    let terms = try terms.map { (cotangent: try outputs($0.cotangent), b: try weights($0.b)) }
    if seesAll { return try matrices.leftAdjoint(terms, into: x.reshaped(to: Shape(g.pixels, g.inputs))) }
    let seen = try Tensor(Shape(g.pixels, g.inputs), for: "conv2d")
    try matrices.leftAdjoint(terms, into: seen)
    parallelChunks(g.batch, of: 1) { image, _ in
      (x.pointer + image * g.imageElements).update(repeating: 0, count: g.imageElements)
      let first = image * g.imagePixels
      Columns.scatterAdd(
        seen.source + first * g.inputs, g.grid, first: first, last: first + g.imagePixels, to: x.pointer)
    }
  }

  func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into weight: Tensor) throws {
    try matrices.rightAdjoint(
      terms.map { (a: try seen($0.a), cotangent: try outputs($0.cotangent)) }, into: weights(weight))
  }

  /// Whether every pixel is seen, once.
  private var seesAll: Bool { g.stride == Extent2(1) && g.padding == Extent2(0) }

  /// The pixels of x that windows see, row by row.
  private func seen(_ x: Tensor) throws -> Tensor {
    let shape = try Shape(g.pixels, g.inputs)
    if seesAll { return try x.reshaped(to: shape) }
    let seen = try Tensor(shape, for: "conv2d")
    parallelRows(g.pixels, of: g.inputs) { rows in
      Columns.gather(
        x.source, g.grid, first: rows.lowerBound, last: rows.upperBound,
        into: seen.pointer + rows.lowerBound * g.inputs, row: g.inputs)
    }
    return seen
  }

  private func outputs(_ y: Tensor) throws -> Tensor { try y.reshaped(to: Shape(g.pixels, g.outputs)) }

  private func weights(_ w: Tensor) throws -> Tensor { try w.reshaped(to: Shape(g.outputs, g.inputs)) }
}
