/// One pass of Pillow's box filter of fractional radius: the 2·radius + 1 nearest pixels weigh `weight`, the two beyond
/// them `edgeWeight`, both 24-bit fixed point; pixels outside the image repeat its border; the result is rounded to
/// 8 bits.
public struct ImagingBoxFilter {
  public let radius: Int
  let weight: UInt32
  let edgeWeight: UInt32

  /// `radius` below 128: sums of 2·128 + 1 bytes fit 16 bits.
  public init(radius: Float) {
    self.radius = Int(radius)
    weight = UInt32(0x1p24 / (radius * 2 + 1))
    edgeWeight = ((1 << 24) - (UInt32(self.radius) * 2 + 1) * weight) / 2
  }

  /// Filters `width` pixels of `row` in place. Scratch: `sums` for `width` numbers, `line` for `width` + 2·radius + 2.
  public func alongRow(
    _ row: UnsafeMutablePointer<UInt8>, width: Int, line: UnsafeMutablePointer<UInt8>,
    sums: UnsafeMutablePointer<UInt16>
  ) {
    let margin = radius + 1
    line.update(repeating: row[0], count: margin)
    (line + margin).update(from: row, count: width)
    (line + margin + width).update(repeating: row[width - 1], count: margin)
    sums.update(repeating: 0, count: width)
    for tap in 1...(2 * radius + 1) { accumulate(line + tap, into: sums, count: width) }
    round(sums, line, line + 2 * margin, into: row, count: width)
  }

  /// Filters a plane of `height` rows, `stride` bytes apart, along its columns, into `out`. Scratch: `sums` for `stride`
  /// numbers.
  public func alongColumns(
    _ plane: UnsafePointer<UInt8>, height: Int, stride: Int, into out: UnsafeMutablePointer<UInt8>,
    sums: UnsafeMutablePointer<UInt16>
  ) {
    func row(_ y: Int) -> UnsafePointer<UInt8> { plane + min(max(y, 0), height - 1) * stride }
    for y in 0..<height {
      sums.update(repeating: 0, count: stride)
      for tap in (y - radius)...(y + radius) { accumulate(row(tap), into: sums, count: stride) }
      round(sums, row(y - radius - 1), row(y + radius + 1), into: out + y * stride, count: stride)
    }
  }

  @inline(__always)
  private func accumulate(_ bytes: UnsafePointer<UInt8>, into sums: UnsafeMutablePointer<UInt16>, count: Int) {
    for x in 0..<count { sums[x] &+= UInt16(bytes[x]) }
  }

  @inline(__always)
  private func round(
    _ sums: UnsafePointer<UInt16>, _ before: UnsafePointer<UInt8>, _ after: UnsafePointer<UInt8>,
    into out: UnsafeMutablePointer<UInt8>, count: Int
  ) {
    for x in 0..<count {
      let edges = UInt32(before[x]) &+ UInt32(after[x])
      let total = UInt32(sums[x]) &* weight &+ edges &* edgeWeight
      out[x] = UInt8(truncatingIfNeeded: (total &+ (1 << 23)) &>> 24)
    }
  }
}
