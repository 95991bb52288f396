/// The interpolation kernels that Pillow calls BILINEAR and BICUBIC.
public enum ResamplingFilter {
  case bilinear, bicubic

  /// Half of the kernel's width, in input pixels when nothing is reduced.
  @inline(__always)
  public var support: Double { self == .bilinear ? 1 : 2 }

  /// The most pairs of taps an output needs when `scale` input pixels fall on it: one tap more on either side than the
  /// kernel is wide, where a pair begins before it or ends after it.
  public func capacity(scale: Double) -> Int { Int((support * max(1, scale)).rounded(.up)) + 2 }

  /// Triangle, or Keys' cubic convolution with a = −½ (Keys, "Cubic convolution interpolation", 1981). Each of its two
  /// polynomials is 0 at the ends of its interval, so clamping the argument stands for asking which one holds.
  @inline(__always)
  fileprivate func value(at position: Double) -> Double {
    let x = abs(position)
    if self == .bilinear { return 1 - min(x, 1) }
    let inner = min(x, 1)
    let outer = min(max(x, 1), 2)
    return (1.5 * inner - 2.5) * inner * inner + 1 - 0.5 * (((outer - 5) * outer + 8) * outer - 4)
  }
}

/// Where each output of a one-dimensional resampling looks: pairs of taps `first[i] ..< first[i] + length[i]` of the
/// input (pair p is pixels 2p and 2p + 1), with fixed-point coefficients, two of 16 bits in each number, at
/// `coefficients + i * capacity`. A tap that only completes a pair weighs 0. The memory belongs to the caller.
public struct ResamplingTable {
  public let first: UnsafeMutablePointer<Int32>
  public let length: UnsafeMutablePointer<Int32>
  public let coefficients: UnsafeMutablePointer<UInt32>
  /// The most pairs of taps an output may have.
  public let capacity: Int
  /// Bits after the binary point of the coefficients, known once the table is filled.
  public private(set) var precision: Int32 = 14

  public init(
    first: UnsafeMutablePointer<Int32>, length: UnsafeMutablePointer<Int32>,
    coefficients: UnsafeMutablePointer<UInt32>, capacity: Int
  ) {
    self.first = first
    self.length = length
    self.coefficients = coefficients
    self.capacity = capacity
  }

  /// The pairs of which any of `outputs` outputs takes a tap; they move in one direction with the outputs.
  public func pairs(outputs: Int) -> Range<Int> {
    let last = outputs - 1
    return Int(min(first[0], first[last]))..<Int(max(first[0] + length[0], first[last] + length[last]))
  }

  /// Fills the table for the outputs in `window` when `inputs` pixels become `outputs`. A reduction widens the kernel
  /// by its factor. `mirrored` writes the outputs in reverse order. `weights`: scratch for 2·`capacity` numbers.
  public mutating func fill(
    filter: ResamplingFilter, inputs: Int, outputs: Int, window: Range<Int>, mirrored: Bool,
    weights: UnsafeMutablePointer<Double>
  ) {
    let scale = Double(inputs) / Double(outputs)
    let widening = max(1, scale)
    let support = filter.support * widening
    // A coefficient is below 1.2 / widening. Sums of 255 · 1.5 · 2²² fit 32 bits.
    precision = 14 + min(8, Int32(widening.exponent))
    for output in window {
      let center = (Double(output) + 0.5) * scale
      let low = max(0, Int(center - support + 0.5))
      let high = min(inputs, Int(center + support + 0.5))
      let start = low & ~1
      let pairs = (high - start + 1) / 2
      let slot = mirrored ? window.upperBound - 1 - output : output - window.lowerBound
      first[slot] = Int32(start / 2)
      length[slot] = Int32(pairs)
      evaluate(filter, from: Double(start) + 0.5 - center, step: 1 / widening, taps: 2 * pairs, into: weights)
      // The pixels just outside the window: beyond the kernel's end, or beyond the image's.
      if low > start { weights[0] = 0 }
      weights[high - start] = 0
      quantize(
        weights, taps: 2 * pairs, nearest: max(low, min(high - 1, Int(center))) - start,
        into: coefficients + slot * capacity)
    }
  }

  @inline(__always)
  private func evaluate(
    _ filter: ResamplingFilter, from start: Double, step: Double, taps: Int, into weights: UnsafeMutablePointer<Double>
  ) {
    switch filter {
    case .bilinear:
      for tap in 0..<taps {
        weights[tap] = ResamplingFilter.bilinear.value(at: (start + Double(Int32(truncatingIfNeeded: tap))) * step)
      }
    case .bicubic:
      for tap in 0..<taps {
        weights[tap] = ResamplingFilter.bicubic.value(at: (start + Double(Int32(truncatingIfNeeded: tap))) * step)
      }
    }
  }

  /// Rounds weights to fixed point so that they sum to exactly 1: what rounding leaves goes to the nearest pixel's.
  @inline(__always)
  private func quantize(
    _ weights: UnsafePointer<Double>, taps: Int, nearest: Int, into coefficients: UnsafeMutablePointer<UInt32>
  ) {
    var sums = SIMD2<Double>.zero
    for pair in 0..<taps / 2 { sums += SIMD2(weights[2 * pair], weights[2 * pair + 1]) }
    let one = Int32(1) << precision
    let unit = Double(one) / sums.sum()
    coefficients.withMemoryRebound(to: Int16.self, capacity: taps) { coefficients in
      var sum: Int32 = 0
      for tap in 0..<taps {
        let coefficient = Int32((weights[tap] * unit).rounded())
        coefficients[tap] = Int16(truncatingIfNeeded: coefficient)
        sum &+= coefficient
      }
      coefficients[nearest] &+= Int16(truncatingIfNeeded: one &- sum)
    }
  }
}
