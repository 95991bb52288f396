/// eˣ in straight-line arithmetic, so that loops over it run on vectors. Relative error below 2 ulp; results below the
/// smallest normal numbers are 0, NaN passes.
///
/// x = n·log 2 + r with |r| ≤ log 2/2 (log 2 in two parts: Cody & Waite 1980), eʳ by its Taylor polynomial, whose
/// remainder is below half an ulp at this degree, and 2ⁿ⁻¹ by its bits, so that n may reach both ends.
public enum Exponential {
  /// out = exp(x − shift)
  public static func ofDifferences(_ x: Source, _ shift: Scalar, into out: Destination, count: Int) {
    for i in 0..<count { out[i] = value(x[i] - shift) }
  }

  @inline(__always)
  static func value(_ x: Scalar) -> Scalar {
    let bounded = x < least ? least : (x > greatest ? greatest : x)
    // Adding 1.5·2ᵐ rounds to an integer and leaves it in the low bits.
    let shifted = bounded.times(1.442_695_040_888_963_4, plus: roundingShift)
    let n = shifted - roundingShift
    let r = n.times(-logTwoLow, plus: n.times(-logTwoHigh, plus: bounded))
    let y = polynomial(r) * halfPowerOfTwo(shifted) * 2
    return x < least ? 0 : (x > greatest ? .infinity : y)
  }

  #if BISSL_DOUBLE
    private static let least = -708.0
    private static let greatest = 709.78
    private static let roundingShift = 0x1.8p52
    private static let logTwoHigh = 0x1.62e42feep-1
    private static let logTwoLow = 0x1.a39ef35793c76p-33

    @inline(__always)
    private static func halfPowerOfTwo(_ shifted: Double) -> Double {
      let n = Int64(bitPattern: shifted.bitPattern &- 0x1.8p52.bitPattern)
      return Double(bitPattern: UInt64(bitPattern: (n &+ 1022) &<< 52))
    }

    @inline(__always)
    private static func polynomial(_ r: Double) -> Double {
      var p = 1 / 6_227_020_800.0
      p = p.times(r, plus: 1 / 479_001_600.0)
      p = p.times(r, plus: 1 / 39_916_800.0)
      p = p.times(r, plus: 1 / 3_628_800.0)
      p = p.times(r, plus: 1 / 362_880.0)
      p = p.times(r, plus: 1 / 40_320.0)
      p = p.times(r, plus: 1 / 5_040.0)
      p = p.times(r, plus: 1 / 720.0)
      p = p.times(r, plus: 1 / 120.0)
      p = p.times(r, plus: 1 / 24.0)
      p = p.times(r, plus: 1 / 6.0)
      p = p.times(r, plus: 0.5)
      return (p * r).times(r, plus: r) + 1
    }
  #else
    private static let least: Float = -86.6
    private static let greatest: Float = 88.72
    private static let roundingShift: Float = 0x1.8p23
    private static let logTwoHigh: Float = 0x1.62e4p-1
    private static let logTwoLow: Float = 0x1.7f7d1cp-20

    @inline(__always)
    private static func halfPowerOfTwo(_ shifted: Float) -> Float {
      let n = Int32(bitPattern: shifted.bitPattern &- (0x1.8p23 as Float).bitPattern)
      return Float(bitPattern: UInt32(bitPattern: (n &+ 126) &<< 23))
    }

    @inline(__always)
    private static func polynomial(_ r: Float) -> Float {
      var p: Float = 1 / 5040
      p = p.times(r, plus: 1 / 720)
      p = p.times(r, plus: 1 / 120)
      p = p.times(r, plus: 1 / 24)
      p = p.times(r, plus: 1 / 6)
      p = p.times(r, plus: 0.5)
      return (p * r).times(r, plus: r) + 1
    }
  #endif
}
