import Glibc

/// Loops over a matrix of rows × columns and one row.
public enum Rows {
  /// out[r][c] = x[r][c] + v[c], with rows of both matrices `row` elements apart.
  public static func addVector(_ x: Source, row: Int, _ v: Source, rows: Int, columns: Int, into out: Destination) {
    for r in 0..<rows { Elementwise.add(x + r * row, v, into: out + r * row, count: columns) }
  }

  /// out[r][c] = s·v[c]
  public static func broadcast(_ v: Source, scaledBy s: Scalar, rows: Int, columns: Int, into out: Destination) {
    for r in 0..<rows { Elementwise.scale(v, by: s, into: out + r * columns, count: columns) }
  }
}

/// One row of logits and its softmax p.
public enum Softmax {
  /// Replaces logits by p; answers log Σ exp(logits). An entry of −∞ takes no part.
  public static func normalize(_ x: Destination, count: Int) -> Double {
    let greatest = Reductions.greatest(x, count: count)
    for i in 0..<count { x[i] = exp(x[i] - greatest) }
    let sum = Reductions.sum(x, count: count)
    Elementwise.scale(x, by: Scalar(1 / sum), into: x, count: count)
    return Double(greatest) + log(sum)
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
}

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
