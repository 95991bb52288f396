import BisslCore
import BisslKernels

/// What an algorithm may round.
struct ConvolutionSetting: Equatable {
  var precision = GEMM.Precision.full
  /// Without Winograd's largest tiles.
  var isAccurate = false
  /// Without transforms.
  var isExact = false

  /// Of derivatives, as the user has set it.
  static var current: ConvolutionSetting {
    ConvolutionSetting(precision: GEMM.precision, isExact: Convolution.isExact)
  }

  /// Of primal values.
  static var primal: ConvolutionSetting { ConvolutionSetting(isAccurate: true, isExact: Convolution.isExact) }
}

/// How one convolution is computed: its extents, and the algorithm of least cost for them (`ConvolutionCost`).
struct ConvolutionPlan {
  enum Choice: Equatable {
    case pointwise
    case im2col
    case winograd(WinogradTile)
    case spaceToDepth(WinogradTile)
    case dilated(WinogradTile)
    case depthwise
    case grouped
  }

  let shape: ConvolutionShape
  let choice: Choice
  let algorithm: any ConvolutionAlgorithm

  init(_ shape: ConvolutionShape, _ setting: ConvolutionSetting = ConvolutionSetting()) throws {
    self.shape = shape
    choice = try Self.choice(shape, setting)
    algorithm = try Self.algorithm(choice, shape, setting)
  }

  private static func choice(_ shape: ConvolutionShape, _ setting: ConvolutionSetting) throws -> Choice {
    if DepthwiseConvolution.serves(shape) { return .depthwise }
    if shape.groups > 1 { return .grouped }
    if PointwiseConvolution.serves(shape) { return .pointwise }
    if setting.isExact { return .im2col }
    var best = (cost: ConvolutionCost.im2col(shape), choice: Choice.im2col)
    func consider(_ shape: ConvolutionShape, _ choice: (WinogradTile) -> Choice) {
      for tile in WinogradConvolution.tiles(shape) where !setting.isAccurate || tile.isAccurate {
        let cost = ConvolutionCost.winograd(Winograd(shape, tile), inputs: shape.inputs, outputs: shape.outputs)
        if cost < best.cost { best = (cost, choice(tile)) }
      }
    }
    consider(shape) { .winograd($0) }
    if let dense = SpaceToDepthConvolution.dense(shape) { consider(dense) { .spaceToDepth($0) } }
    if let dense = DilatedConvolution.dense(shape) { consider(dense) { .dilated($0) } }
    return best.choice
  }

  private static func algorithm(
    _ choice: Choice, _ shape: ConvolutionShape, _ setting: ConvolutionSetting
  ) throws -> any ConvolutionAlgorithm {
    switch choice {
    case .pointwise: return PointwiseConvolution(shape, setting.precision)
    case .im2col: return Im2colConvolution(shape)
    case .winograd(let tile): return WinogradConvolution(shape, tile, setting.precision)
    case .spaceToDepth(let tile): return try SpaceToDepthConvolution(shape, tile, setting.precision)
    case .dilated(let tile): return try DilatedConvolution(shape, tile, setting.precision)
    case .depthwise: return DepthwiseConvolution(shape)
    case .grouped: return try GroupedConvolution(shape, setting)
    }
  }
}

/// What the algorithms cost, in multiply-adds of a matrix product.
enum ConvolutionCost {
  /// What transforming costs, per element of a transformed image and of a transformed weight: measured on AVX2.
  private static let imageTransform = 12.0, weightTransform = 36.0

  static func im2col(_ shape: ConvolutionShape) -> Double {
    Double(shape.pixels) * Double(shape.depth) * Double(shape.outputs)
  }

  static func winograd(_ winograd: Winograd, inputs: Int, outputs: Int) -> Double {
    let (tiles, pairs) = (Double(winograd.tiles), Double(inputs) * Double(outputs))
    let images = tiles * Double(inputs + outputs) * imageTransform
    return Double(winograd.positions) * (tiles * pairs + images) + Double(winograd.matrices) * pairs * weightTransform
  }
}

/// The three maps of one convolution, as `BilinearOperation` has them.
protocol ConvolutionAlgorithm {
  func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws
  func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws
  func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into weight: Tensor) throws
}

/// The last plans of one layer: the primal pass, derivatives and Hessian products of a batch share two. Used under the
/// engine's lock.
final class ConvolutionPlans {
  private var plans: [(x: Shape, weight: Shape, setting: ConvolutionSetting, plan: ConvolutionPlan)] = []
  private static let most = 8

  func plan(
    _ x: Shape, _ weight: Shape, _ setting: ConvolutionSetting, make: () throws -> ConvolutionPlan
  ) rethrows -> ConvolutionPlan {
    if let known = plans.first(where: { $0.x == x && $0.weight == weight && $0.setting == setting }) {
      return known.plan
    }
    let plan = try make()
    if plans.count == Self.most { plans.removeFirst() }
    plans.append((x, weight, setting, plan))
    return plan
  }
}
