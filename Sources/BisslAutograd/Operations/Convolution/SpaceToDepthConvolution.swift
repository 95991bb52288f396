import BisslCore
import BisslKernels

/// A convolution of stride s as Winograd's of stride 1 over the s² phases of its images (`Phases`). For windows that are
/// wide for their stride: in the first layer of ResNets, 7×7 at stride 2, 49 products over 12 channels take the place of
/// 784 over 3.
struct PhasedConvolution: ConvolutionAlgorithm {
  private let g: ConvolutionGeometry
  private let phases: Phases
  private let dense: ConvolutionGeometry
  private let winograd: WinogradConvolution

  /// - Parameters:
  ///   - geometry: of a convolution for which there is a `dense` one.
  ///   - tile: one of Winograd's for that.
  ///   - format: of the operands of its products.
  init(
    _ geometry: ConvolutionGeometry, dense: ConvolutionGeometry, _ tile: WinogradTile,
    _ format: OperandFormat = .whole
  ) {
    g = geometry
    self.dense = dense
    phases = Phases(geometry)
    winograd = WinogradConvolution(dense, tile, format)
  }

  /// The convolution over phases; nil where steps are 1 or windows are not square.
  static func dense(_ g: ConvolutionGeometry) -> ConvolutionGeometry? {
    guard g.isSquare && g.stride.height > 1 else { return nil }
    let phases = Phases(g)
    return try? ConvolutionGeometry(
      Shape(g.batch, phases.down, phases.across, phases.depth),
      Shape(g.outputs, phases.depth, phases.taps, phases.taps), stride: Extent2(1), padding: Extent2(0),
      dilation: Extent2(1))
  }

  func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws {
    try winograd.product(terms.map { (try images($0.a), try weights($0.b)) }, into: y)
  }

  func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws {
    let adjoint = try Tensor(denseImages, for: "conv2d")
    try winograd.leftAdjoint(terms.map { ($0.cotangent, try weights($0.b)) }, into: adjoint)
    parallelChunks(g.batch, of: 1) { _, range in phases.scatter(adjoint.source, images: range, into: x.pointer) }
  }

  func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into weight: Tensor) throws {
    let adjoint = try Tensor(denseWeights, for: "conv2d")
    try winograd.rightAdjoint(terms.map { (try images($0.a), $0.cotangent) }, into: adjoint)
    parallelChunks(g.outputs, of: WeightOrder.block) { _, range in
      phases.scatterWeights(adjoint.source, outputs: range, into: weight.pointer)
    }
  }

  private var denseImages: Shape {
    get throws { try Shape(g.batch, dense.input.height, dense.input.width, dense.inputs) }
  }
  private var denseWeights: Shape {
    get throws { try Shape(g.outputs, dense.inputs, dense.kernel.height, dense.kernel.width) }
  }

  private func images(_ x: Tensor) throws -> Tensor {
    let out = try Tensor(denseImages, for: "conv2d")
    parallelChunks(g.batch, of: 1) { _, range in phases.gather(x.source, images: range, into: out.pointer) }
    return out
  }

  /// With a place of their own for what Winograd's transforms make of them.
  private func weights(_ weight: Tensor) throws -> Tensor {
    try weight.form(.phases(stride: phases.stride)) {
      let out = try Tensor(denseWeights, for: "conv2d").preparing()
      parallelChunks(g.outputs, of: WeightOrder.block) { _, range in
        phases.gatherWeights(weight.source, outputs: range, into: out.pointer)
      }
      return out
    }
  }
}

extension Phases {
  /// Those of a convolution with equal strides, kernels and paddings.
  fileprivate init(_ g: ConvolutionGeometry) {
    self.init(
      stride: g.stride.height, kernel: g.kernel.height, padding: g.padding.height, height: g.input.height,
      width: g.input.width, channels: g.inputs, outHeight: g.output.height, outWidth: g.output.width)
  }
}
