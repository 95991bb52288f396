/// The windows of one convolution axis pair, as the column kernels see them.
public struct WindowGrid {
  public let height, width, channels: Int
  public let kernelHeight, kernelWidth: Int
  public let strideHeight, strideWidth: Int
  public let paddingHeight, paddingWidth: Int
  public let dilationHeight, dilationWidth: Int
  public let outHeight, outWidth: Int

  public init(
    height: Int, width: Int, channels: Int, kernelHeight: Int, kernelWidth: Int, strideHeight: Int, strideWidth: Int,
    paddingHeight: Int, paddingWidth: Int, dilationHeight: Int, dilationWidth: Int, outHeight: Int, outWidth: Int
  ) {
    self.height = height
    self.width = width
    self.channels = channels
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.strideHeight = strideHeight
    self.strideWidth = strideWidth
    self.paddingHeight = paddingHeight
    self.paddingWidth = paddingWidth
    self.dilationHeight = dilationHeight
    self.dilationWidth = dilationWidth
    self.outHeight = outHeight
    self.outWidth = outWidth
  }
}

/// Column matrices of convolutions over NHWC images: one row per output pixel, columns ordered (tap row, tap column,
/// channel).
public enum Columns {
  /// columns[pixel − first][tap][channel] for output pixels first..<last, counted through the whole batch; rows begin
  /// `row` elements apart.
  public static func gather(_ x: Source, _ g: WindowGrid, first: Int, last: Int, into columns: Destination, row: Int) {
    var start = columns
    forEachWindow(g, first, last) { image, top, left in
      var destination = start
      start += row
      let base = x + image * g.height * g.width * g.channels
      for tapRow in 0..<g.kernelHeight {
        let y = top + tapRow * g.dilationHeight
        if y < 0 || y >= g.height {
          destination.update(repeating: 0, count: g.kernelWidth * g.channels)
          destination += g.kernelWidth * g.channels
        } else if g.dilationWidth == 1 {
          gatherRow(base + y * g.width * g.channels, g, left, into: destination)
          destination += g.kernelWidth * g.channels
        } else {
          for tapColumn in 0..<g.kernelWidth {
            let column = left + tapColumn * g.dilationWidth
            if column < 0 || column >= g.width {
              destination.update(repeating: 0, count: g.channels)
            } else {
              copy(base + (y * g.width + column) * g.channels, to: destination, count: g.channels)
            }
            destination += g.channels
          }
        }
      }
    }
  }

  /// The transpose of `gather`: adds every column entry to the pixel that it was read from.
  public static func scatterAdd(_ columns: Source, _ g: WindowGrid, first: Int, last: Int, to x: Destination) {
    var source = columns
    forEachWindow(g, first, last) { image, top, left in
      let base = x + image * g.height * g.width * g.channels
      for tapRow in 0..<g.kernelHeight {
        let row = top + tapRow * g.dilationHeight
        for tapColumn in 0..<g.kernelWidth {
          let column = left + tapColumn * g.dilationWidth
          if row >= 0 && row < g.height && column >= 0 && column < g.width {
            let pixel = base + (row * g.width + column) * g.channels
            for c in 0..<g.channels { pixel[c] += source[c] }
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
    let perImage = g.outHeight * g.outWidth
    var image = first / perImage
    var row = first % perImage / g.outWidth
    var column = first % g.outWidth
    for _ in first..<last {
      body(image, row * g.strideHeight - g.paddingHeight, column * g.strideWidth - g.paddingWidth)
      column += 1
      if column == g.outWidth {
        column = 0
        row += 1
        if row == g.outHeight {
          row = 0
          image += 1
        }
      }
    }
  }

  /// The taps of one kernel row lie side by side in memory: one copy, with zeros where the window leaves the image.
  @inline(__always)
  private static func gatherRow(_ row: Source, _ g: WindowGrid, _ left: Int, into destination: Destination) {
    let before = min(max(0, -left), g.kernelWidth)
    let after = max(before, min(g.kernelWidth, g.width - left))
    if before > 0 { destination.update(repeating: 0, count: before * g.channels) }
    if after > before {
      copy(
        row + (left + before) * g.channels, to: destination + before * g.channels, count: (after - before) * g.channels)
    }
    if after < g.kernelWidth {
      (destination + after * g.channels).update(repeating: 0, count: (g.kernelWidth - after) * g.channels)
    }
  }

  @inline(__always)
  private static func copy(_ source: Source, to destination: Destination, count: Int) {
    destination.update(from: source, count: count)
  }
}

/// Orders of convolution weights: PyTorch's (outputs, inputs, taps) outside; panels of the matrices (taps·inputs, outputs)
/// and (outputs, taps·inputs) for the products.
public enum WeightOrder {
  /// Which way a product goes: from the weight's inputs to its outputs, or back.
  public enum Direction: Sendable { case forward, backward }

  /// Inputs or outputs that one chunk of a reordering loop takes.
  public static let block = 16

  /// The panel of (taps·inputs, outputs) whose first output is `first`; what pads it is zero.
  public static func packForward(
    _ weights: Source, outputs: Int, inputs: Int, taps: Int, panelFrom first: Int, into packed: Destination
  ) {
    let width = PanelProduct.blockColumns
    let panel = packed + first * inputs * taps
    for lane in 0..<width {
      let source = weights + (first + lane) * inputs * taps
      for input in 0..<inputs {
        for tap in 0..<taps {
          panel[(tap * inputs + input) * width + lane] = first + lane < outputs ? source[input * taps + tap] : 0
        }
      }
    }
  }

  /// The panel of (outputs, taps·inputs) whose first column is `first`; what pads it is zero.
  public static func packBackward(
    _ weights: Source, outputs: Int, inputs: Int, taps: Int, panelFrom first: Int, into packed: Destination
  ) {
    let width = PanelProduct.blockColumns
    let panel = packed + first * outputs
    withUnsafeTemporaryAllocation(of: Int.self, capacity: width) { places in
      for lane in 0..<width { places[lane] = (first + lane) % inputs * taps + (first + lane) / inputs }
      let count = min(width, inputs * taps - first)
      for output in 0..<outputs {
        let (source, target) = (weights + output * inputs * taps, panel + output * width)
        for lane in 0..<count { target[lane] = source[places[lane]] }
        for lane in count..<width { target[lane] = 0 }
      }
    }
  }

  /// weights (outputs, inputs, taps) for outputs `range` of packed[tap·inputs + input][output].
  public static func unpack(
    _ packed: Source, outputs: Int, inputs: Int, taps: Int, range: Range<Int>, into weights: Destination
  ) {
    for first in stride(from: 0, to: inputs, by: block) {
      for output in range {
        for input in first..<min(inputs, first + block) {
          let target = weights + (output * inputs + input) * taps
          for tap in 0..<taps { target[tap] = packed[(tap * inputs + input) * outputs + output] }
        }
      }
    }
  }
}
