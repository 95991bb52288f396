import BisslCore
import BisslKernels

/// Layer-wise adaptive rate scaling (You et al., 2017), with the momentum applied after the scaling:
///
///     d = g + w·p    d ← d·(trust·‖p‖/‖d‖) where both norms are positive    m ← μ·m + d    p ← p − η·m
public final class LARS: Optimizer {
  private let descent: MomentumDescent
  private let trustCoefficient: Double

  /// - Parameter excludesVectors: biases and normalisation parameters get neither weight decay nor scaling, as in
  ///   VICReg's code; by default they get both, as BiSSL's authors ran it.
  public init(
    weightDecay: Double, momentum: Double, trustCoefficient: Double = 0.001, nesterov: Bool = false,
    excludesVectors: Bool = false
  ) throws {
    try Setting.requirePositive(trustCoefficient, "trust_coefficient")
    self.trustCoefficient = trustCoefficient
    descent = try MomentumDescent(
      weightDecay: weightDecay, momentum: momentum, nesterov: nesterov, excludesVectors: excludesVectors)
  }

  public func step(_ gradients: [Gradient], scaledBy coefficient: Double, learningRate: Double) throws {
    try descent.step(gradients, scaledBy: coefficient, learningRate: learningRate) { gradient, settings in
      try scales(gradient, settings, coefficient)
    }
  }

  public func assign(_ settings: [SegmentSettings], to parameters: Parameters) throws {
    try descent.groups.assign(settings, to: parameters)
  }

  public func state(of parameters: Parameters) throws -> [String: Tensor] {
    ["momentum": try descent.memory(of: parameters)]
  }

  /// trust·‖p‖/‖d‖, or 1
  private func scales(_ gradient: Gradient, _ settings: [SegmentSettings], _ coefficient: Double) throws -> [Double] {
    let (layout, p) = (gradient.parameters.layout, gradient.parameters.vector)
    let parameterSquares = try layout.dots(p, p)
    let directionSquares = try layout.squaredNormsOfSum(
      coefficient, gradient.vector, settings.map(\.weightDecay), p)
    return settings.indices.map { index in
      let size = parameterSquares[index].squareRoot()
      let scale = trustCoefficient * size / directionSquares[index].squareRoot()
      // A direction of norm zero, or too small for the quotient to be a scalar, is left as it is.
      return settings[index].adapts && size > 0 && Scalar(scale).isFinite ? scale : 1
    }
  }
}
