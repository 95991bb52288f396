import BisslCore

/// Changes parameter vectors along their gradients.
public protocol Optimizer: AnyObject {
  /// One step on all `gradients` together, each multiplied by `coefficient` (of the clipping) first. Everything that
  /// can fail happens before the first parameter is changed; the gradients are not.
  func step(_ gradients: [Gradient], scaledBy coefficient: Double, learningRate: Double) throws

  /// The momentum of `parameters`, zeros before the first step. Shared, not a copy: write to it to restore a run.
  func momentum(of parameters: Parameters) throws -> Tensor
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
