/// One row x̂ = r(x − μ) with r = 1/√(σ² + ε), the row's own mean and biased variance: what layer normalisation is made
/// of. Its Jacobian P a = r(a − ⟨a⟩ − x̂⟨a x̂⟩), with ⟨·⟩ the mean over the row, is symmetric.
public enum UnitVariance {
  /// μ and r, the variance from deviations, so that a large mean does not cancel; what rounding μ left in their sum is
  /// taken off. `scratch` holds a row.
  public static func moments(
    _ x: Source, epsilon: Double, scratch: Destination, count: Int
  ) -> (mean: Scalar, inverse: Scalar) {
    let mean = Scalar(Reductions.sum(x, count: count) / Double(count))
    for i in 0..<count { scratch[i] = x[i] - mean }
    let shift = Reductions.sum(scratch, count: count) / Double(count)
    let variance = Reductions.dot(scratch, scratch, count: count) / Double(count) - shift * shift
    return (mean, Scalar(1 / (variance + epsilon).squareRoot()))
  }

  /// out = x̂
  public static func normalize(_ x: Source, mean: Scalar, inverse: Scalar, into out: Destination, count: Int) {
    for i in 0..<count { out[i] = (x[i] - mean) * inverse }
  }

  /// out = P a
  public static func project(_ normalized: Source, inverse: Scalar, _ a: Source, into out: Destination, count: Int) {
    let mean = Scalar(Reductions.sum(a, count: count) / Double(count))
    let along = Scalar(Reductions.dot(a, normalized, count: count) / Double(count))
    for i in 0..<count { out[i] = inverse * (a[i] - mean - normalized[i] * along) }
  }

  /// out −= r²(t(z − ⟨z⟩) + s(ẋ − ⟨ẋ⟩) + x̂(⟨zẋ⟩ − ⟨z⟩⟨ẋ⟩ − 3st)) with s = ⟨z x̂⟩, t = ⟨ẋ x̂⟩: the tangent of P along
  /// ẋ, times z
  public static func addCurvature(
    _ normalized: Source, inverse: Scalar, tangent: Source, _ z: Source, to out: Destination, count: Int
  ) {
    let share = 1 / Double(count)
    let (zMean, tangentMean) = (
      Reductions.sum(z, count: count) * share, Reductions.sum(tangent, count: count) * share
    )
    let s = Reductions.dot(z, normalized, count: count) * share
    let t = Reductions.dot(tangent, normalized, count: count) * share
    let radial = Reductions.dot(z, tangent, count: count) * share - zMean * tangentMean - 3 * s * t
    let (s1, t1, radial1) = (Scalar(s), Scalar(t), Scalar(radial))
    let (zMean1, tangentMean1, square) = (Scalar(zMean), Scalar(tangentMean), inverse * inverse)
    for i in 0..<count {
      out[i] -= square * (t1 * (z[i] - zMean1) + s1 * (tangent[i] - tangentMean1) + radial1 * normalized[i])
    }
  }
}
