import BisslCore

/// Stochastic gradient descent with momentum, as PyTorch's `torch.optim.SGD` (without dampening).
public final class SGD: Optimizer {
  private let descent: MomentumDescent

  /// - Parameter excludesVectors: biases and normalisation parameters get no weight decay.
  public init(weightDecay: Double, momentum: Double, nesterov: Bool = false, excludesVectors: Bool = false) throws {
    descent = try MomentumDescent(
      weightDecay: weightDecay, momentum: momentum, nesterov: nesterov, excludesVectors: excludesVectors)
  }

  public func step(_ gradients: [Gradient], scaledBy coefficient: Double, learningRate: Double) throws {
    try descent.step(gradients, scaledBy: coefficient, learningRate: learningRate) { _, settings in
      settings.map { _ in 1 }
    }
  }

  public func assign(_ settings: [SegmentSettings], to parameters: Parameters) throws {
    try descent.groups.assign(settings, to: parameters)
  }

  public func state(of parameters: Parameters) throws -> [String: Tensor] {
    ["momentum": try descent.memory(of: parameters)]
  }
}
