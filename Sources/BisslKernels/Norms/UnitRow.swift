/// One row y = x/d with d = max(‖x‖, least). Where `least` decides, d is a constant.
public enum UnitRow {
  /// Answers d; NaN passes.
  public static func normalize(_ x: Source, least: Scalar, into y: Destination, count: Int) -> Scalar {
    let norm = Scalar(Reductions.dot(x, x, count: count).squareRoot())
    let d = norm < least ? least : norm
    for i in 0..<count { y[i] = x[i] / d }
    return d
  }

  /// out = (a − y⟨y, a⟩)/d: the Jacobian, which is symmetric, times a
  public static func project(_ y: Source, _ d: Scalar, least: Scalar, _ a: Source, into out: Destination, count: Int) {
    let along = d == least ? 0 : Scalar(Reductions.dot(y, a, count: count))
    for i in 0..<count { out[i] = (a[i] - along * y[i]) / d }
  }

  /// out −= (s·ẋ + t·ȳ + (⟨ẋ, ȳ⟩ − 3st)·y)/d² with s = ⟨y, ȳ⟩, t = ⟨y, ẋ⟩: the Jacobian's tangent along ẋ, times ȳ
  public static func addCurvature(
    _ y: Source, _ d: Scalar, least: Scalar, tangent: Source, cotangent: Source, to out: Destination, count: Int
  ) {
    if d == least { return }
    let s = Reductions.dot(y, cotangent, count: count)
    let t = Reductions.dot(y, tangent, count: count)
    let radial = Scalar(Reductions.dot(tangent, cotangent, count: count) - 3 * s * t)
    let (s1, t1) = (Scalar(s), Scalar(t))
    for i in 0..<count { out[i] -= (s1 * tangent[i] + t1 * cotangent[i] + radial * y[i]) / d / d }
  }
}
