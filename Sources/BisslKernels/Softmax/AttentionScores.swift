/// One row of attention scores and its softmax p, which is not kept: the greatest score and the reciprocal of the sum
/// make it again, bit by bit.
public enum AttentionScores {
  /// Replaces scores by p.
  public static func normalize(_ x: Destination, count: Int) -> (greatest: Scalar, inverse: Scalar) {
    let greatest = Reductions.greatest(x, count: count)
    Exponential.ofDifferences(x, greatest, into: x, count: count)
    let inverse = Scalar(1 / Reductions.sum(x, count: count))
    Elementwise.scale(x, by: inverse, into: x, count: count)
    return (greatest, inverse)
  }

  /// Replaces the same scores by p.
  public static func renormalize(_ x: Destination, greatest: Scalar, inverse: Scalar, count: Int) {
    Exponential.ofDifferences(x, greatest, into: x, count: count)
    Elementwise.scale(x, by: inverse, into: x, count: count)
  }

  /// With ṗ and p̄ known: p̄ becomes s̄ = p∘(p̄ − ⟨p, p̄⟩), the adjoint of the scores, and p̄̇ becomes its tangent
  /// ṗ∘(p̄ − ⟨p, p̄⟩) + p∘(p̄̇ − ⟨ṗ, p̄⟩ − ⟨p, p̄̇⟩).
  public static func replaceByAdjoint(
    _ p: Source, _ pTangent: Source, _ adjoint: Destination, _ adjointTangent: Destination, count: Int
  ) {
    let mean = Scalar(Reductions.dot(p, adjoint, count: count))
    let change = Scalar(
      Reductions.dot(pTangent, adjoint, count: count) + Reductions.dot(p, adjointTangent, count: count))
    for i in 0..<count {
      let centered = adjoint[i] - mean
      adjointTangent[i] = pTangent[i] * centered + p[i] * (adjointTangent[i] - change)
      adjoint[i] = p[i] * centered
    }
  }
}
