import BisslCore

/// How an optimiser treats one segment.
public struct SegmentSettings: Equatable, Sendable {
  /// Multiplies the learning rate.
  public var rate = 1.0
  public var weightDecay: Double
  /// Whether LARS scales it; other optimisers have nothing to adapt.
  public var adapts = true

  public init(rate: Double = 1, weightDecay: Double, adapts: Bool = true) {
    self.rate = rate
    self.weightDecay = weightDecay
    self.adapts = adapts
  }
}

/// The settings of all segments of each parameter vector: one weight decay for all unless told otherwise.
final class ParameterGroups {
  private let weightDecay: Double
  /// Segments of rank at most 1 get neither weight decay nor scaling.
  private let excludesVectors: Bool
  private var assigned = PerVector<[SegmentSettings]>()

  init(weightDecay: Double, excludesVectors: Bool) throws {
    try Setting.requireNonNegative(weightDecay, "weight_decay")
    self.weightDecay = weightDecay
    self.excludesVectors = excludesVectors
  }

  /// One entry per segment of `parameters`.
  func assign(_ settings: [SegmentSettings], to parameters: Parameters) throws {
    let segments = parameters.layout.segments
    try require(
      settings.count == segments.count,
      .value("settings: expected one entry for each of \(segments.count) parameter tensors, got \(settings.count)"))
    for (segment, setting) in zip(segments, settings) {
      try Setting.requireNonNegative(setting.rate, "learning-rate scale of '\(segment.name)'")
      try Setting.requireNonNegative(setting.weightDecay, "weight_decay of '\(segment.name)'")
    }
    assigned[parameters] = settings
  }

  func settings(of parameters: Parameters) throws -> [SegmentSettings] {
    let segments = parameters.layout.segments
    if let known = assigned[parameters] {
      try require(
        known.count == segments.count,
        .value("settings: \(known.count) were given for what are now \(segments.count) parameter tensors"))
      return known
    }
    return segments.map { segment in
      let excluded = excludesVectors && segment.isVector
      return SegmentSettings(weightDecay: excluded ? 0 : weightDecay, adapts: !excluded)
    }
  }
}
