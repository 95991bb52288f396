/// Where each output of a one-dimensional resampling looks: taps `first[i] ..< first[i] + length[i]` of the input, with
/// fixed-point coefficients at `coefficients + i * capacity`. The memory belongs to the caller.
public struct ResamplingTable {
  public let first: UnsafeMutablePointer<Int32>
  public let length: UnsafeMutablePointer<Int32>
  public let coefficients: UnsafeMutablePointer<Int32>
  /// The most taps an output may have.
  public let capacity: Int

  public init(
    first: UnsafeMutablePointer<Int32>, length: UnsafeMutablePointer<Int32>,
    coefficients: UnsafeMutablePointer<Int32>, capacity: Int
  ) {
    self.first = first
    self.length = length
    self.coefficients = coefficients
    self.capacity = capacity
  }
}

/// The interpolation kernels that Pillow calls BILINEAR and BICUBIC.
public enum ResamplingFilter {
  case bilinear, bicubic

  /// Half of the kernel's width, in input pixels when nothing is reduced.
  @inline(__always)
  public var support: Double { self == .bilinear ? 1 : 2 }

  /// The most taps an output needs when `scale` input pixels fall on it.
  public func capacity(scale: Double) -> Int { Int((support * max(1, scale)).rounded(.up)) * 2 + 1 }

  /// Triangle, or Keys' cubic convolution with a = −½ (Keys, "Cubic convolution interpolation", 1981).
  @inline(__always)
  fileprivate func value(at position: Double) -> Double {
    let x = abs(position)
    switch self {
    case .bilinear: return max(0, 1 - x)
    case .bicubic:
      if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
      return x < 2 ? -0.5 * (((x - 5) * x + 8) * x - 4) : 0
    }
  }
}

/// Separable antialiased resampling in Pillow's arithmetic: 22-bit fixed-point coefficients, the result of each of the
/// two passes rounded to 8 bits, the horizontal pass first (as Pillow up to version 12; 13 takes the vertical one first
/// where it reduces much more, which moves some pixels of such images by a grey level). Sixteen bytes are processed at
/// once: four RGB0 pixels or sixteen grey ones.
public enum ImagingResampling {
  /// 8 bits of the result and 2 of headroom leave 22 of 32.
  static let precision: Int32 = 22
  public static let lanes = 16

  // MARK: Coefficients

  /// Fills `table` for the outputs in `window` when `inputs` pixels become `outputs`. A reduction widens the kernel by
  /// its factor. `mirrored` writes the outputs in reverse order. `weights`: scratch for `table.capacity` numbers.
  public static func fill(
    _ table: ResamplingTable, filter: ResamplingFilter, inputs: Int, outputs: Int, window: Range<Int>, mirrored: Bool,
    weights: UnsafeMutablePointer<Double>
  ) {
    let scale = Double(inputs) / Double(outputs)
    let widening = max(1, scale)
    let support = filter.support * widening
    for output in window {
      let center = (Double(output) + 0.5) * scale
      let low = max(0, Int(center - support + 0.5))
      let count = min(inputs, Int(center + support + 0.5)) - low
      var sum = 0.0
      for tap in 0..<count {
        let weight = filter.value(at: (Double(tap + low) - center + 0.5) * (1 / widening))
        weights[tap] = weight
        sum += weight
      }
      let slot = mirrored ? window.upperBound - 1 - output : output - window.lowerBound
      table.first[slot] = Int32(low)
      table.length[slot] = Int32(count)
      quantize(weights, sum: sum, count: count, into: table.coefficients + slot * table.capacity)
    }
  }

  private static func quantize(
    _ weights: UnsafePointer<Double>, sum: Double, count: Int, into coefficients: UnsafeMutablePointer<Int32>
  ) {
    for tap in 0..<count {
      let scaled = weights[tap] / sum * Double(Int32(1) << precision)
      coefficients[tap] = Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
    }
  }

  // MARK: Horizontal pass

  /// Interleaves up to four RGB rows: cell x holds pixel x of every row as RGB0. Reads 3·width bytes of each row.
  public static func packColor(
    _ rows: UnsafePointer<UInt8>, rowBytes: Int, rowCount: Int, width: Int, into cells: UnsafeMutablePointer<UInt8>
  ) {
    for row in 0..<rowCount {
      let source = UnsafeRawPointer(rows + row * rowBytes)
      let target = UnsafeMutableRawPointer(cells + 4 * row)
      // Four bytes at a time reach one byte past a pixel, which for the last one may not exist.
      for x in 0..<(width - 1) {
        target.storeBytes(
          of: source.loadUnaligned(fromByteOffset: 3 * x, as: UInt32.self), toByteOffset: lanes * x, as: UInt32.self)
      }
      for channel in 0..<3 {
        cells[lanes * (width - 1) + 4 * row + channel] = rows[row * rowBytes + 3 * (width - 1) + channel]
      }
    }
  }

  /// Interleaves up to sixteen grey rows: cell x holds pixel x of every row.
  public static func packGrey(
    _ rows: UnsafePointer<UInt8>, rowBytes: Int, rowCount: Int, width: Int, into cells: UnsafeMutablePointer<UInt8>
  ) {
    for row in 0..<rowCount {
      let source = rows + row * rowBytes
      for x in 0..<width { cells[lanes * x + row] = source[x] }
    }
  }

  /// Cells of up to four RGB0 rows to `rowCount` rows of `width` RGB0 pixels, `rowBytes` apart.
  public static func horizontalColor(
    _ cells: UnsafePointer<UInt8>, _ table: ResamplingTable, width: Int, rowCount: Int,
    into rows: UnsafeMutablePointer<UInt8>, rowBytes: Int
  ) {
    for x in 0..<width {
      let pixels = unsafeBitCast(weightedSum(cells, stride: lanes, table, x), to: SIMD4<UInt32>.self)
      for row in 0..<rowCount {
        UnsafeMutableRawPointer(rows + row * rowBytes + 4 * x).storeBytes(of: pixels[row], as: UInt32.self)
      }
    }
  }

  /// Cells of up to sixteen grey rows to `rowCount` rows of `width` bytes, `rowBytes` apart.
  public static func horizontalGrey(
    _ cells: UnsafePointer<UInt8>, _ table: ResamplingTable, width: Int, rowCount: Int,
    into rows: UnsafeMutablePointer<UInt8>, rowBytes: Int
  ) {
    for x in 0..<width {
      let pixels = weightedSum(cells, stride: lanes, table, x)
      for row in 0..<rowCount { rows[row * rowBytes + x] = pixels[row] }
    }
  }

  // MARK: Vertical pass

  /// One output row of `rowBytes` bytes (a multiple of 16) from rows that lie `rowBytes` apart.
  public static func vertical(
    _ rows: UnsafePointer<UInt8>, rowBytes: Int, _ table: ResamplingTable, output: Int,
    into row: UnsafeMutablePointer<UInt8>
  ) {
    var x = 0
    while x < rowBytes {
      UnsafeMutableRawPointer(row + x).storeBytes(
        of: weightedSum(rows + x, stride: rowBytes, table, output), as: SIMD16<UInt8>.self)
      x += lanes
    }
  }

  /// RGB0 pixels to three planes.
  public static func separate(
    _ pixels: UnsafePointer<UInt8>, count: Int, red: UnsafeMutablePointer<UInt8>, green: UnsafeMutablePointer<UInt8>,
    blue: UnsafeMutablePointer<UInt8>
  ) {
    UnsafeRawPointer(pixels).withMemoryRebound(to: UInt32.self, capacity: count) { pixels in
      for x in 0..<count {
        red[x] = UInt8(truncatingIfNeeded: pixels[x])
        green[x] = UInt8(truncatingIfNeeded: pixels[x] &>> 8)
        blue[x] = UInt8(truncatingIfNeeded: pixels[x] &>> 16)
      }
    }
  }

  /// Output number `index` of sixteen independent lanes whose taps lie `stride` bytes apart.
  @inline(__always)
  private static func weightedSum(
    _ source: UnsafePointer<UInt8>, stride: Int, _ table: ResamplingTable, _ index: Int
  ) -> SIMD16<UInt8> {
    let coefficients = table.coefficients + index * table.capacity
    let taps = UnsafeRawPointer(source + Int(table.first[index]) * stride)
    var sum = SIMD16<Int32>(repeating: 1 << (precision - 1))
    for tap in 0..<Int(table.length[index]) {
      let bytes = taps.loadUnaligned(fromByteOffset: tap * stride, as: SIMD16<UInt8>.self)
      sum &+= SIMD16<Int32>(truncatingIfNeeded: bytes) &* coefficients[tap]
    }
    return clipped(sum &>> precision)
  }

  /// Clips to 0...255 by sign masks, which compile to vector instructions where comparisons of vectors do not.
  @inline(__always)
  private static func clipped(_ values: SIMD16<Int32>) -> SIMD16<UInt8> {
    let isNegative = values &>> 31
    let isTooLarge = (SIMD16(repeating: 255) &- values) &>> 31
    return SIMD16<UInt8>(truncatingIfNeeded: (values | isTooLarge) & ~isNegative)
  }
}
