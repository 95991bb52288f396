import BisslCore
import BisslKernels

// One step of the lower level (Algorithm 1): minimises L^P(θ_P, φ_P) + λ/2 ‖θ_P − θ_D‖² in θ_P and φ_P.
extension ProposedStep {
  /// Adds λ(θ − anchor) to the backbone's gradient; answers λ/2 ‖θ − anchor‖².
  ///
  /// - Parameter anchor: θ_D, of the same architecture as θ_P.
  public func addProximalTerm(lam: Double, anchor: Parameters) throws -> Double {
    try Setting.requireNonNegative(lam, "lam")
    guard let backbone = gradients.first(where: { $0.name == "backbone" })?.parameters else {
      throw EngineError.value("a step of the lower level needs the gradient of the backbone")
    }
    let layout = backbone.layout
    try layout.requireSame(as: anchor.layout, "the lower and the upper backbone differ")
    let distance = try layout.squaredNormsOfSum(1, backbone.vector, -1, anchor.vector).reduce(0, +)
    gradients = try replacing("backbone") { layout, g in
      try layout.addingProximalTerm(g, lam, backbone.vector, anchor.vector)
    }
    return lam / 2 * distance
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
