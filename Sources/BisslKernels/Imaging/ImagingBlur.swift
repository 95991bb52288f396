import CBissl

/// Pillow's box filter of fractional radius, three passes of it: the 2·radius + 1 nearest pixels weigh `weight`, the
/// two beyond them `edgeWeight`, both 24-bit fixed point; pixels outside the image repeat its border; the result of
/// every pass is rounded to 8 bits.
public struct ImagingBoxFilter {
  public static let passes = 3
  public static let lanes = 16

  public let radius: Int
  /// `weight` and `edgeWeight` in turn: what is above the last ten bits, and those.
  private let highWeights: SIMD16<Int16>
  private let lowWeights: SIMD16<Int16>
  private let offset: Int32

  /// `radius` from 0 to below 127, so that sums of 2·126 + 1 numbers of 8 bits with sign fit 16 bits.
  public init(radius: Float) {
    self.radius = Int(radius)
    let count = self.radius * 2 + 1
    let weight = Int(0x1p24 / (radius * 2 + 1))
    let edgeWeight = ((1 << 24) - count * weight) / 2
    func alternating(_ part: (Int) -> Int) -> SIMD16<Int16> {
      var parts = SIMD16(repeating: Int16(truncatingIfNeeded: part(weight)))
      parts.oddHalf = SIMD8(repeating: Int16(truncatingIfNeeded: part(edgeWeight)))
      return parts
    }
    highWeights = alternating { $0 >> 10 }
    lowWeights = alternating { $0 & 1023 }
    // A half to round, and what the weights lack of 1 for the 128 that all pixels lack.
    offset = Int32(truncatingIfNeeded: (1 << 23) - 128 * ((1 << 24) - count * weight - 2 * edgeWeight))
  }

  /// Pixels less 128, each line between margins of radius + 1 pixels.
  public typealias Lines = UnsafeMutablePointer<Int16>

  /// Rows that are filtered side by side: a pass reads across what the one before it wrote, at other alignments, which
  /// is slow while the writes are under way.
  public static let rowsAtOnce = 8

  /// Numbers in each of the two buffers of lines for an image of `size` pixels a side.
  public static func lineCapacity(size: Int, largestRadius: Int) -> Int {
    max(lanes, rowsAtOnce) * (padded(size) + 2 * (largestRadius + 1) + lanes)
  }

  @inline(__always)
  private static func padded(_ count: Int) -> Int { (count + lanes - 1) / lanes * lanes }

  /// Filters up to eight rows of `width` pixels, `stride` bytes apart, in place, in whole vectors of 16 bytes.
  public func alongRows(
    _ rows: UnsafeMutablePointer<UInt8>, count: Int, width: Int, stride: Int, lines: (Lines, Lines)
  ) {
    let length = ImagingBoxFilter.padded(width)
    let pitch = length + 2 * (radius + 1) + ImagingBoxFilter.lanes
    for row in 0..<count {
      load(rows + row * stride, stride: ImagingBoxFilter.lanes, count: length, into: lines.0 + row * pitch + radius + 1)
    }
    let result = filtered(lines, count: count, pitch: pitch, pixels: width, lanesPerPixel: 1)
    for row in 0..<count {
      store(result + row * pitch + radius + 1, count: length, to: rows + row * stride, stride: ImagingBoxFilter.lanes)
    }
  }

  /// Filters sixteen columns of `height` pixels, `stride` bytes apart, in place.
  public func alongColumns(
    _ columns: UnsafeMutablePointer<UInt8>, height: Int, stride: Int, lines: (Lines, Lines)
  ) {
    let margin = (radius + 1) * ImagingBoxFilter.lanes
    let length = height * ImagingBoxFilter.lanes
    load(columns, stride: stride, count: length, into: lines.0 + margin)
    let result = filtered(lines, count: 1, pitch: 0, pixels: height, lanesPerPixel: ImagingBoxFilter.lanes)
    store(result + margin, count: length, to: columns, stride: stride)
  }

  /// All passes, from one buffer to the other and back; answers which holds the last one. Standard deviations up to 2.4
  /// have the radii that are written out.
  @inline(__always)
  private func filtered(
    _ lines: (Lines, Lines), count: Int, pitch: Int, pixels: Int, lanesPerPixel: Int
  ) -> Lines {
    var (source, target) = lines
    for _ in 0..<ImagingBoxFilter.passes {
      for line in 0..<count { extend(source + line * pitch, pixels: pixels, lanesPerPixel: lanesPerPixel) }
      for line in 0..<count {
        let (from, to) = (source + line * pitch, target + line * pitch + (radius + 1) * lanesPerPixel)
        switch radius {
        case 0: pass(from, to, radius: 0, pixels: pixels, lanesPerPixel: lanesPerPixel)
        case 1: pass(from, to, radius: 1, pixels: pixels, lanesPerPixel: lanesPerPixel)
        default: pass(from, to, radius: radius, pixels: pixels, lanesPerPixel: lanesPerPixel)
        }
      }
      swap(&source, &target)
    }
    return source
  }

  @inline(__always)
  private func pass(_ source: Lines, _ target: Lines, radius: Int, pixels: Int, lanesPerPixel: Int) {
    let last = 2 * (radius + 1)
    for start in stride(from: 0, to: pixels * lanesPerPixel, by: ImagingBoxFilter.lanes) {
      let taps = source + start
      var sum = vector(taps + lanesPerPixel)
      for tap in 2..<last { sum &+= vector(taps + tap * lanesPerPixel) }
      let edges = vector(taps) &+ vector(taps + last * lanesPerPixel)
      store(bissl_weighted_sum(sum, edges, highWeights, lowWeights, offset), to: target + start)
    }
  }

  /// Repeats the first and the last pixel over the margins.
  @inline(__always)
  private func extend(_ line: Lines, pixels: Int, lanesPerPixel: Int) {
    let margin = (radius + 1) * lanesPerPixel
    let end = line + margin + pixels * lanesPerPixel
    for index in 0..<margin {
      line[index] = line[margin + index % lanesPerPixel]
      end[index] = (end - lanesPerPixel)[index % lanesPerPixel]
    }
  }

  @inline(__always)
  private func load(_ bytes: UnsafePointer<UInt8>, stride: Int, count: Int, into line: Lines) {
    for vector in 0..<count / ImagingBoxFilter.lanes {
      let pixels = UnsafeRawPointer(bytes + vector * stride).loadUnaligned(as: SIMD16<UInt8>.self)
      store(SIMD16<Int16>(truncatingIfNeeded: pixels) &- 128, to: line + ImagingBoxFilter.lanes * vector)
    }
  }

  @inline(__always)
  private func store(_ line: Lines, count: Int, to bytes: UnsafeMutablePointer<UInt8>, stride: Int) {
    for index in 0..<count / ImagingBoxFilter.lanes {
      let pixels = SIMD16<UInt8>(truncatingIfNeeded: vector(line + ImagingBoxFilter.lanes * index) &+ 128)
      UnsafeMutableRawPointer(bytes + index * stride).storeBytes(of: pixels, as: SIMD16<UInt8>.self)
    }
  }

  @inline(__always)
  private func vector(_ line: Lines) -> SIMD16<Int16> { UnsafeRawPointer(line).loadUnaligned(as: SIMD16<Int16>.self) }

  @inline(__always)
  private func store(_ value: SIMD16<Int16>, to line: Lines) {
    UnsafeMutableRawPointer(line).storeBytes(of: value, as: SIMD16<Int16>.self)
  }
}
