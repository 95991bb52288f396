/// One axis of a resize: `inputs` pixels from `start` become `outputs`, of which those in `window` are wanted.
struct ResamplingAxis {
  var start: Int
  var inputs: Int
  var outputs: Int
  var window: Range<Int>

  /// A crop of `length` pixels from `start` resized to `size`.
  init(crop start: Int, _ length: Int, to size: Int) {
    self.init(start: start, inputs: length, outputs: size, window: 0..<size)
  }

  /// All of `length` pixels resized to `resized`, of which the central `size` are wanted, centred as torchvision does
  /// (halves round to the even pixel).
  init(center length: Int, resized: Int, to size: Int) {
    let first = Int((Double(resized - size) / 2).rounded(.toNearestOrEven))
    self.init(start: 0, inputs: length, outputs: resized, window: first..<first + size)
  }

  private init(start: Int, inputs: Int, outputs: Int, window: Range<Int>) {
    self.start = start
    self.inputs = inputs
    self.outputs = outputs
    self.window = window
  }

  /// The part of the image, in its own pixels and their fractions, that the wanted outputs show.
  var shown: (start: Double, length: Double) {
    (
      Double(start) + Double(window.lowerBound) * Double(inputs) / Double(outputs),
      Double(window.count) * Double(inputs) / Double(outputs)
    )
  }

  /// Height and width after resizing the shorter side to `shorter` (0: as they are); the longer one is truncated.
  static func resized(height: Int, width: Int, shorter: Int) -> (height: Int, width: Int) {
    if shorter == 0 { return (height, width) }
    return height <= width ? (shorter, shorter * width / height) : (shorter * height / width, shorter)
  }
}
