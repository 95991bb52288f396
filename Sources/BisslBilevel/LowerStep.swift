import BisslCore
import BisslKernels

/// One step of the lower level (Algorithm 1): minimises L^P(θ_P, φ_P) + λ/2 ‖θ_P − θ_D‖² in θ_P and φ_P.
public struct LowerStep {
  public struct Report {
    /// L^P before the step.
    public let loss: Double
    /// λ/2 ‖θ_P − θ_D‖² before the step.
    public let regularizer: Double
    /// Joint ℓ2 norm of both gradients, the regularizer's included, before clipping.
    public let gradientNorm: Double
  }

  private let lam: Double
  private let clipping: JointClipping

  public init(lam: Double, clipping: JointClipping) throws {
    try Setting.requireNonNegative(lam, "lam")
    self.lam = lam
    self.clipping = clipping
  }

  /// - Parameters:
  ///   - pretext: L^P and its gradients at (θ_P, φ_P).
  ///   - backbone, head: θ_P and φ_P, changed in place.
  ///   - upperBackbone: θ_D, of the same architecture as θ_P.
  /// - Throws: `nonFinite` naming the segment, `value` for what does not fit. Nothing is changed then.
  public func callAsFunction(
    _ pretext: EvaluatedLoss, backbone: Parameters, head: Parameters, upperBackbone: Parameters,
    optimizer: any Optimizer, learningRate: Double
  ) throws -> Report {
    try backbone.layout.requireSame(as: upperBackbone.layout, "the lower and the upper backbone differ")
    try Level.lower.requireFinite(loss: pretext.loss, "pretext")
    let layout = backbone.layout
    let distance = try layout.squaredNormsOfSum(1, backbone.vector, -1, upperBackbone.vector).reduce(0, +)
    let gradient = try layout.addingProximalTerm(pretext.backboneGradient, lam, backbone.vector, upperBackbone.vector)
    let norm = try optimizer.step(
      [Gradient("backbone", of: backbone, gradient), Gradient("head", of: head, pretext.headGradient)],
      at: .lower, clipping: clipping, learningRate: learningRate)
    return Report(loss: Double(pretext.loss), regularizer: lam / 2 * distance, gradientNorm: norm)
  }
}

extension ParameterLayout {
  /// g + λ(θ − anchor)
  func addingProximalTerm(_ g: Tensor, _ lam: Double, _ θ: Tensor, _ anchor: Tensor) throws -> Tensor {
    try check(g, "backbone gradient")
    let result = try Tensor(g.shape)
    try forEachChunk { _, range in
      let start = range.lowerBound
      VectorUpdates.addScaledDifference(
        g.source + start, Scalar(lam), θ.source + start, anchor.source + start, into: result.pointer + start,
        count: range.count)
    }
    return result
  }
}
