import BisslCore
import BisslKernels

/// RoIAlign (He et al. 2017), as torchvision's roi_align: boxes of maps (N, H, W, C) divided into `size` bins, each the
/// mean of bilinear samples, (boxes, height, width, C). Linear in the maps; boxes are constants.
public struct RoIAlign: LinearOperation {
  /// x0, y0, x1, y1 of each box, in units of which `scale` make a cell.
  public let boxes: [Double]
  /// The map that each box lies in.
  public let images: [Int]
  public let size: Extent2
  public let scale: Double
  /// Samples per bin and axis; 0 takes ⌈bin⌉.
  public let samplingRatio: Int
  /// Whether coordinates are shifted by half a cell, so that a box's corner 0 is the edge of the first cell and not its
  /// centre. Boxes may then be narrower than a cell.
  public let isAligned: Bool

  public var name: String { "roi_align" }

  public init(
    boxes: [Double], images: [Int], size: Extent2, scale: Double = 1 / 16, samplingRatio: Int = 2,
    isAligned: Bool = false
  ) {
    self.boxes = boxes
    self.images = images
    self.size = size
    self.scale = scale
    self.samplingRatio = samplingRatio
    self.isAligned = isAligned
  }

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: SeparableResampling) {
    try expect(1, inputs)
    let x = inputs[0].shape
    try validate(x)
    var (rows, columns) = (AxisWeights(), AxisWeights())
    for box in images.indices {
      try Interrupt.check()
      append(to: &rows, from: boxes[4 * box + 1], to: boxes[4 * box + 3], bins: size.height, cells: x[1])
      append(to: &columns, from: boxes[4 * box], to: boxes[4 * box + 2], bins: size.width, cells: x[2])
    }
    let resampling = SeparableResampling(sources: images, size: size, rows: rows, columns: columns)
    return (try resampling.apply(to: inputs[0], for: name), resampling)
  }

  public func apply(at point: Point<SeparableResampling>, to tangents: [Tensor?]) throws -> Tensor {
    try tangents[0].map { try point.saved.apply(to: $0, for: name) } ?? Tensor.zeros(point.output.shape)
  }

  public func transpose(
    at point: Point<SeparableResampling>, of cotangent: Tensor, wanted: [Bool]
  ) throws -> [Tensor?] {
    [wanted[0] ? try point.saved.transpose(of: cotangent, to: point.inputs[0].shape, for: name) : nil]
  }

  /// The bins of one box along one axis.
  private func append(to weights: inout AxisWeights, from low: Double, to high: Double, bins: Int, cells: Int) {
    let start = low * scale - (isAligned ? 0.5 : 0)
    let length = isAligned ? (high - low) * scale : max((high - low) * scale, 1)
    let bin = length / Double(bins)
    let samples = samplingRatio > 0 ? samplingRatio : Int(bin.rounded(.up))
    let step = samples > 0 ? bin / Double(samples) : 0
    for index in 0..<bins {
      let first = start + Double(index) * bin
      let inside = samplesInside(from: first, step: step, count: samples, cells: cells)
      weights.append(
        samplesAt: inside.lazy.map { first + (Double($0) + 0.5) * step }, share: 1 / Double(max(samples, 1)),
        extent: cells)
    }
  }

  /// Which samples of a bin may read a cell: of a box much larger than its map, most do not.
  private func samplesInside(from first: Double, step: Double, count: Int, cells: Int) -> Range<Int> {
    if step <= 0 { return 0..<count }
    let bound = { (place: Double) in min(max((place - first) / step, 0), Double(count)) }
    let (low, high) = (bound(-2).rounded(.down), bound(Double(cells) + 1).rounded(.up))
    return Int(low)..<Int(high)
  }

  private func validate(_ x: Shape) throws {
    try check(x.rank == 4, "expected maps of shape (batch, height, width, channels), got \(x)")
    try check(x[1] > 0 && x[2] > 0, "maps of shape \(x) have no cells to sample")
    try check(size.height > 0 && size.width > 0, "expected a positive size, got (\(size.height), \(size.width))")
    try check(scale > 0 && scale.isFinite, "expected a scale above 0, got \(scale)")
    try check(
      boxes.count == 4 * images.count,
      "expected a box (x0, y0, x1, y1) for each of \(images.count) images, got \(boxes.count) numbers")
    if let box = images.firstIndex(where: { !(0..<x[0]).contains($0) }) {
      throw EngineError.value("\(name): image_index[\(box)] is \(images[box]), allowed are 0 to \(x[0] - 1)")
    }
    for box in images.indices { try validate(box: box) }
  }

  private func validate(box: Int) throws {
    let corners = Array(boxes[4 * box..<4 * box + 4])
    try check(
      corners.allSatisfy { abs($0 * scale) <= Self.farthest },
      "boxes[\(box)] is \(corners): expected numbers, of at most 2³⁰ cells")
    try check(
      corners[0] <= corners[2] && corners[1] <= corners[3],
      "boxes[\(box)] is \(corners): expected x0 ≤ x1 and y0 ≤ y1")
  }

  /// Numbers of samples are then numbers. (Comparisons with NaN are false.)
  private static let farthest = Double(1 << 30)
}
