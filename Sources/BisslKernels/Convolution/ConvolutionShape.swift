/// The extents of one convolution: x (batch, input, inputs) with weights (outputs, inputs/groups, kernel) to y (batch,
/// output, outputs). Output channels of a group see the input channels of that group. Whoever makes one has proved that
/// they fit and that sizes do not overflow.
public struct ConvolutionShape: Equatable, Sendable {
  public let windows: WindowGrid
  public let outputs, groups: Int

  public init(windows: WindowGrid, outputs: Int, groups: Int) {
    self.windows = windows
    self.outputs = outputs
    self.groups = groups
  }

  public var batch: Int { windows.batch }
  public var input: Extent2 { windows.input }
  public var output: Extent2 { windows.output }
  public var kernel: Extent2 { windows.kernel }
  public var stride: Extent2 { windows.stride }
  public var padding: Extent2 { windows.padding }
  public var dilation: Extent2 { windows.dilation }
  public var taps: Int { windows.taps }
  public var pixels: Int { windows.pixels }
  public var imageElements: Int { windows.imageElements }

  public var inputs: Int { windows.channels }
  /// Input channels of one group.
  public var groupInputs: Int { inputs / groups }
  /// Products per output element.
  public var depth: Int { taps * groupInputs }
  /// Whether height and width are treated alike and taps lie side by side.
  public var isSquare: Bool {
    dilation == Extent2(1) && [kernel, stride, padding].allSatisfy { $0.height == $0.width }
  }
}
