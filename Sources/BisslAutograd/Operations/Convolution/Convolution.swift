import BisslCore
import BisslKernels

/// Two-dimensional convolution (cross-correlation, as PyTorch's conv2d without bias): x (batch, height, width, inputs)
/// and weight (outputs, inputs, kernel height, kernel width) to (batch, out height, out width, outputs).
///
/// Bilinear in (x, weight). Four algorithms compute its three maps, chosen by shape (`ConvolutionChoice`):
/// `PointwiseConvolution` for 1×1 windows, `WinogradConvolution` for 3×3 windows at stride 1 or 2 and 4×4 at stride 1,
/// `PhasedConvolution` for wide windows at larger strides, `ColumnConvolution` for everything. All cut their work by shape
/// alone and split no sum by thread.
public struct Convolution: BilinearOperation {
  public let stride: Extent2
  public let padding: Extent2
  public let dilation: Extent2

  public var name: String { "conv2d" }

  public init(stride: Extent2 = Extent2(1), padding: Extent2 = Extent2(0), dilation: Extent2 = Extent2(1)) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
  }

  public func productShape(_ x: Shape, _ weight: Shape) throws -> Shape {
    let g = try geometry(x, weight)
    return try Shape(g.batch, g.output.height, g.output.width, g.outputs)
  }

  /// Without split operands and the largest tiles, whose errors are the largest: where a ReLU switches depends on the primal
  /// values, and one that switches wrongly weighs more in a derivative than all rounding of the derivative's own products.
  public func value(_ x: Tensor, _ weight: Tensor, into y: Tensor) throws {
    let g = try geometry(x.shape, weight.shape)
    if isEmptySum(x, weight, y) { return }
    try algorithm(g, isAccurate: true).product([(x, weight)], into: y)
  }

  public func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws {
    let g = try geometry(terms[0].a.shape, terms[0].b.shape)
    if isEmptySum(terms[0].a, terms[0].b, y) { return }
    try algorithm(g).product(terms, into: y)
  }

  public func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws {
    let g = try geometry(x.shape, terms[0].b.shape)
    if isEmptySum(terms[0].cotangent, terms[0].b, x) { return }
    try algorithm(g).leftAdjoint(terms, into: x)
  }

  public func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into weight: Tensor) throws {
    let g = try geometry(terms[0].a.shape, weight.shape)
    if isEmptySum(terms[0].a, terms[0].cotangent, weight) { return }
    try algorithm(g).rightAdjoint(terms, into: weight)
  }

  /// Whether a sum of products of these has no terms; `out` is zero then. Empty tensors may have extents that no algorithm
  /// could hold.
  private func isEmptySum(_ factor: Tensor, _ other: Tensor, _ out: Tensor) -> Bool {
    if factor.count > 0 && other.count > 0 && out.count > 0 { return false }
    out.pointer.update(repeating: 0, count: out.count)
    return true
  }

  private func geometry(_ x: Shape, _ weight: Shape) throws -> ConvolutionGeometry {
    try ConvolutionGeometry(x, weight, stride: stride, padding: padding, dilation: dilation)
  }

  private func algorithm(_ g: ConvolutionGeometry, isAccurate: Bool = false) -> any ConvolutionAlgorithm {
    let format = isAccurate ? .whole : ProductPrecision.format
    return ConvolutionChoice(g, isAccurate: isAccurate, isExact: Convolution.isExact).algorithm(g, format)
  }

  /// True: sums of products only, no Winograd transforms. Set from the boundary, under the engine's lock.
  nonisolated(unsafe) public static var isExact = false
}

/// Which algorithm serves a shape: the one of least cost, in multiply-adds.
enum ConvolutionChoice: Equatable {
  case pointwise
  case columns
  case winograd(WinogradTile)
  case phases(WinogradTile)

  /// What transforming costs, per element of a transformed image and of a transformed weight, against a multiply-add of
  /// a matrix product: measured on AVX2.
  private static let imageTransform = 12, weightTransform = 36

  /// - Parameters:
  ///   - isAccurate: without the largest tiles.
  ///   - isExact: without transforms.
  init(_ g: ConvolutionGeometry, isAccurate: Bool = false, isExact: Bool = false) {
    if PointwiseConvolution.serves(g) {
      self = .pointwise
      return
    }
    self = .columns
    if isExact { return }
    var least = Double(g.pixels) * Double(g.depth) * Double(g.outputs)
    func consider(_ convolution: ConvolutionGeometry, _ choice: (WinogradTile) -> ConvolutionChoice) {
      for tile in WinogradConvolution.tiles(convolution) where !isAccurate || tile.isAccurate {
        let cost = Self.cost(Winograd(convolution, tile), inputs: convolution.inputs, outputs: convolution.outputs)
        if cost < least { (least, self) = (cost, choice(tile)) }
      }
    }
    consider(g) { .winograd($0) }
    if let dense = PhasedConvolution.dense(g) { consider(dense) { .phases($0) } }
  }

  private static func cost(_ winograd: Winograd, inputs: Int, outputs: Int) -> Double {
    let (tiles, pairs) = (Double(winograd.tiles), Double(inputs) * Double(outputs))
    let images = tiles * Double(inputs + outputs) * Double(imageTransform)
    let weights = pairs * Double(weightTransform)
    return Double(winograd.positions) * (tiles * pairs + images) + Double(winograd.matrices) * weights
  }

  /// - Parameter format: of the operands of products, but those of column matrices, which are made anew for each.
  func algorithm(_ g: ConvolutionGeometry, _ format: OperandFormat = .whole) -> any ConvolutionAlgorithm {
    switch self {
    case .pointwise: return PointwiseConvolution(g, format)
    case .winograd(let tile): return WinogradConvolution(g, tile, format)
    case .phases(let tile):
      guard let dense = PhasedConvolution.dense(g) else { break }
      return PhasedConvolution(g, dense: dense, tile, format)
    case .columns: break
    }
    return ColumnConvolution(g)
  }
}

/// The three maps of one convolution, as `BilinearOperation` has them.
protocol ConvolutionAlgorithm {
  func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws
  func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws
  func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into weight: Tensor) throws
}
