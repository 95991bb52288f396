/// One row of scores, such as logits, and its softmax p.
public enum Softmax {
  /// Replaces scores by p; answers the greatest score and sum = Σ exp(score − greatest), so that log Σ exp(score) is
  /// greatest + log(sum). An entry of −∞ takes no part.
  public static func normalize(_ x: Destination, count: Int) -> (greatest: Scalar, sum: Double) {
    let greatest = Reductions.greatest(x, count: count)
    Exponential.ofDifferences(x, greatest, into: x, count: count)
    let sum = Reductions.sum(x, count: count)
    Elementwise.scale(x, by: Scalar(1 / sum), into: x, count: count)
    return (greatest, sum)
  }

  /// Replaces the same scores by p, to the bit; `inverse` is 1/Σ exp(score − greatest).
  public static func renormalize(_ x: Destination, greatest: Scalar, inverse: Scalar, count: Int) {
    Exponential.ofDifferences(x, greatest, into: x, count: count)
    Elementwise.scale(x, by: inverse, into: x, count: count)
  }

  /// out += s·p∘(ẋ − ⟨p, ẋ⟩), the tangent of p along ẋ
  public static func addTangent(
    _ p: Source, along tangent: Source, scaledBy s: Scalar, to out: Destination, count: Int
  ) {
    let mean = Scalar(Reductions.dot(p, tangent, count: count))
    for i in 0..<count { out[i] += s * p[i] * (tangent[i] - mean) }
  }

  /// ẋ becomes p∘(ẋ − ⟨p, ẋ⟩)
  public static func replaceByTangent(_ p: Source, _ tangent: Destination, count: Int) {
    let mean = Scalar(Reductions.dot(p, tangent, count: count))
    for i in 0..<count { tangent[i] = p[i] * (tangent[i] - mean) }
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
