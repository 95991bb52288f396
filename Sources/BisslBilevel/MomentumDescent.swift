import BisslCore

/// What SGD and LARS share: with c the clipping coefficient and per-segment weight decay w and scale s,
///
///     d = s·(c·g + w·p)    m ← μ·m + d    p ← p − η·m    (Nesterov: p ← p − η·(d + μ·m))
///
/// in one pass over memory. m starts at zero, so the first step has m = d.
final class MomentumDescent {
  /// The factors of one segment.
  struct Factors {
    var decay: Double
    var scale = 1.0
  }

  let weightDecay: Double
  let momentum: Double
  let nesterov: Bool
  /// Segments of rank at most 1 get neither weight decay nor scaling.
  let excludesVectors: Bool
  private var memories: [Key: Memory] = [:]

  init(weightDecay: Double, momentum: Double, nesterov: Bool, excludesVectors: Bool) throws {
    try Setting.requireNonNegative(weightDecay, "weight_decay")
    try Setting.requireNonNegative(momentum, "momentum")
    try require(!nesterov || momentum > 0, .value("nesterov: needs a momentum > 0, got momentum \(momentum)"))
    self.weightDecay = weightDecay
    self.momentum = momentum
    self.nesterov = nesterov
    self.excludesVectors = excludesVectors
  }

  /// Weight decay of every segment, scale 1.
  func plainFactors(_ layout: SegmentLayout) -> [Factors] {
    layout.segments.map { Factors(decay: excludesVectors && $0.isVector ? 0 : weightDecay) }
  }

  /// - Parameter factors: of the segments of one gradient; may fail, and is therefore asked for all before any update.
  func step(
    _ gradients: [Gradient], scaledBy coefficient: Double, learningRate: Double, factors: (Gradient) throws -> [Factors]
  ) throws {
    try Setting.requireNonNegative(learningRate, "learning rate")
    let updates = try gradients.map { gradient in
      (gradient, try memory(of: gradient.parameters), try factors(gradient))
    }
    for (gradient, memory, factors) in updates {
      update(gradient, memory, factors, Scalar(coefficient), Scalar(learningRate))
    }
  }

  private func update(
    _ gradient: Gradient, _ memory: Tensor, _ factors: [Factors], _ coefficient: Scalar, _ rate: Scalar
  ) {
    let kernel = nesterov ? VectorUpdates.nesterov : VectorUpdates.momentum
    let (p, m, g) = (gradient.parameters.vector.pointer, memory.pointer, gradient.vector.source)
    gradient.parameters.layout.forEveryChunk { segment, range in
      let start = range.lowerBound
      kernel(
        p + start, m + start, g + start, coefficient, Scalar(factors[segment].decay), Scalar(factors[segment].scale),
        Scalar(momentum), rate, range.count)
    }
  }
}

// The momentum of each parameter vector that was met.
extension MomentumDescent {
  /// A vector is known by its memory, which is kept alive so that no other vector can be taken for it.
  private struct Key: Hashable {
    let storage: ObjectIdentifier
    let offset: Int
  }

  private struct Memory {
    let parameters: Tensor
    let momentum: Tensor
  }

  func memory(of parameters: Parameters) throws -> Tensor {
    let vector = parameters.vector
    let key = Key(storage: ObjectIdentifier(vector.storage), offset: vector.offset)
    if let known = memories[key] {
      try parameters.layout.check(known.momentum, "momentum")
      return known.momentum
    }
    let momentum = try Tensor.zeros(vector.shape)
    memories[key] = Memory(parameters: vector, momentum: momentum)
    return momentum
  }
}
