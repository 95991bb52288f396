/// Separable resampling of NHWC maps, Y = A X Bᵀ in every channel: one output row at a time, and its transpose.
public enum Resampling {
  /// y[q] = Σᵢ aᵢ Σⱼ b_qⱼ x[i][j] for the output row `row` of A and the positions `columns` of B.
  ///
  /// - Parameters:
  ///   - x: one map (height, width, channels).
  ///   - scratch: width·channels elements.
  public static func row(
    _ x: Source, width: Int, channels: Int, _ a: AxisWeights, row: Int, _ b: AxisWeights, columns: Range<Int>,
    into y: Destination, scratch: Destination
  ) {
    y.update(repeating: 0, count: columns.count * channels)
    let cells = b.cells(of: columns)
    if a.isEmpty(at: row) || cells.isEmpty { return }
    scratch.update(repeating: 0, count: cells.count * channels)
    a.forEachTerm(of: row) { cell, weight in
      Elementwise.addScaled(
        x + (cell * width + cells.lowerBound) * channels, by: weight, to: scratch, count: cells.count * channels)
    }
    for (place, column) in columns.enumerated() {
      b.forEachTerm(of: column) { cell, weight in
        Elementwise.addScaled(
          scratch + (cell - cells.lowerBound) * channels, by: weight, to: y + place * channels, count: channels)
      }
    }
  }

  /// x[i][j] += aᵢ Σ_q b_qⱼ y[q] in the first `block` channels of x and y: the transpose of `row`.
  ///
  /// - Parameter scratch: width·block elements.
  public static func addTransposed(
    _ y: Source, width: Int, channels: Int, block: Int, _ a: AxisWeights, row: Int, _ b: AxisWeights,
    columns: Range<Int>, to x: Destination, scratch: Destination
  ) {
    let cells = b.cells(of: columns)
    if a.isEmpty(at: row) || cells.isEmpty { return }
    scratch.update(repeating: 0, count: cells.count * block)
    for (place, column) in columns.enumerated() {
      b.forEachTerm(of: column) { cell, weight in
        Elementwise.addScaled(
          y + place * channels, by: weight, to: scratch + (cell - cells.lowerBound) * block, count: block)
      }
    }
    a.forEachTerm(of: row) { cell, weight in
      for (place, column) in cells.enumerated() {
        Elementwise.addScaled(
          scratch + place * block, by: weight, to: x + (cell * width + column) * channels, count: block)
      }
    }
  }
}
