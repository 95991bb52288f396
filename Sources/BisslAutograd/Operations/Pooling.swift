import BisslCore
import BisslKernels

/// The greatest value of each window: (batch, height, width, C) to (batch, out height, out width, C), as PyTorch's
/// max_pool2d. Of equal values the first wins, NaN wins over numbers, padding never wins.
public struct MaxPool: LinearOperation {
  private let windows: PoolWindows

  public var name: String { "max_pool2d" }

  /// - Parameter padding: at most half the window.
  public init(window: Extent2, stride: Extent2, padding: Extent2 = Extent2(0)) {
    windows = PoolWindows(window: window, stride: stride, padding: padding)
  }

  public init(window: Int, stride: Int, padding: Int = 0) {
    self.init(window: Extent2(window), stride: Extent2(stride), padding: Extent2(padding))
  }

  /// Saves, for every output element, the position in its window that was chosen. (A number of the build's precision
  /// holds it exactly, and is compared a vector at a time.)
  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Tensor) {
    try expect(1, inputs)
    let (x, g) = (inputs[0], try windows.grid(over: inputs[0].shape, for: name))
    let y = try makeTensor(g.outputShape(batch: x.shape[0]))
    let selection = try makeTensor(y.shape)
    g.forEachOutputRow(batch: x.shape[0]) { image, row, output in
      Pooling.maximum(x.source + image, g, row: row, into: y.pointer + output, selection: selection.pointer + output)
    }
    return (y, selection)
  }

  public func apply(at point: Point<Tensor>, to tangents: [Tensor?]) throws -> Tensor {
    let out = try makeTensor(point.output.shape)
    guard let tangent = tangents[0] else { return try Tensor.zeros(out.shape) }
    let g = try windows.grid(over: tangent.shape, for: name)
    g.forEachOutputRow(batch: tangent.shape[0]) { image, row, output in
      Pooling.select(
        tangent.source + image, g, row: row, selection: point.saved.source + output, into: out.pointer + output)
    }
    return out
  }

  public func transpose(at point: Point<Tensor>, of cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    guard wanted[0] else { return [nil] }
    let shape = point.inputs[0].shape
    let (out, g) = (try makeTensor(shape), try windows.grid(over: shape, for: name))
    g.forEachInputRow(batch: shape[0]) { output, row, input in
      Pooling.scatter(
        cotangent.source + output, selection: point.saved.source + output, g, row: row, into: out.pointer + input)
    }
    return [out]
  }
}

/// The mean of each window, padding counted as zeros (PyTorch's avg_pool2d with its default `count_include_pad=True`).
public struct AveragePool: LinearOperation {
  private let windows: PoolWindows

  public var name: String { "avg_pool2d" }

  /// - Parameter padding: at most half the window.
  public init(window: Extent2, stride: Extent2, padding: Extent2 = Extent2(0)) {
    windows = PoolWindows(window: window, stride: stride, padding: padding)
  }

  public init(window: Int, stride: Int, padding: Int = 0) {
    self.init(window: Extent2(window), stride: Extent2(stride), padding: Extent2(padding))
  }

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Void) {
    try expect(1, inputs)
    return (try average(inputs[0]), ())
  }

  public func apply(at point: Point<Void>, to tangents: [Tensor?]) throws -> Tensor {
    try tangents[0].map(average) ?? Tensor.zeros(point.output.shape)
  }

  public func transpose(at point: Point<Void>, of cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    guard wanted[0] else { return [nil] }
    let shape = point.inputs[0].shape
    let (out, g) = (try makeTensor(shape), try windows.grid(over: shape, for: name))
    g.forEachInputRow(batch: shape[0]) { output, row, input in
      Pooling.spread(cotangent.source + output, g, row: row, scaledBy: windows.share, into: out.pointer + input)
    }
    return [out]
  }

  private func average(_ x: Tensor) throws -> Tensor {
    let g = try windows.grid(over: x.shape, for: name)
    let y = try makeTensor(g.outputShape(batch: x.shape[0]))
    g.forEachOutputRow(batch: x.shape[0]) { image, row, output in
      Pooling.sum(x.source + image, g, row: row, scaledBy: windows.share, into: y.pointer + output)
    }
    return y
  }
}

/// The mean over all pixels of an image: (batch, height, width, C) to (batch, C).
public struct GlobalAveragePool: LinearOperation {
  public var name: String { "global average pooling" }

  public init() {}

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Void) {
    try expect(1, inputs)
    try check(
      inputs[0].shape.rank == 4, "expected an input (batch, height, width, channels), got shape \(inputs[0].shape)")
    try check(
      inputs[0].shape[1] > 0 && inputs[0].shape[2] > 0, "images of shape \(inputs[0].shape) have no pixels to average")
    return (try average(inputs[0]), ())
  }

  public func apply(at point: Point<Void>, to tangents: [Tensor?]) throws -> Tensor {
    try tangents[0].map(average) ?? Tensor.zeros(point.output.shape)
  }

  public func transpose(at point: Point<Void>, of cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    guard wanted[0] else { return [nil] }
    let shape = point.inputs[0].shape
    let (pixels, channels) = (shape[1] * shape[2], shape[3])
    let out = try makeTensor(shape)
    parallelRows(shape[0], of: pixels * channels) { images in
      for image in images {
        Rows.broadcast(
          cotangent.source + image * channels, scaledBy: 1 / Scalar(pixels), rows: pixels, columns: channels,
          into: out.pointer + image * pixels * channels)
      }
    }
    return [out]
  }

  private func average(_ x: Tensor) throws -> Tensor {
    let (pixels, channels) = (x.shape[1] * x.shape[2], x.shape[3])
    let y = try makeTensor(Shape(x.shape[0], channels))
    parallelRows(x.shape[0], of: pixels * channels) { images in
      for image in images {
        Reductions.sumOfRows(
          x.source + image * pixels * channels, rows: pixels, columns: channels, scaledBy: 1 / Scalar(pixels),
          into: y.pointer + image * channels)
      }
    }
    return y
  }
}

/// The windows of a pooling operation, before they meet an image.
private struct PoolWindows {
  let window: Extent2
  let stride: Extent2
  let padding: Extent2

  /// What each pixel of a window adds to its mean.
  var share: Scalar { 1 / Scalar(window.height * window.width) }

  /// Throws unless the windows fit images of `shape`.
  func grid(over shape: Shape, for name: String) throws -> WindowGrid {
    try require(
      shape.rank != 4 || shape[1] > 0 && shape[2] > 0, .value("\(name): images of shape \(shape) have no pixels"))
    let grid = try WindowGrid(
      over: shape, kernel: window, stride: stride, padding: padding, dilation: Extent2(1), for: name)
    try require(
      2 * padding.height <= window.height && 2 * padding.width <= window.width,
      .value("\(name): padding \(padding) must be at most half the window \(window)"))
    // A position in a window is kept as a number of the build's precision, which counts so far.
    try require(grid.taps <= 1 << 24, .value("\(name): expected a window of at most 2²⁴ pixels, got \(window)"))
    return grid
  }
}

extension WindowGrid {
  fileprivate func outputShape(batch: Int) throws -> Shape { try Shape(batch, output.height, output.width, channels) }

  /// Calls `body` in parallel with the offset of an image, a row of its outputs, and the offset of that row.
  fileprivate func forEachOutputRow(batch: Int, _ body: (_ image: Int, _ row: Int, _ output: Int) -> Void) {
    parallelRows(batch * output.height, of: output.width * channels * min(taps, pointwiseChunk)) { rows in
      for row in rows {
        body(row / output.height * imageElements, row % output.height, row * output.width * channels)
      }
    }
  }

  /// Calls `body` in parallel with the offset of an image's outputs, a row of the image, and the offset of that row.
  fileprivate func forEachInputRow(batch: Int, _ body: (_ output: Int, _ row: Int, _ input: Int) -> Void) {
    parallelRows(batch * input.height, of: input.width * channels) { rows in
      for row in rows {
        body(row / input.height * outputElements, row % input.height, row * input.width * channels)
      }
    }
  }
}
