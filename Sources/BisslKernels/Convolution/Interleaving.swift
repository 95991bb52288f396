/// Images taken apart so that every `step`-th pixel, vertically and horizontally, makes an image of its own: what windows
/// spread by a dilation see of an image lies side by side in one of these.
///
/// Part (r, s) of an image holds its pixels (step·i + r, step·j + s). All parts have the extents of the largest, and are
/// zero where the image has no pixel.
public struct Interleaving: Sendable {
  public let step: Extent2
  public let image: Extent2
  public let channels: Int
  /// The extents of a part.
  public let part: Extent2

  public init(step: Extent2, image: Extent2, channels: Int) {
    self.step = step
    self.image = image
    self.channels = channels
    part = Extent2(
      (image.height + step.height - 1) / step.height, (image.width + step.width - 1) / step.width)
  }

  /// Of an image.
  public var parts: Int { step.product }

  /// `index` counts the parts of all images x, image by image, row by row; so do the parts `out`.
  public func gather(_ x: Source, part index: Int, into out: Destination) {
    let (x, out) = (x + index / parts * image.product * channels, out + index * part.product * channels)
    for i in 0..<part.height {
      let row = out + i * part.width * channels
      var count = 0
      for pixel in pixels(ofRow: i, of: index) {
        Elementwise.copy(x + pixel * channels, into: row + count * channels, count: channels)
        count += 1
      }
      (row + count * channels).update(repeating: 0, count: (part.width - count) * channels)
    }
  }

  /// The reverse: writes the pixels of one part to its image.
  public func scatter(_ x: Source, part index: Int, into out: Destination) {
    let (x, out) = (x + index * part.product * channels, out + index / parts * image.product * channels)
    for i in 0..<part.height {
      for (j, pixel) in pixels(ofRow: i, of: index).enumerated() {
        Elementwise.copy(x + (i * part.width + j) * channels, into: out + pixel * channels, count: channels)
      }
    }
  }

  /// The pixels of the image that one row of a part holds.
  private func pixels(ofRow i: Int, of index: Int) -> StrideTo<Int> {
    let (r, s) = (index % parts / step.width, index % step.width)
    let row = i * step.height + r
    if row >= image.height || s >= image.width { return stride(from: 0, to: 0, by: 1) }
    return stride(from: row * image.width + s, to: (row + 1) * image.width, by: step.width)
  }
}
