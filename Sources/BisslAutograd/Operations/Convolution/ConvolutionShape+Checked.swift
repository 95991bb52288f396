import BisslCore
import BisslKernels

extension ConvolutionShape {
  /// Of x (batch, height, width, inputs) with weights w (outputs, inputs/groups, kernel height, kernel width). Throws
  /// unless they fit.
  init(
    _ x: Shape, _ w: Shape, stride: Extent2 = Extent2(1), padding: Extent2 = Extent2(0),
    dilation: Extent2 = Extent2(1), groups: Int = 1
  ) throws {
    try require(
      w.rank == 4, .value("conv2d: expected weight (outputs, inputs/groups, height, width), got shape \(w)"))
    let windows = try WindowGrid(
      over: x, kernel: Extent2(w[2], w[3]), stride: stride, padding: padding, dilation: dilation, for: "conv2d")
    try require(
      groups > 0 && x[3] % groups == 0 && w[0] % groups == 0,
      .value("conv2d: groups \(groups) must divide the \(x[3]) channels of the input and the \(w[0]) of the output"))
    try require(
      x[3] / groups == w[1],
      .value(
        groups == 1
          ? "conv2d: the input has \(x[3]) channels, the weight of shape \(w) expects \(w[1])"
          : "conv2d: the input has \(x[3] / groups) channels in each of \(groups) groups, "
            + "the weight of shape \(w) expects \(w[1])"
      ))
    self.init(windows: windows, outputs: w[0], groups: groups)
    _ = try Shape(batch, output.height, output.width, kernel.height, kernel.width, outputs)
    try BLAS.matrixExtents(depth, outputs, pixels)
  }
}
