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
    for column in 0..<g.output.width {
      let window = g.window(ofRow: row, column: column)
      let (best, taps) = (y + column * g.channels, selection + column * g.channels)
      forEachLane(g.channels) { c in
        var greatest = load(x + window.firstPixel + c)
        var chosen = Lane(repeating: Scalar(window.firstTap))
        window.forEachTap { tap, pixel in
          let value = load(x + pixel + c)
          let wins = (value .> greatest) .| (value .!= value)
          greatest.replace(with: value, where: wins)
          chosen.replace(with: Lane(repeating: Scalar(tap)), where: wins)
        }
        store(greatest, to: best + c)
        store(chosen, to: taps + c)
      } rest: { c in
        (best[c], taps[c]) = (x[window.firstPixel + c], Scalar(window.firstTap))
        window.forEachTap { tap, pixel in
          let value = x[pixel + c]
          if value > best[c] || value.isNaN { (best[c], taps[c]) = (value, Scalar(tap)) }
        }
      }
    }
  }

  /// y[column][c] = x at the selected tap
  public static func select(_ x: Source, _ g: WindowGrid, row: Int, selection: Source, into y: Destination) {
    for column in 0..<g.output.width {
      let window = g.window(ofRow: row, column: column)
      let (out, taps) = (y + column * g.channels, selection + column * g.channels)
      forEachLane(g.channels) { c in
        let chosen = load(taps + c)
        var value = Lane.zero
        window.forEachTap { tap, pixel in
          value.replace(with: load(x + pixel + c), where: chosen .== Lane(repeating: Scalar(tap)))
        }
        store(value, to: out + c)
      } rest: { c in
        window.forEachTap { tap, pixel in if taps[c] == Scalar(tap) { out[c] = x[pixel + c] } }
      }
    }
  }

  /// The transpose of `select`, for one row of x
  public static func scatter(_ y: Source, selection: Source, _ g: WindowGrid, row: Int, into x: Destination) {
    x.update(repeating: 0, count: g.input.width * g.channels)
    g.forEachOutput(touchingRow: row) { tap, output, column in
      let (sum, source, taps, tap) = (x + column, y + output, selection + output, Scalar(tap))
      for c in 0..<g.channels { sum[c] += taps[c] == tap ? source[c] : 0 }
    }
  }

  /// y[column][c] = s·Σ of the window; padding counts as zero
  public static func sum(_ x: Source, _ g: WindowGrid, row: Int, scaledBy s: Scalar, into y: Destination) {
    y.update(repeating: 0, count: g.output.width * g.channels)
    for column in 0..<g.output.width {
      g.window(ofRow: row, column: column).forEachTap { _, pixel in
        Elementwise.addScaled(x + pixel, by: s, to: y + column * g.channels, count: g.channels)
      }
    }
  }

  /// The transpose of `sum`, for one row of x
  public static func spread(_ y: Source, _ g: WindowGrid, row: Int, scaledBy s: Scalar, into x: Destination) {
    x.update(repeating: 0, count: g.input.width * g.channels)
    g.forEachOutput(touchingRow: row) { _, output, column in
      Elementwise.addScaled(y + output, by: s, to: x + column, count: g.channels)
    }
  }

  /// Channels that go through a window together, in registers.
  private typealias Lane = SIMD16<Scalar>

  @inline(__always)
  private static func load(_ x: Source) -> Lane { UnsafeRawPointer(x).loadUnaligned(as: Lane.self) }

  @inline(__always)
  private static func store(_ lane: Lane, to out: Destination) {
    UnsafeMutableRawPointer(out).storeBytes(of: lane, as: Lane.self)
  }

  @inline(__always)
  private static func forEachLane(_ channels: Int, _ body: (Int) -> Void, rest: (Int) -> Void) {
    let vectored = channels / Lane.scalarCount * Lane.scalarCount
    for c in stride(from: 0, to: vectored, by: Lane.scalarCount) { body(c) }
    for c in vectored..<channels { rest(c) }
  }
}

/// The part of one window that lies in the image. It is never empty.
private struct ClippedWindow {
  let rows, columns: Range<Int>
  let top, left: Int
  let grid: WindowGrid

  var firstTap: Int { rows.lowerBound * grid.kernel.width + columns.lowerBound }
  var firstPixel: Int { ((top + rows.lowerBound) * grid.input.width + left + columns.lowerBound) * grid.channels }

  /// Calls `body` with every tap and the offset of its pixel in the image.
  @inline(__always)
  func forEachTap(_ body: (_ tap: Int, _ pixel: Int) -> Void) {
    for row in rows {
      for column in columns {
        body(row * grid.kernel.width + column, ((top + row) * grid.input.width + left + column) * grid.channels)
      }
    }
  }
}

extension WindowGrid {
  @inline(__always)
  fileprivate func window(ofRow row: Int, column: Int) -> ClippedWindow {
    let top = row * stride.height - padding.height
    let left = column * stride.width - padding.width
    return ClippedWindow(
      rows: max(0, -top)..<min(kernel.height, input.height - top),
      columns: max(0, -left)..<min(kernel.width, input.width - left), top: top, left: left, grid: self)
  }

  /// The (tap, output) pairs that read a row of the image, with the offset of the output in the output image and of the
  /// pixel in the row.
  @inline(__always)
  fileprivate func forEachOutput(
    touchingRow row: Int, _ body: (_ tap: Int, _ output: Int, _ column: Int) -> Void
  ) {
    let first = max(0, (row + padding.height - kernel.height + stride.height) / stride.height)
    let last = min(output.height - 1, (row + padding.height) / stride.height)
    if first > last { return }
    for outRow in first...last {
      let tapRow = row + padding.height - outRow * stride.height
      for outColumn in 0..<output.width {
        let left = outColumn * stride.width - padding.width
        for tapColumn in max(0, -left)..<min(kernel.width, input.width - left) {
          body(
            tapRow * kernel.width + tapColumn, (outRow * output.width + outColumn) * channels,
            (left + tapColumn) * channels)
        }
      }
    }
  }
}
