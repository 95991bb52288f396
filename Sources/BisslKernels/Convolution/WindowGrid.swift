/// A (vertical, horizontal) pair: kernel, stride, padding, dilation, pixels of an image.
public struct Extent2: Equatable, Sendable, CustomStringConvertible {
  public let height: Int
  public let width: Int

  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  public init(_ both: Int) { self.init(both, both) }

  public var description: String { "(\(height), \(width))" }

  public var product: Int { height * width }
}

/// Windows that slide over NHWC images (batch, input, channels), one per output pixel. Whoever makes one has proved
/// that they fit the images and that the numbers of pixels and elements do not overflow.
public struct WindowGrid: Equatable, Sendable {
  public let batch: Int
  public let input: Extent2
  public let channels: Int
  public let kernel, stride, padding, dilation: Extent2
  public let output: Extent2

  public init(
    batch: Int, input: Extent2, channels: Int, kernel: Extent2, stride: Extent2, padding: Extent2, dilation: Extent2,
    output: Extent2
  ) {
    self.batch = batch
    self.input = input
    self.channels = channels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.output = output
  }

  /// Taps of the kernel, counted row by row.
  public var taps: Int { kernel.product }
  /// Output pixels of the whole batch.
  public var pixels: Int { batch * output.product }
  /// Elements of one input image.
  public var imageElements: Int { input.product * channels }
  /// Elements of one image of as many output pixels and channels.
  public var outputElements: Int { output.product * channels }
}
