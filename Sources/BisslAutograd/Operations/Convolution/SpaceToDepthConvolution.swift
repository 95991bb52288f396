import BisslCore
import BisslKernels

/// A convolution of stride s as Winograd's of stride 1 over images rearranged from space to depth (`SpaceToDepth`): s×s
/// pixels become one. For windows that are wide for their stride: in the first layer of ResNets, 7×7 at stride 2, 49
/// products over 12 channels take the place of 784 over 3.
struct SpaceToDepthConvolution: ConvolutionAlgorithm {
  private let shape: ConvolutionShape
  private let arrangement: SpaceToDepth
  private let dense: ConvolutionShape
  private let winograd: WinogradConvolution

  /// - Parameters:
  ///   - shape: that of a convolution for which there is a `dense` one.
  ///   - tile: one of Winograd's for that.
  init(_ shape: ConvolutionShape, _ tile: WinogradTile, _ precision: GEMM.Precision = .full) throws {
    self.shape = shape
    arrangement = try SpaceToDepth(shape)
    dense = try Self.dense(shape, arrangement)
    winograd = WinogradConvolution(dense, tile, precision)
  }

  /// The convolution over rearranged images; nil where steps are 1 or windows are not square.
  static func dense(_ shape: ConvolutionShape) -> ConvolutionShape? {
    guard shape.isSquare && shape.stride.height > 1 else { return nil }
    return try? dense(shape, SpaceToDepth(shape))
  }

  private static func dense(_ shape: ConvolutionShape, _ arrangement: SpaceToDepth) throws -> ConvolutionShape {
    try ConvolutionShape(
      Shape(shape.batch, arrangement.dense.height, arrangement.dense.width, arrangement.depth),
      Shape(shape.outputs, arrangement.depth, arrangement.taps, arrangement.taps))
  }

  func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws {
    try winograd.product(terms.map { (try images($0.a), try weights($0.b)) }, into: y)
  }

  func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws {
    let adjoint = try Tensor(denseImages, for: "conv2d")
    try winograd.leftAdjoint(terms.map { ($0.cotangent, try weights($0.b)) }, into: adjoint)
    parallelChunks(shape.batch, of: 1) { _, range in
      arrangement.scatter(adjoint.source, images: range, into: x.pointer)
    }
  }

  func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into weight: Tensor) throws {
    let adjoint = try Tensor(denseWeights, for: "conv2d")
    try winograd.rightAdjoint(terms.map { (try images($0.a), $0.cotangent) }, into: adjoint)
    parallelChunks(shape.outputs, of: WeightOrder.block) { _, range in
      arrangement.scatterWeights(adjoint.source, outputs: range, into: weight.pointer)
    }
  }

  private var denseImages: Shape {
    get throws { try Shape(dense.batch, dense.input.height, dense.input.width, dense.inputs) }
  }
  private var denseWeights: Shape {
    get throws { try Shape(dense.outputs, dense.inputs, dense.kernel.height, dense.kernel.width) }
  }

  private func images(_ x: Tensor) throws -> Tensor {
    let out = try Tensor(denseImages, for: "conv2d")
    parallelChunks(shape.batch, of: 1) { _, range in
      arrangement.gather(x.source, images: range, into: out.pointer)
    }
    return out
  }

  /// With a place of their own for what Winograd's transforms make of them.
  private func weights(_ weight: Tensor) throws -> Tensor {
    try weight.form(.spaceToDepth(stride: arrangement.stride)) {
      let out = try Tensor(denseWeights, for: "conv2d").preparing()
      parallelChunks(shape.outputs, of: WeightOrder.block) { _, range in
        arrangement.gatherWeights(weight.source, outputs: range, into: out.pointer)
      }
      return out
    }
  }
}

extension SpaceToDepth {
  /// That of a convolution with equal strides, kernels and paddings.
  fileprivate init(_ shape: ConvolutionShape) throws {
    let (stride, kernel) = (shape.stride.height, shape.kernel.height)
    let taps = (kernel + stride - 1) / stride
    let depth = Elements(stride) * Elements(stride) * Elements(shape.inputs)
    self.init(
      stride: stride, kernel: kernel, padding: shape.padding.height, input: shape.input, channels: shape.inputs,
      taps: taps, dense: Extent2(shape.output.height + taps - 1, shape.output.width + taps - 1),
      depth: try depth.count(for: "conv2d"))
  }
}
