import BisslAutograd
import BisslCore

/// What one stage of a backbone answers, by name: a grid (batch, height, width, channels), or tokens (batch, tokens,
/// channels).
public struct FeatureMap: Equatable, Sendable {
  public let name: String
  public let channels: Int
  /// Pixels of the image between neighbouring positions of the map, where the stages before it are read as they are.
  public let stride: Int
}

/// How a stage is read. Its parameters are the same for every reading.
public struct StageReading: Equatable, Sendable {
  /// In place of the stage's own stride; nil keeps that.
  public let stride: Int?
  /// Of the stage's windows wider than one pixel, which are padded to match.
  public let dilation: Int

  public static let own = StageReading()

  /// Throws unless both are from 1 to 64.
  public init(stride: Int?, dilation: Int) throws {
    try require(
      (1...64).contains(stride ?? 1) && (1...64).contains(dilation),
      .value("stage: expected a stride and a dilation from 1 to 64, got \(stride ?? 1) and \(dilation)"))
    self.stride = stride
    self.dilation = dilation
  }

  private init() {
    stride = nil
    dilation = 1
  }
}

/// A network from images (batch, height, width, 3) to pooled features (batch, outputs), through stages that each answer a
/// feature map. The first stage takes images, every other the map before its own.
public protocol Backbone: Module {
  /// The maps of the stages, in order.
  var maps: [FeatureMap] { get }

  /// The maps of the stages at `wanted` and, where asked, the pooled features. Runs no further than the last of these
  /// needs.
  func features(
    of images: Variable, maps wanted: [Int], pooled: Bool, in pass: Pass
  ) throws -> (maps: [Variable], pooled: Variable?)

  /// The map that the stage at `index` makes of `x`, which may be another input than the map before it: crops of it, say.
  func run(stage index: Int, on x: Variable, reading: StageReading, in pass: Pass) throws -> Variable
}

extension Backbone {
  public var inputs: Int { 3 }

  public func forward(_ x: Variable, in pass: Pass) throws -> Variable {
    guard let pooled = try features(of: x, maps: [], pooled: true, in: pass).pooled else {
      throw EngineError.state("a backbone without pooled features")
    }
    return pooled
  }

  /// The place of a map among `maps`. Throws, naming those that there are.
  public func index(ofMap name: String) throws -> Int {
    guard let index = maps.firstIndex(where: { $0.name == name }) else {
      throw EngineError.value(
        "map: expected one of \(maps.map { "'\($0.name)'" }.joined(separator: ", ")), got '\(name)'")
    }
    return index
  }

  /// The maps by name in inference mode.
  public func featureMaps(of images: Tensor, _ names: [String]) throws -> [Tensor] {
    let pass = try Pass(self, on: Tape(recording: false), mode: .inference, frozen: true)
    let wanted = try names.map(index(ofMap:))
    return try features(of: Variable(constant: images), maps: wanted, pooled: false, in: pass).maps.map(\.value)
  }
}

/// A backbone whose stages are run one after another, the last of whose maps is pooled.
protocol StagedBackbone: Backbone {
  /// Throws unless `shape` is one of images that the first stage takes.
  func checkImages(_ shape: Shape) throws
  /// Pooled features of the last map.
  func pool(_ map: Variable, in pass: Pass) throws -> Variable
}

extension StagedBackbone {
  public func features(
    of images: Variable, maps wanted: [Int], pooled: Bool, in pass: Pass
  ) throws -> (maps: [Variable], pooled: Variable?) {
    try checkImages(images.value.shape)
    var (x, made) = (images, [Int: Variable]())
    let last = pooled ? maps.count - 1 : wanted.max() ?? -1
    for index in 0..<(last + 1) {
      x = try run(stage: index, on: x, reading: .own, in: pass)
      if wanted.contains(index) { made[index] = x }
    }
    return (wanted.compactMap { made[$0] }, try pooled ? pool(x, in: pass) : nil)
  }
}

/// Throws unless images have shape (N, H, W, 3), with a hint for the usual mistakes.
func checkImageShape(_ shape: Shape) throws {
  try require(
    shape.rank == 4 && shape[3] == 3,
    .value("images: expected shape (N, H, W, 3), got \(shape)\(channelsFirstHint(shape))"))
  try require(
    shape[0] > 0 && shape[1] > 0 && shape[2] > 0,
    .value("images: expected at least one image of one pixel, got shape \(shape)"))
}

private func channelsFirstHint(_ shape: Shape) -> String {
  if shape.rank == 4 && shape[1] == 3 { return ": channels come last, use images.transpose(0, 2, 3, 1)" }
  if shape.rank == 3 { return ": add the axis that is missing, use images[..., None].repeat(3, -1) for grey images" }
  if shape.rank == 4 && shape[3] == 1 { return ": for grey images use images.repeat(3, axis=-1)" }
  if shape.rank == 4 && shape[3] == 4 { return ": drop the alpha channel with images[..., :3]" }
  return ""
}
