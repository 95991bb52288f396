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
