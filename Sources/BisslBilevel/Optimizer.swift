import BisslCore

/// Changes parameter vectors along their gradients.
public protocol Optimizer: AnyObject {
  /// One step on all `gradients` together, each multiplied by `coefficient` (of the clipping) first. Everything that
  /// can fail happens before the first parameter is changed; the gradients are not.
  func step(_ gradients: [Gradient], scaledBy coefficient: Double, learningRate: Double) throws

  /// How each segment of `parameters` is treated from the next step on.
  func assign(_ settings: [SegmentSettings], to parameters: Parameters) throws

  /// What is kept for `parameters` between steps, by name, zeros before the first one. Shared, not copies: write to it
  /// to restore a run.
  func state(of parameters: Parameters) throws -> [String: Tensor]
}

extension Optimizer {
  /// Clips the joint gradient, takes the step and answers the norm before clipping.
  public func step(
    _ gradients: [Gradient], at level: Level, clipping: JointClipping, learningRate: Double
  ) throws -> Double {
    let norm = try JointClipping.norm(of: gradients, at: level)
    try step(gradients, scaledBy: clipping.coefficient(forNorm: norm), learningRate: learningRate)
    return norm
  }
}
