extension Winograd {
  /// Rows `range` of one block of packed B in every matrix u[matrix] = G g Gᵀ (from, to) channels, as numbers row by
  /// row: the block whose first column is channel `first` of `to`. It begins at `block` in the first matrix, and `step`
  /// elements further in each next one. Weights are (outputs, inputs, taps, taps). What pads the block is zero.
  /// Backward at stride 1 the window is turned by 180°: the input adjoint is a convolution too.
  public func transformWeights(
    _ weights: Source, outputs: Int, inputs: Int, _ direction: WeightOrder.Direction, block first: Int,
    rows range: Range<Int>, step: Int, into block: Destination
  ) {
    let to = direction == .forward ? outputs : inputs
    // From one window to the next, and from one lane to the next.
    let (next, across) = direction == .forward ? (window, inputs * window) : (inputs * window, window)
    let isTurned = direction == .backward && tile.stride == 1
    let columns = Packing.blockColumns
    let present = min(columns, to - first)
    withWindows(columns: columns) { windows, scalars in
      for start in Swift.stride(from: range.lowerBound, to: range.upperBound, by: Self.windowsAtOnce) {
        let count = min(Self.windowsAtOnce, range.upperBound - start)
        for lane in 0..<present {
          var source = weights + (first + lane) * across + start * next
          var target = scalars + lane / VectorLane.width * window * VectorLane.width + lane % VectorLane.width
          for _ in 0..<count {
            if isTurned {
              forEachTap { tap, turned in target[tap * VectorLane.width] = source[turned] }
            } else {
              forEachTap { tap, _ in target[tap * VectorLane.width] = source[tap] }
            }
            source += next
            target += columns * window
          }
        }
        for k in 0..<count {
          for lane in Swift.stride(from: 0, to: columns, by: VectorLane.width) {
            WinogradTransforms.weight(
              VectorLane.self, tile,
              windows + (k * columns + lane) / VectorLane.width * window,
              into: block + (start + k) * columns + lane, step: step)
          }
        }
      }
    }
  }

  /// weights (outputs, inputs, taps, taps) = Gᵀ u G for inputs `range` of u[matrix] (inputs, outputs), rows `row`
  /// apart: the adjoint of `transformWeights`.
  public func transformWeightAdjoint(
    _ u: Source, row: Int, step: Int, outputs: Int, inputs: Int, range: Range<Int>, into weights: Destination
  ) {
    withWindows(columns: VectorLane.width) { windows, scalars in
      for output in Swift.stride(from: 0, to: outputs, by: VectorLane.width) {
        for start in Swift.stride(from: range.lowerBound, to: range.upperBound, by: Self.windowsAtOnce) {
          let count = min(Self.windowsAtOnce, range.upperBound - start)
          for k in 0..<count {
            WinogradTransforms.weightAdjoint(
              VectorLane.self, tile, u + (start + k) * row + output, step: step,
              into: windows + window * k)
          }
          for lane in 0..<min(VectorLane.width, outputs - output) {
            var source = scalars + lane
            var target = weights + ((output + lane) * inputs + start) * window
            for _ in 0..<count {
              forEachTap { tap, _ in target[tap] = source[tap * VectorLane.width] }
              source += window * VectorLane.width
              target += window
            }
          }
        }
      }
    }
  }

  /// Elements of a window.
  private var window: Int { tile.taps * tile.taps }

  /// Calls `body` for each element of a window and where it is in the window turned by 180°: in a loop of known length
  /// where the window is the usual one.
  @inline(__always)
  private func forEachTap(_ body: (_ tap: Int, _ turned: Int) -> Void) {
    if tile.taps == 3 {
      for tap in 0..<9 { body(tap, 8 - tap) }
    } else {
      for tap in 0..<window { body(tap, window - 1 - tap) }
    }
  }

  /// Windows per lane that are put in order before the next step: a few pages, and long enough that no vector is loaded
  /// while its numbers are still on their way to memory.
  private static let windowsAtOnce = 8

  /// Lends memory for windows, as (windows, vectors of `columns`, window) vectors and as scalars, zero at first.
  @inline(__always)
  private func withWindows(
    columns: Int, _ body: (_ windows: UnsafeMutablePointer<VectorLane>, _ scalars: Destination) -> Void
  ) {
    let count = Self.windowsAtOnce * window * columns
    withUnsafeTemporaryAllocation(of: VectorLane.self, capacity: count / VectorLane.width) { memory in
      guard let windows = memory.baseAddress else { return }
      windows.update(repeating: .zero, count: memory.count)
      windows.withMemoryRebound(to: Scalar.self, capacity: count) { body(windows, $0) }
    }
  }
}
