/// Windows that slide over one NHWC image, without dilation. Forward maps make one row of outputs, adjoints gather one
/// row of inputs, so that rows can be shared among threads.
///
/// A *tap* is a position in the window, counted row by row.
public enum Pooling {
  /// y[column][c] = the greatest of the window, `selection` the tap where it stands. The first of equals wins; NaN wins
  /// over numbers, and the last NaN over others, as in PyTorch. Padding never wins.
  public static func maximum(
    _ x: Source, _ g: WindowGrid, row: Int, into y: Destination, selection: Destination
  ) {
    for column in 0..<g.outWidth {
      let (best, taps) = (y + column * g.channels, selection + column * g.channels)
      var isFirst = true
      g.forEachTap(ofRow: row, column: column) { tap, pixel in
        if isFirst {
          Elementwise.copy(x + pixel, into: best, count: g.channels)
          taps.update(repeating: Scalar(tap), count: g.channels)
        } else {
          challenge(best, taps, by: x + pixel, tap: Scalar(tap), count: g.channels)
        }
        isFirst = false
      }
    }
  }

  /// y[column][c] = x at the selected tap
  public static func select(_ x: Source, _ g: WindowGrid, row: Int, selection: Source, into y: Destination) {
    for column in 0..<g.outWidth {
      let (chosen, taps) = (y + column * g.channels, selection + column * g.channels)
      g.forEachTap(ofRow: row, column: column) { tap, pixel in
        let (source, tap) = (x + pixel, Scalar(tap))
        for c in 0..<g.channels { chosen[c] = taps[c] == tap ? source[c] : chosen[c] }
      }
    }
  }

  /// The transpose of `select`, for one row of x
  public static func scatter(_ y: Source, selection: Source, _ g: WindowGrid, row: Int, into x: Destination) {
    x.update(repeating: 0, count: g.width * g.channels)
    g.forEachOutput(touchingRow: row) { tap, output, column in
      let (sum, source, taps, tap) = (x + column, y + output, selection + output, Scalar(tap))
      for c in 0..<g.channels { sum[c] += taps[c] == tap ? source[c] : 0 }
    }
  }

  /// y[column][c] = s·Σ of the window; padding counts as zero
  public static func sum(_ x: Source, _ g: WindowGrid, row: Int, scaledBy s: Scalar, into y: Destination) {
    y.update(repeating: 0, count: g.outWidth * g.channels)
    for column in 0..<g.outWidth {
      g.forEachTap(ofRow: row, column: column) { _, pixel in
        Elementwise.addScaled(x + pixel, by: s, to: y + column * g.channels, count: g.channels)
      }
    }
  }

  /// The transpose of `sum`, for one row of x
  public static func spread(_ y: Source, _ g: WindowGrid, row: Int, scaledBy s: Scalar, into x: Destination) {
    x.update(repeating: 0, count: g.width * g.channels)
    g.forEachOutput(touchingRow: row) { _, output, column in
      Elementwise.addScaled(y + output, by: s, to: x + column, count: g.channels)
    }
  }

  @inline(__always)
  private static func challenge(_ best: Destination, _ taps: Destination, by x: Source, tap: Scalar, count: Int) {
    for c in 0..<count {
      let value = x[c]
      let wins = value > best[c] || value != value
      best[c] = wins ? value : best[c]
      taps[c] = wins ? tap : taps[c]
    }
  }
}

extension WindowGrid {
  /// The taps of one window that lie in the image, with the offset of their pixel in it.
  @inline(__always)
  fileprivate func forEachTap(ofRow row: Int, column: Int, _ body: (_ tap: Int, _ pixel: Int) -> Void) {
    let top = row * strideHeight - paddingHeight
    let left = column * strideWidth - paddingWidth
    for tapRow in max(0, -top)..<min(kernelHeight, height - top) {
      for tapColumn in max(0, -left)..<min(kernelWidth, width - left) {
        body(tapRow * kernelWidth + tapColumn, ((top + tapRow) * width + left + tapColumn) * channels)
      }
    }
  }

  /// The (tap, output) pairs that read a row of the image, with the offset of the output in the output image and of the
  /// pixel in the row.
  @inline(__always)
  fileprivate func forEachOutput(
    touchingRow row: Int, _ body: (_ tap: Int, _ output: Int, _ column: Int) -> Void
  ) {
    let first = max(0, (row + paddingHeight - kernelHeight + strideHeight) / strideHeight)
    let last = min(outHeight - 1, (row + paddingHeight) / strideHeight)
    if first > last { return }
    for outRow in first...last {
      let tapRow = row + paddingHeight - outRow * strideHeight
      for outColumn in 0..<outWidth {
        let left = outColumn * strideWidth - paddingWidth
        for tapColumn in max(0, -left)..<min(kernelWidth, width - left) {
          body(
            tapRow * kernelWidth + tapColumn, (outRow * outWidth + outColumn) * channels, (left + tapColumn) * channels)
        }
      }
    }
  }
}
