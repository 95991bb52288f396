import BisslCore
import BisslKernels

/// Maps (N, H, W, C) at another size by bilinear interpolation between the centres of pixels, as PyTorch's interpolate
/// with mode="bilinear" and align_corners=False. Smaller maps are sampled, not averaged.
public struct Interpolate: LinearOperation {
  public let size: Extent2

  public var name: String { "interpolate" }

  public init(to size: Extent2) { self.size = size }

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: SeparableResampling) {
    try expect(1, inputs)
    let x = inputs[0].shape
    try check(x.rank == 4, "expected maps of shape (batch, height, width, channels), got \(x)")
    try check(x[1] > 0 && x[2] > 0, "maps of shape \(x) have no pixels")
    try check(size.height > 0 && size.width > 0, "expected a positive size, got (\(size.height), \(size.width))")
    let resampling = SeparableResampling(
      sources: Array(0..<(inputs[0].count == 0 ? 0 : x[0])), size: size, rows: axis(of: size.height, from: x[1]),
      columns: axis(of: size.width, from: x[2]))
    if inputs[0].count == 0 { return (try makeTensor(Shape(x[0], size.height, size.width, x[3])), resampling) }
    return (try resampling.apply(to: inputs[0], for: name), resampling)
  }

  public func apply(at point: Point<SeparableResampling>, to tangents: [Tensor?]) throws -> Tensor {
    guard let tangent = tangents[0], tangent.count > 0 else { return try Tensor.zeros(point.output.shape) }
    return try point.saved.apply(to: tangent, for: name)
  }

  public func transpose(
    at point: Point<SeparableResampling>, of cotangent: Tensor, wanted: [Bool]
  ) throws -> [Tensor?] {
    [wanted[0] ? try point.saved.transpose(of: cotangent, to: point.inputs[0].shape, for: name) : nil]
  }

  private func axis(of count: Int, from cells: Int) -> AxisWeights {
    var weights = AxisWeights()
    let step = Double(cells) / Double(count)
    for position in 0..<count {
      weights.append(samplesAt: CollectionOfOne((Double(position) + 0.5) * step - 0.5), share: 1, extent: cells)
    }
    return weights
  }
}
