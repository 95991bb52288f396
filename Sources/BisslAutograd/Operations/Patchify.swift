import BisslCore

/// Images (batch, height, width, C) cut into squares of `size` pixels, row by row: (batch, patches, size·size·C), each
/// patch flattened as (row, column, channel), as in MAE's targets, or with `channelsFirst` as (channel, row, column),
/// as the weight of a convolution is.
public struct Patchify: LinearOperation {
  public let size: Int
  public let channelsFirst: Bool

  public var name: String { "patchify" }

  public init(size: Int, channelsFirst: Bool = false) {
    self.size = size
    self.channelsFirst = channelsFirst
  }

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Void) {
    try expect(1, inputs)
    let x = inputs[0].shape
    try check(
      x.rank == 4 && size > 0 && x[1] > 0 && x[1] % size == 0 && x[2] > 0 && x[2] % size == 0,
      "expected images (batch, height, width, channels) whose sides are multiples of the patch size \(size), got \(x)")
    let patches = (x[1] / size) * (x[2] / size)
    return (try cut(inputs[0], into: Shape(x[0], patches, size * size * x[3])), ())
  }

  public func apply(at point: Point<Void>, to tangents: [Tensor?]) throws -> Tensor {
    try tangents[0].map { try cut($0, into: point.output.shape) } ?? Tensor.zeros(point.output.shape)
  }

  public func transpose(at point: Point<Void>, of cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    guard wanted[0] else { return [nil] }
    let out = try makeTensor(point.inputs[0].shape)
    forEachPixel(of: out.shape) { pixel, element in out.pointer[pixel] = cotangent.source[element] }
    return [out]
  }

  private func cut(_ x: Tensor, into shape: Shape) throws -> Tensor {
    let out = try makeTensor(shape)
    forEachPixel(of: x.shape) { pixel, element in out.pointer[element] = x.source[pixel] }
    return out
  }

  /// Calls `body` in parallel with the offset of every number in the images and in the patches.
  private func forEachPixel(of images: Shape, _ body: (_ pixel: Int, _ element: Int) -> Void) {
    let (height, width, channels) = (images[1], images[2], images[3])
    let across = width / size
    parallelRows(images[0] * height, of: width * channels) { lines in
      for line in lines {
        // Patches before this row of them, in all images so far: height/size rows each.
        let patchRow = line / height * (height / size) + line % height / size
        for column in 0..<width {
          let patch = (patchRow * across + column / size) * size * size * channels
          for channel in 0..<channels {
            body(
              (line * width + column) * channels + channel,
              patch + place(row: line % height % size, column: column % size, channel, of: channels))
          }
        }
      }
    }
  }

  /// Where a patch has a number.
  private func place(row: Int, column: Int, _ channel: Int, of channels: Int) -> Int {
    channelsFirst ? (channel * size + row) * size + column : (row * size + column) * channels + channel
  }
}
