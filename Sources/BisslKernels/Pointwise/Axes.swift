/// Loops along one axis of an array.
public enum Axes {
  /// out[r][j][i] = x[r][i] for the `rows` r of `extent` elements i, and 0 ≤ j < `copies`
  public static func repeatRows(_ x: Source, copies: Int, extent: Int, rows: Range<Int>, into out: Destination) {
    for row in rows {
      for copy in 0..<copies {
        (out + (row * copies + copy) * extent).update(from: x + row * extent, count: extent)
      }
    }
  }

  /// out[i] = x[i·stride]
  public static func gather(_ x: Source, stride: Int, count: Int, into out: Destination) {
    for i in 0..<count { out[i] = x[i * stride] }
  }
}
