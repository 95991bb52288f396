import BisslCore

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
    try descent.step(gradients, scaledBy: coefficient, learningRate: learningRate) { gradient in
      try factors(gradient, coefficient)
    }
  }

  public func momentum(of parameters: Parameters) throws -> Tensor { try descent.memory(of: parameters) }

  private func factors(_ gradient: Gradient, _ coefficient: Double) throws -> [MomentumDescent.Factors] {
    let (layout, p) = (gradient.parameters.layout, gradient.parameters.vector)
    var factors = descent.plainFactors(layout)
    let parameterSquares = try layout.dots(p, p)
    let directionSquares = try layout.squaredNormsOfSum(coefficient, gradient.vector, descent.weightDecay, p)
    for (index, segment) in layout.segments.enumerated() where !(descent.excludesVectors && segment.isVector) {
      let size = parameterSquares[index].squareRoot()
      let scale = trustCoefficient * size / directionSquares[index].squareRoot()
      // A direction of norm zero, or too small for the quotient to be a scalar, is left as it is.
      if size > 0, Scalar(scale).isFinite { factors[index].scale = scale }
    }
    return factors
  }
}
