import BisslCore
import BisslKernels

/// A convolution with dilation d at stride 1 as Winograd's without dilation over d² interleaved images (`Interleaving`):
/// an output pixel sees every d-th pixel only, which are those of one of them.
///
/// The padding is a multiple of the dilation, so that each image is padded alike. An image with fewer rows or columns than
/// the others ends in zeros, which stand where its padding would, and the outputs beyond its own are left out.
struct DilatedConvolution: ConvolutionAlgorithm {
  private let shape: ConvolutionShape
  private let dense: ConvolutionShape
  private let images, outputs: Interleaving
  private let winograd: WinogradConvolution

  /// - Parameters:
  ///   - shape: that of a convolution for which there is a `dense` one.
  ///   - tile: one of Winograd's for that.
  init(_ shape: ConvolutionShape, _ tile: WinogradTile, _ precision: GEMM.Precision = .full) throws {
    self.shape = shape
    dense = try Self.denseShape(shape)
    images = Interleaving(step: shape.dilation, image: shape.input, channels: shape.inputs)
    outputs = Interleaving(step: shape.dilation, image: shape.output, channels: shape.outputs)
    winograd = WinogradConvolution(dense, tile, precision)
  }

  /// The convolution of interleaved images; nil where windows are not spread, steps are not 1, or the padding is no
  /// multiple of the dilation.
  static func dense(_ shape: ConvolutionShape) -> ConvolutionShape? {
    let (dilation, padding) = (shape.dilation, shape.padding)
    guard
      dilation != Extent2(1), shape.stride == Extent2(1), padding.height % dilation.height == 0,
      padding.width % dilation.width == 0
    else { return nil }
    return try? denseShape(shape)
  }

  private static func denseShape(_ shape: ConvolutionShape) throws -> ConvolutionShape {
    let parts = Interleaving(step: shape.dilation, image: shape.input, channels: shape.inputs)
    let padding = Extent2(
      shape.padding.height / shape.dilation.height, shape.padding.width / shape.dilation.width)
    return try ConvolutionShape(
      Shape(shape.batch, parts.parts, parts.part.height, parts.part.width, shape.inputs).joiningFirstAxes(),
      Shape(shape.outputs, shape.inputs, shape.kernel.height, shape.kernel.width), padding: padding)
  }

  func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws {
    let parts = try Tensor(denseOutputs, for: "conv2d")
    try winograd.product(terms.map { (try taken(apart: $0.a, images, denseInputs), $0.b) }, into: parts)
    join(parts, outputs, into: y)
  }

  func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws {
    let parts = try Tensor(denseInputs, for: "conv2d")
    try winograd.leftAdjoint(
      terms.map { (try taken(apart: $0.cotangent, outputs, denseOutputs), $0.b) }, into: parts)
    join(parts, images, into: x)
  }

  func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into weight: Tensor) throws {
    try winograd.rightAdjoint(
      terms.map { (try taken(apart: $0.a, images, denseInputs), try taken(apart: $0.cotangent, outputs, denseOutputs)) },
      into: weight)
  }

  private var denseInputs: Shape {
    get throws { try Shape(dense.batch, dense.input.height, dense.input.width, dense.inputs) }
  }
  private var denseOutputs: Shape {
    get throws { try Shape(dense.batch, dense.output.height, dense.output.width, dense.outputs) }
  }

  private func taken(apart x: Tensor, _ interleaving: Interleaving, _ shape: Shape) throws -> Tensor {
    let out = try Tensor(shape, for: "conv2d")
    parallelRows(shape[0], of: out.count / shape[0]) { parts in
      for part in parts { interleaving.gather(x.source, part: part, into: out.pointer) }
    }
    return out
  }

  private func join(_ parts: Tensor, _ interleaving: Interleaving, into x: Tensor) {
    parallelRows(dense.batch, of: parts.count / dense.batch) { range in
      for part in range { interleaving.scatter(parts.source, part: part, into: x.pointer) }
    }
  }
}

extension Shape {
  /// The first two axes as one.
  fileprivate func joiningFirstAxes() throws -> Shape { try Shape([self[0] * self[1]] + dimensions.dropFirst(2)) }
}
