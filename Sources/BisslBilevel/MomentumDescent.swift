import BisslCore
import BisslKernels

/// What SGD and LARS share: with c the clipping coefficient and, per segment, weight decay w, scale s and rate η,
///
///     d = s·(c·g + w·p)    m ← μ·m + d    p ← p − η·m    (Nesterov: p ← p − η·(d + μ·m))
///
/// in one pass over memory. m starts at zero, so the first step has m = d.
final class MomentumDescent {
  let groups: ParameterGroups
  private let momentum: Double
  private let nesterov: Bool
  private var memories = PerVector<Tensor>()

  init(weightDecay: Double, momentum: Double, nesterov: Bool, excludesVectors: Bool) throws {
    groups = try ParameterGroups(weightDecay: weightDecay, excludesVectors: excludesVectors)
    try Setting.requireNonNegative(momentum, "momentum")
    try require(!nesterov || momentum > 0, .value("nesterov: needs a momentum > 0, got momentum \(momentum)"))
    self.momentum = momentum
    self.nesterov = nesterov
  }

  private struct Update {
    let gradient: Gradient
    let memory: Tensor
    let settings: [SegmentSettings]
    let scales: [Double]
  }

  /// - Parameter scales: s of the segments of one gradient; may fail, and is therefore asked for all before any update.
  func step(
    _ gradients: [Gradient], scaledBy coefficient: Double, learningRate: Double,
    scales: (Gradient, [SegmentSettings]) throws -> [Double]
  ) throws {
    try Setting.requireNonNegative(learningRate, "learning rate")
    let updates = try gradients.map { gradient in
      let settings = try groups.settings(of: gradient.parameters)
      return Update(
        gradient: gradient, memory: try memory(of: gradient.parameters), settings: settings,
        scales: try scales(gradient, settings))
    }
    for update in updates { apply(update, Scalar(coefficient), learningRate) }
  }

  private func apply(_ update: Update, _ coefficient: Scalar, _ learningRate: Double) {
    let kernel = nesterov ? VectorUpdates.nesterov : VectorUpdates.momentum
    let parameters = update.gradient.parameters
    let (p, m, g) = (parameters.vector.pointer, update.memory.pointer, update.gradient.vector.source)
    parameters.layout.forEveryChunk { segment, range in
      let (start, settings) = (range.lowerBound, update.settings[segment])
      kernel(
        p + start, m + start, g + start, coefficient, Scalar(settings.weightDecay), Scalar(update.scales[segment]),
        Scalar(momentum), Scalar(learningRate * settings.rate), range.count)
    }
  }

  /// The momentum of a parameter vector, zeros before its first step.
  func memory(of parameters: Parameters) throws -> Tensor {
    if let known = memories[parameters] {
      try parameters.layout.check(known, "momentum")
      return known
    }
    let momentum = try Tensor.zeros(parameters.vector.shape)
    memories[parameters] = momentum
    return momentum
  }
}
