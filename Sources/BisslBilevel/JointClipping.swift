import BisslCore

/// Clips the gradients of several parameter vectors by their joint ℓ2 norm.
public struct JointClipping: Sendable {
  /// Largest joint norm that passes unchanged; nil where nothing is clipped.
  public let limit: Double?

  /// - Parameter limit: 0 or less: no clipping. NaN is an error.
  public init(limit: Double) throws {
    try require(!limit.isNaN, .value("clip_norm: expected a number (0 or less: no clipping), got nan"))
    self.limit = limit > 0 ? limit : nil
  }

  /// The factor by which a gradient of norm `norm` is to be multiplied, as PyTorch's `clip_grad_norm_` has it.
  public func coefficient(forNorm norm: Double) -> Double {
    guard let limit else { return 1 }
    return min(1, limit / (norm + 1e-6))
  }

  /// The joint norm. Throws `nonFinite`, naming `level` and the first segment, where it is not finite.
  public static func norm(of gradients: [Gradient], at level: Level) throws -> Double {
    var total = 0.0
    for gradient in gradients {
      let layout = gradient.parameters.layout
      let squares = try layout.dots(gradient.vector, gradient.vector)
      try level.requireFinite(squaredNorms: squares, layout, "\(gradient.name) gradient")
      total += squares.reduce(0, +)
    }
    return total.squareRoot()
  }
}
