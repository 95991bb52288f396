import BisslCore

/// A (vertical, horizontal) pair: kernel, stride, padding, dilation.
public struct Extent2: Equatable, Sendable, CustomStringConvertible {
  public let height: Int
  public let width: Int

  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  public init(_ both: Int) { self.init(both, both) }

  public var description: String { "(\(height), \(width))" }
}

/// The extents of one convolution: x (batch, height, width, inputs) with weights (outputs, inputs, kernel.height,
/// kernel.width) to y (batch, out.height, out.width, outputs).
struct ConvolutionGeometry {
  let batch: Int
  let input: Extent2
  let inputs: Int
  let outputs: Int
  let kernel: Extent2
  let stride: Extent2
  let padding: Extent2
  let dilation: Extent2
  let output: Extent2

  init(
    _ x: Shape, _ w: Shape, stride: Extent2, padding: Extent2, dilation: Extent2
  ) throws {
    try require(x.rank == 4, .value("conv2d: expected input (batch, height, width, channels), got shape \(x)"))
    try require(w.rank == 4, .value("conv2d: expected weight (outputs, inputs, height, width), got shape \(w)"))
    try require(
      x[3] == w[1], .value("conv2d: the input has \(x[3]) channels, the weight of shape \(w) expects \(w[1])"))
    batch = x[0]
    input = Extent2(x[1], x[2])
    inputs = x[3]
    outputs = w[0]
    kernel = Extent2(w[2], w[3])
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    output = Extent2(
      try windowCount("height", input.height, kernel.height, stride.height, padding.height, dilation.height),
      try windowCount("width", input.width, kernel.width, stride.width, padding.width, dilation.width))
    // The elements of all column matrices, of x and of y: no algorithm computes with larger numbers.
    _ = try Shape(batch, output.height, output.width, kernel.height, kernel.width, inputs)
    _ = try Shape(batch, output.height, output.width, kernel.height, kernel.width, outputs)
    try BLAS.matrixExtents(depth, outputs, pixels)
  }

  /// Output pixels of the whole batch.
  var pixels: Int { batch * output.height * output.width }
  /// Output pixels of one image.
  var imagePixels: Int { output.height * output.width }
  /// Elements of one input image.
  var imageElements: Int { input.height * input.width * inputs }
  /// Taps of the kernel.
  var taps: Int { kernel.height * kernel.width }
  /// Whether height and width are treated alike and taps lie side by side.
  var isSquare: Bool {
    dilation == Extent2(1) && [kernel, stride, padding].allSatisfy { $0.height == $0.width }
  }
  /// Products per output element.
  var depth: Int { taps * inputs }
}

/// How many windows fit along one axis.
func windowCount(
  _ axis: String, _ size: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int = 1
) throws -> Int {
  try require(
    kernel > 0 && stride > 0 && padding >= 0 && dilation > 0 && max(kernel, stride, padding, dilation) <= 1 << 15,
    .value(
      "window: kernel \(kernel), stride \(stride), dilation \(dilation) must be positive, padding \(padding) not "
        + "negative, and none above 2¹⁵"))
  let span = dilation * (kernel - 1) + 1
  try require(
    size + 2 * padding >= span,
    .value(
      "an image \(axis) of \(size) (padding \(padding)) is smaller than the window of \(span): use images of at least \(max(1, span - 2 * padding))"
    ))
  return (size + 2 * padding - span) / stride + 1
}
