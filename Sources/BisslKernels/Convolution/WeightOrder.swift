/// Orders of convolution weights: PyTorch's (outputs, inputs, taps) outside; the matrices (taps·inputs, outputs) and
/// (outputs, taps·inputs), packed, for the products.
public enum WeightOrder {
  /// Which way a product goes: from the weight's inputs to its outputs, or back.
  public enum Direction: Sendable { case forward, backward }

  /// Inputs or outputs that one chunk of a reordering loop takes.
  public static let block = 16

  /// The block of packed (taps·inputs, outputs) whose first output is `first`; what pads it is zero.
  public static func packForward(
    _ weights: Source, outputs: Int, inputs: Int, taps: Int, block first: Int, into packed: Destination
  ) {
    let width = Packing.blockColumns
    let place = packed + first * inputs * taps
    for lane in 0..<width {
      let source = weights + (first + lane) * inputs * taps
      for input in 0..<inputs {
        for tap in 0..<taps {
          place[(tap * inputs + input) * width + lane] = first + lane < outputs ? source[input * taps + tap] : 0
        }
      }
    }
  }

  /// The block of packed (outputs, taps·inputs) whose first column is `first`; what pads it is zero.
  public static func packBackward(
    _ weights: Source, outputs: Int, inputs: Int, taps: Int, block first: Int, into packed: Destination
  ) {
    let width = Packing.blockColumns
    let place = packed + first * outputs
    withUnsafeTemporaryAllocation(of: Int.self, capacity: width) { places in
      for lane in 0..<width { places[lane] = (first + lane) % inputs * taps + (first + lane) / inputs }
      let count = min(width, inputs * taps - first)
      for output in 0..<outputs {
        let (source, target) = (weights + output * inputs * taps, place + output * width)
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
