import BisslCore
import BisslKernels
import Glibc

/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019), as PyTorch's `torch.optim.AdamW`: in step t, with g
/// the clipped gradient,
///
///     p ← (1 − η·w)·p    m ← β₁·m + (1 − β₁)·g    v ← β₂·v + (1 − β₂)·g²
///     p ← p − η·(m/(1 − β₁ᵗ))/(√(v/(1 − β₂ᵗ)) + ε)
public final class AdamW: Optimizer {
  /// What is kept per parameter vector.
  private struct Moments {
    let first, second: Tensor
    /// How many steps were taken: one number, a tensor so that it can be shared.
    let steps: Tensor
  }

  private let groups: ParameterGroups
  private let betas: (Double, Double)
  private let epsilon: Double
  private var moments = PerVector<Moments>()

  /// - Parameter excludesVectors: biases and normalisation parameters get no weight decay.
  public init(
    weightDecay: Double, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8, excludesVectors: Bool = false
  ) throws {
    groups = try ParameterGroups(weightDecay: weightDecay, excludesVectors: excludesVectors)
    for (index, beta) in [betas.0, betas.1].enumerated() {
      try require((0..<1).contains(beta), .value("betas[\(index)]: expected a number in 0 ≤ β < 1, got \(beta)"))
    }
    try Setting.requirePositive(epsilon, "eps")
    self.betas = betas
    self.epsilon = epsilon
  }

  private struct Update {
    let gradient: Gradient
    let moments: Moments
    let settings: [SegmentSettings]
    let step: Double
  }

  public func step(_ gradients: [Gradient], scaledBy coefficient: Double, learningRate: Double) throws {
    try Setting.requireNonNegative(learningRate, "learning rate")
    let updates = try gradients.map { gradient in
      let moments = try moments(of: gradient.parameters)
      return Update(
        gradient: gradient, moments: moments, settings: try groups.settings(of: gradient.parameters),
        step: try AdamW.next(moments.steps))
    }
    for update in updates { apply(update, Scalar(coefficient), learningRate) }
  }

  private static func next(_ steps: Tensor) throws -> Double {
    let taken = Double(try steps.item())
    try require(taken >= 0 && taken.isFinite, .value("step: the state holds \(taken), expected a count of steps"))
    return taken + 1
  }

  private func apply(_ update: Update, _ coefficient: Scalar, _ learningRate: Double) {
    let parameters = update.gradient.parameters
    let (m, v) = (update.moments.first.pointer, update.moments.second.pointer)
    let (p, g) = (parameters.vector.pointer, update.gradient.vector.source)
    let corrections = (1 - pow(betas.0, update.step), 1 - pow(betas.1, update.step))
    parameters.layout.forEveryChunk { segment, range in
      let (start, settings) = (range.lowerBound, update.settings[segment])
      let rate = learningRate * settings.rate
      VectorUpdates.adam(
        p + start, m + start, v + start, g + start, gradientScale: coefficient,
        shrink: Scalar(1 - rate * settings.weightDecay), betas: (Scalar(betas.0), Scalar(betas.1)),
        complements: (Scalar(1 - betas.0), Scalar(1 - betas.1)), rate: Scalar(rate / corrections.0),
        scale: Scalar(1 / corrections.1.squareRoot()), epsilon: Scalar(epsilon), count: range.count)
    }
    update.moments.steps.pointer[0] = Scalar(update.step)
  }

  public func assign(_ settings: [SegmentSettings], to parameters: Parameters) throws {
    try groups.assign(settings, to: parameters)
  }

  public func state(of parameters: Parameters) throws -> [String: Tensor] {
    let moments = try moments(of: parameters)
    return ["exp_avg": moments.first, "exp_avg_sq": moments.second, "step": moments.steps]
  }

  private func moments(of parameters: Parameters) throws -> Moments {
    if let known = moments[parameters] {
      try parameters.layout.check(known.first, "exp_avg")
      return known
    }
    let shape = parameters.vector.shape
    let made = Moments(
      first: try Tensor.zeros(shape), second: try Tensor.zeros(shape), steps: try Tensor.zeros(Shape(1)))
    moments[parameters] = made
    return made
  }
}
