/// Point operations on planes of 8-bit pixels, in Pillow's arithmetic.
public enum ImagingColor {
  /// ITU-R 601 luma in 16-bit fixed point, as Pillow converts RGB to L.
  @inline(__always)
  static func luma(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
    let sum = UInt32(red) &* 19595 &+ UInt32(green) &* 38470 &+ UInt32(blue) &* 7471
    return UInt8(truncatingIfNeeded: (sum &+ 0x8000) &>> 16)
  }

  /// degenerate + factor·(value − degenerate), clipped and truncated as Pillow blends images.
  @inline(__always)
  static func blend(_ degenerate: UInt8, _ value: UInt8, _ factor: Float) -> UInt8 {
    let blended = Float(degenerate) + factor * Float(Int32(value) &- Int32(degenerate))
    return UInt8(truncatingIfNeeded: Int32(min(max(blended, 0), 255)))
  }

  /// Moves every byte away from (factor > 1) or towards (factor < 1) one value.
  public static func blend(_ bytes: UnsafeMutablePointer<UInt8>, from value: UInt8, factor: Float, count: Int) {
    for i in 0..<count { bytes[i] = blend(value, bytes[i], factor) }
  }

  /// Moves every pixel away from or towards its own grey.
  public static func saturate(
    _ red: UnsafeMutablePointer<UInt8>, _ green: UnsafeMutablePointer<UInt8>, _ blue: UnsafeMutablePointer<UInt8>,
    factor: Float, count: Int
  ) {
    for i in 0..<count {
      let grey = luma(red[i], green[i], blue[i])
      red[i] = blend(grey, red[i], factor)
      green[i] = blend(grey, green[i], factor)
      blue[i] = blend(grey, blue[i], factor)
    }
  }

  /// The luma of every pixel. `grey` may be one of the planes.
  public static func grey(
    _ red: UnsafePointer<UInt8>, _ green: UnsafePointer<UInt8>, _ blue: UnsafePointer<UInt8>,
    into grey: UnsafeMutablePointer<UInt8>, count: Int
  ) {
    for i in 0..<count { grey[i] = luma(red[i], green[i], blue[i]) }
  }

  public static func sum(_ bytes: UnsafePointer<UInt8>, count: Int) -> Int {
    var sum: UInt32 = 0
    for i in 0..<count { sum &+= UInt32(bytes[i]) }
    return Int(sum)
  }

  /// Inverts bytes of at least `threshold`.
  public static func solarize(_ bytes: UnsafeMutablePointer<UInt8>, threshold: UInt8, count: Int) {
    for i in 0..<count { bytes[i] = bytes[i] < threshold ? bytes[i] : 255 &- bytes[i] }
  }

  /// out[x] = table[bytes[x]], one channel.
  public static func normalize(
    _ bytes: UnsafePointer<UInt8>, table: Source, into out: Destination, count: Int
  ) {
    for x in 0..<count { out[x] = table[Int(bytes[x])] }
  }

  /// Three planes to interleaved pixels through one table of 256 numbers per channel.
  public static func normalize(
    _ red: UnsafePointer<UInt8>, _ green: UnsafePointer<UInt8>, _ blue: UnsafePointer<UInt8>, tables: Source,
    into out: Destination, count: Int
  ) {
    for x in 0..<count {
      out[3 * x] = tables[Int(red[x])]
      out[3 * x + 1] = tables[256 + Int(green[x])]
      out[3 * x + 2] = tables[512 + Int(blue[x])]
    }
  }
}
