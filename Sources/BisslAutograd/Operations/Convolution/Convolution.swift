import BisslCore
import BisslKernels

/// Two-dimensional convolution (cross-correlation, as PyTorch's conv2d without bias): x (batch, height, width, inputs)
/// and weight (outputs, inputs/groups, kernel height, kernel width) to (batch, out height, out width, outputs). Output
/// channels of a group see the input channels of that group.
///
/// Bilinear in (x, weight). A `ConvolutionPlan` says which algorithm computes its three maps. All cut their work by
/// shape alone and split no sum by thread.
public struct Convolution: BilinearOperation {
  public let stride: Extent2
  public let padding: Extent2
  public let dilation: Extent2
  public let groups: Int
  private let plans = ConvolutionPlans()

  public var name: String { "conv2d" }

  public init(
    stride: Extent2 = Extent2(1), padding: Extent2 = Extent2(0), dilation: Extent2 = Extent2(1), groups: Int = 1
  ) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  public func productShape(_ x: Shape, _ weight: Shape) throws -> Shape {
    let shape = try plan(x, weight, .current).shape
    return try Shape(shape.batch, shape.output.height, shape.output.width, shape.outputs)
  }

  /// In full precision and without the largest tiles, whose errors are the largest: where a ReLU switches depends on
  /// the primal values, and one that switches wrongly weighs more in a derivative than all rounding of the derivative's
  /// own products.
  public func value(_ x: Tensor, _ weight: Tensor, into y: Tensor) throws {
    if isEmptySum(x, weight, y) { return }
    try plan(x.shape, weight.shape, .primal).algorithm.product([(x, weight)], into: y)
  }

  public func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws {
    if isEmptySum(terms[0].a, terms[0].b, y) { return }
    try plan(terms[0].a.shape, terms[0].b.shape, .current).algorithm.product(terms, into: y)
  }

  public func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws {
    if isEmptySum(terms[0].cotangent, terms[0].b, x) { return }
    try plan(x.shape, terms[0].b.shape, .current).algorithm.leftAdjoint(terms, into: x)
  }

  public func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into weight: Tensor) throws {
    if isEmptySum(terms[0].a, terms[0].cotangent, weight) { return }
    try plan(terms[0].a.shape, weight.shape, .current).algorithm.rightAdjoint(terms, into: weight)
  }

  /// Whether a sum of products of these has no terms; `out` is zero then. Empty tensors may have extents that no
  /// algorithm could hold.
  private func isEmptySum(_ factor: Tensor, _ other: Tensor, _ out: Tensor) -> Bool {
    if factor.count > 0 && other.count > 0 && out.count > 0 { return false }
    out.pointer.update(repeating: 0, count: out.count)
    return true
  }

  private func plan(_ x: Shape, _ weight: Shape, _ setting: ConvolutionSetting) throws -> ConvolutionPlan {
    try plans.plan(x, weight, setting) {
      try ConvolutionPlan(
        ConvolutionShape(x, weight, stride: stride, padding: padding, dilation: dilation, groups: groups), setting)
    }
  }

  /// True: sums of products only, no Winograd transforms. Set from the boundary, under the engine's lock.
  nonisolated(unsafe) public static var isExact = false
}
