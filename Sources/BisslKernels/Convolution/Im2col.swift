/// The im2col matrix of NHWC images: one row per output pixel, columns ordered (tap row, tap column, channel).
public enum Im2col {
  /// columns[pixel − first][tap][channel] for output pixels first..<last, counted through the whole batch; rows begin
  /// `row` elements apart.
  public static func im2col(_ x: Source, _ g: WindowGrid, first: Int, last: Int, into columns: Destination, row: Int) {
    var start = columns
    forEachWindow(g, first, last) { image, top, left in
      var destination = start
      start += row
      let base = x + image * g.imageElements
      for tapRow in 0..<g.kernel.height {
        let y = top + tapRow * g.dilation.height
        if y < 0 || y >= g.input.height {
          destination.update(repeating: 0, count: g.kernel.width * g.channels)
          destination += g.kernel.width * g.channels
        } else if g.dilation.width == 1 {
          gatherRow(base + y * g.input.width * g.channels, g, left, into: destination)
          destination += g.kernel.width * g.channels
        } else {
          for tapColumn in 0..<g.kernel.width {
            let column = left + tapColumn * g.dilation.width
            if column < 0 || column >= g.input.width {
              destination.update(repeating: 0, count: g.channels)
            } else {
              copy(base + (y * g.input.width + column) * g.channels, to: destination, count: g.channels)
            }
            destination += g.channels
          }
        }
      }
    }
  }

  /// The transpose of `im2col`: adds every entry to the pixel that it was read from.
  public static func col2im(_ columns: Source, _ g: WindowGrid, first: Int, last: Int, to x: Destination) {
    var source = columns
    forEachWindow(g, first, last) { image, top, left in
      let base = x + image * g.imageElements
      for tapRow in 0..<g.kernel.height {
        let row = top + tapRow * g.dilation.height
        for tapColumn in 0..<g.kernel.width {
          let column = left + tapColumn * g.dilation.width
          if row >= 0 && row < g.input.height && column >= 0 && column < g.input.width {
            let pixel = base + (row * g.input.width + column) * g.channels
            forEachLane(g.channels, Adding(source: source, pixel: pixel))
          }
          source += g.channels
        }
      }
    }
  }

  @inline(__always)
  private static func forEachWindow(
    _ g: WindowGrid, _ first: Int, _ last: Int, _ body: (_ image: Int, _ top: Int, _ left: Int) -> Void
  ) {
    let perImage = g.output.product
    var image = first / perImage
    var row = first % perImage / g.output.width
    var column = first % g.output.width
    for _ in first..<last {
      body(image, row * g.stride.height - g.padding.height, column * g.stride.width - g.padding.width)
      column += 1
      if column == g.output.width {
        column = 0
        row += 1
        if row == g.output.height {
          row = 0
          image += 1
        }
      }
    }
  }

  /// The taps of one kernel row lie side by side in memory: one copy, with zeros where the window leaves the image.
  @inline(__always)
  private static func gatherRow(_ row: Source, _ g: WindowGrid, _ left: Int, into destination: Destination) {
    let before = min(max(0, -left), g.kernel.width)
    let after = max(before, min(g.kernel.width, g.input.width - left))
    if before > 0 { destination.update(repeating: 0, count: before * g.channels) }
    if after > before {
      copy(
        row + (left + before) * g.channels, to: destination + before * g.channels, count: (after - before) * g.channels)
    }
    if after < g.kernel.width {
      (destination + after * g.channels).update(repeating: 0, count: (g.kernel.width - after) * g.channels)
    }
  }

  /// Short runs lane by lane, which a call would outlast.
  @inline(__always)
  private static func copy(_ source: Source, to destination: Destination, count: Int) {
    if count <= 8 * VectorLane.width {
      forEachLane(count, Copying(source: source, destination: destination))
    } else {
      destination.update(from: source, count: count)
    }
  }
}

private struct Copying: LaneBody {
  let source: Source
  let destination: Destination

  @inline(__always)
  func callAsFunction<L: Lane>(_ lane: L.Type, _ channel: Int) {
    L.load(source + channel).store(destination + channel)
  }
}

private struct Adding: LaneBody {
  let source: Source
  let pixel: Destination

  @inline(__always)
  func callAsFunction<L: Lane>(_ lane: L.Type, _ channel: Int) {
    (L.load(pixel + channel) + L.load(source + channel)).store(pixel + channel)
  }
}
