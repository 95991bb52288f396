import BisslCore
import BisslKernels

/// One step of training with one level: pretraining, head warm-up, fine-tuning.
public struct SingleLevelStep {
  private let clipping: JointClipping

  public init(clipping: JointClipping) { self.clipping = clipping }

  /// - Parameters:
  ///   - gradients: of everything that is to move; they are clipped together.
  /// - Returns: their joint ℓ2 norm before clipping.
  /// - Throws: `nonFinite` naming the segment, `value` for what does not fit. Nothing is changed then.
  public func callAsFunction(
    loss: Scalar, _ gradients: [Gradient], optimizer: any Optimizer, learningRate: Double
  ) throws -> Double {
    try require(!gradients.isEmpty, .value("a training step was asked for without any gradient"))
    try Level.single.requireFinite(loss: loss, "training")
    return try optimizer.step(gradients, at: .single, clipping: clipping, learningRate: learningRate)
  }
}
