/// The phases of NHWC images under windows that lie `stride` pixels apart: stride×stride pixels become one, their channels
/// beside each other in the order (row, column, channel). Windows of kernel×kernel pixels become `taps`×`taps`, one pixel
/// apart; where they reach past the old ones, their weights are zero.
public struct Phases: Sendable {
  public let stride, kernel, padding: Int
  /// Of the images.
  public let height, width, channels: Int
  /// Side of the windows over phases.
  public let taps: Int
  /// Of the images of phases: as many pixels as all windows together take.
  public let down, across: Int

  public init(
    stride: Int, kernel: Int, padding: Int, height: Int, width: Int, channels: Int, outHeight: Int, outWidth: Int
  ) {
    self.stride = stride
    self.kernel = kernel
    self.padding = padding
    self.height = height
    self.width = width
    self.channels = channels
    taps = (kernel + stride - 1) / stride
    down = outHeight + taps - 1
    across = outWidth + taps - 1
  }

  /// Channels of the images of phases.
  public var depth: Int { stride * stride * channels }

  /// phases of `images`; pixels outside the image are zero.
  public func gather(_ x: Source, images: Range<Int>, into phases: Destination) {
    forEachRun(images) { inside, pixel, place in
      let target = phases + place
      for i in 0..<stride * channels { target[i] = inside.contains(i) ? x[pixel + i] : 0 }
    }
  }

  /// The transpose of `gather`: x = what stands in its pixels' places, zero where no window reaches.
  public func scatter(_ phases: Source, images: Range<Int>, into x: Destination) {
    let image = height * width * channels
    (x + images.lowerBound * image).update(repeating: 0, count: images.count * image)
    forEachRun(images) { inside, pixel, place in
      for i in inside { x[pixel + i] = phases[place + i] }
    }
  }

  /// Calls `body` for each run of `stride` pixels of one row: which of its elements lie inside the image, where the first
  /// would be in the batch of images, and where it is in that of phases.
  @inline(__always)
  private func forEachRun(_ images: Range<Int>, _ body: (_ inside: Range<Int>, _ pixel: Int, _ place: Int) -> Void) {
    let run = stride * channels
    for image in images {
      for i in 0..<down {
        for phase in 0..<stride {
          let y = stride * i + phase - padding
          let isOutside = y < 0 || y >= height
          let row = (image * height + y) * width * channels
          var place = (image * down + i) * across * depth + phase * run
          for j in 0..<across {
            let first = (stride * j - padding) * channels
            let lower = min(max(0, -first), run)
            let upper = isOutside ? lower : max(lower, min(run, width * channels - first))
            body(lower..<upper, row + first, place)
            place += depth
          }
        }
      }
    }
  }

  /// Weights (outputs, depth, taps, taps) of the windows over phases, of outputs `range`, from (outputs, channels, kernel,
  /// kernel).
  public func gatherWeights(_ weights: Source, outputs range: Range<Int>, into phases: Destination) {
    forEachWeight(range) { place, weight in phases[place] = weight.map { weights[$0] } ?? 0 }
  }

  /// The transpose of `gatherWeights`.
  public func scatterWeights(_ phases: Source, outputs range: Range<Int>, into weights: Destination) {
    forEachWeight(range) { place, weight in if let weight { weights[weight] = phases[place] } }
  }

  /// Calls `body` with the place of every weight of the windows over phases, and that of its own; nil where there is none.
  @inline(__always)
  private func forEachWeight(_ outputs: Range<Int>, _ body: (_ place: Int, _ weight: Int?) -> Void) {
    for output in outputs {
      var place = output * depth * taps * taps
      for phase in 0..<stride * stride {
        for channel in 0..<channels {
          let window = (output * channels + channel) * kernel
          for a in 0..<taps {
            for b in 0..<taps {
              let (row, column) = (stride * a + phase / stride, stride * b + phase % stride)
              body(place, row < kernel && column < kernel ? (window + row) * kernel + column : nil)
              place += 1
            }
          }
        }
      }
    }
  }
}
