/// NHWC images under windows that lie `stride` pixels apart, rearranged: stride×stride pixels become one, their
/// channels beside each other in the order (row, column, channel). Windows of kernel×kernel pixels become
/// `taps`×`taps`, one pixel apart; where they reach past the old ones, their weights are zero. Sizes are proved by
/// whoever makes one.
public struct SpaceToDepth: Sendable {
  public let stride, kernel, padding: Int
  public let input: Extent2
  public let channels: Int
  /// Side of the windows over rearranged images.
  public let taps: Int
  /// Pixels of a rearranged image: as many as all windows together take.
  public let dense: Extent2
  /// Channels of rearranged images.
  public let depth: Int

  public init(
    stride: Int, kernel: Int, padding: Int, input: Extent2, channels: Int, taps: Int, dense: Extent2, depth: Int
  ) {
    self.stride = stride
    self.kernel = kernel
    self.padding = padding
    self.input = input
    self.channels = channels
    self.taps = taps
    self.dense = dense
    self.depth = depth
  }

  /// Rearranges `images`; pixels outside the image are zero.
  public func gather(_ x: Source, images: Range<Int>, into out: Destination) {
    forEachRun(images) { inside, pixel, place in
      let target = out + place
      for i in 0..<stride * channels { target[i] = inside.contains(i) ? x[pixel + i] : 0 }
    }
  }

  /// The transpose of `gather`: x = what stands in its pixels' places, zero where no window reaches.
  public func scatter(_ rearranged: Source, images: Range<Int>, into x: Destination) {
    let image = input.product * channels
    (x + images.lowerBound * image).update(repeating: 0, count: images.count * image)
    forEachRun(images) { inside, pixel, place in
      for i in inside { x[pixel + i] = rearranged[place + i] }
    }
  }

  /// Calls `body` for each run of `stride` pixels of one row: which of its elements lie inside the image, where the
  /// first would be in the batch of images, and where it is in that of rearranged ones.
  @inline(__always)
  private func forEachRun(_ images: Range<Int>, _ body: (_ inside: Range<Int>, _ pixel: Int, _ place: Int) -> Void) {
    let run = stride * channels
    for image in images {
      for i in 0..<dense.height {
        for phase in 0..<stride {
          let y = stride * i + phase - padding
          let isOutside = y < 0 || y >= input.height
          let row = (image * input.height + y) * input.width * channels
          var place = (image * dense.height + i) * dense.width * depth + phase * run
          for j in 0..<dense.width {
            let first = (stride * j - padding) * channels
            let lower = min(max(0, -first), run)
            let upper = isOutside ? lower : max(lower, min(run, input.width * channels - first))
            body(lower..<upper, row + first, place)
            place += depth
          }
        }
      }
    }
  }

  /// Weights (outputs, depth, taps, taps) of the windows over rearranged images, of outputs `range`, from (outputs,
  /// channels, kernel, kernel).
  public func gatherWeights(_ weights: Source, outputs range: Range<Int>, into out: Destination) {
    forEachWeight(range) { place, weight in out[place] = weight.map { weights[$0] } ?? 0 }
  }

  /// The transpose of `gatherWeights`.
  public func scatterWeights(_ rearranged: Source, outputs range: Range<Int>, into weights: Destination) {
    forEachWeight(range) { place, weight in if let weight { weights[weight] = rearranged[place] } }
  }

  /// Calls `body` with the place of every weight of the windows over rearranged images, and that of its own; nil where
  /// there is none.
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
