import BisslCore
import BisslKernels

extension WindowGrid {
  /// Throws unless windows fit images of shape x (batch, height, width, channels), and sizes fit memory.
  init(over x: Shape, kernel: Extent2, stride: Extent2, padding: Extent2, dilation: Extent2, for name: String) throws {
    try require(x.rank == 4, .value("\(name): expected an input (batch, height, width, channels), got shape \(x)"))
    let output = Extent2(
      try windowCount("height", x[1], kernel.height, stride.height, padding.height, dilation.height),
      try windowCount("width", x[2], kernel.width, stride.width, padding.width, dilation.width))
    // Elements of the whole im2col matrix: no algorithm computes with larger numbers.
    _ = try Shape(x[0], output.height, output.width, kernel.height, kernel.width, x[3])
    self.init(
      batch: x[0], input: Extent2(x[1], x[2]), channels: x[3], kernel: kernel, stride: stride, padding: padding,
      dilation: dilation, output: output)
  }
}

/// How many windows fit along one axis.
private func windowCount(
  _ axis: String, _ size: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int
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
