import BisslCore
import BisslKernels

/// Looks at every Gauss-Newton product of a linearization: JᵀH_L J is positive semi-definite where the loss is convex in its
/// embeddings, and uᵀJᵀH_L J u < 0 says that it is not along J u.
final class ConvexityCheck {
  /// The largest ‖JᵀH_L J u‖/‖u‖ so far: rounding in a product is of its size, however short the product is.
  private var size = 0.0

  /// - Throws: `value` where the curvature along u is negative beyond rounding.
  func check(_ u: Tensor, _ image: Tensor) throws {
    let square = inner(u, u)
    guard square > 0, square.isFinite else { return }
    size = max(size, (inner(image, image) / square).squareRoot())
    try require(
      !(inner(u, image) < -1e4 * Double(Scalar.ulpOfOne) * size * square),
      .value(
        "product: the Gauss-Newton product of this loss has negative curvature, as the loss is not convex in its embeddings "
          + "(what the network answers, or what bissl.ops.embedding marks): mark values in which it is convex, or take "
          + "product='exact'"))
  }

  private func inner(_ a: Tensor, _ b: Tensor) -> Double { Reductions.dot(a.source, b.source, count: a.count) }
}
