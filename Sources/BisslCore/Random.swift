import Glibc

/// A counter-based generator: Philox 4×32 with ten rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
/// SC 2011). The n-th number of a stream is a function of (key, stream, n) alone, so draws do not depend on thread
/// count, batch size or where a run was resumed.
public struct Random: Sendable {
  public let key: UInt64
  public let stream: UInt64
  /// Blocks of four 32-bit numbers consumed so far.
  public private(set) var counter: UInt64
  private var block = SIMD4<UInt32>.zero
  private var used = 4

  /// - Parameter counter: the block to begin with, so that parts of a stream can be drawn side by side.
  public init(key: UInt64, stream: UInt64 = 0, counter: UInt64 = 0) {
    self.key = key
    self.stream = stream
    self.counter = counter
  }

  /// Block number `counter` of the stream.
  public static func block(key: UInt64, stream: UInt64, counter: UInt64) -> SIMD4<UInt32> {
    var x = SIMD4<UInt32>(
      UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32),
      UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32))
    var k0 = UInt32(truncatingIfNeeded: key)
    var k1 = UInt32(truncatingIfNeeded: key >> 32)
    for _ in 0..<10 {
      let a = UInt64(0xD251_1F53) * UInt64(x[0])
      let b = UInt64(0xCD9E_8D57) * UInt64(x[2])
      x = SIMD4(
        UInt32(truncatingIfNeeded: b >> 32) ^ x[1] ^ k0, UInt32(truncatingIfNeeded: b),
        UInt32(truncatingIfNeeded: a >> 32) ^ x[3] ^ k1, UInt32(truncatingIfNeeded: a))
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return x
  }

  public mutating func next() -> UInt32 {
    if used == 4 {
      block = Random.block(key: key, stream: stream, counter: counter)
      counter &+= 1
      used = 0
    }
    defer { used += 1 }
    return block[used]
  }

  /// Uniform on [0, 1) with 53 bits.
  public mutating func uniform() -> Double {
    let high = UInt64(next() >> 5)
    let low = UInt64(next() >> 6)
    return Double(high << 26 | low) * 0x1p-53
  }

  public mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * uniform() }

  /// Two independent standard normal numbers (Box–Muller), from one block.
  public mutating func normalPair() -> (Double, Double) {
    let radius = sqrt(-2 * log(1 - uniform()))
    let angle = 2 * Double.pi * uniform()
    return (radius * cos(angle), radius * sin(angle))
  }

  /// Standard normal: one of the pair, so that every draw consumes the same number of blocks.
  public mutating func normal() -> Double { normalPair().0 }

  /// Uniform on 0..<bound, without modulo bias worth measuring (bound < 2³²).
  public mutating func integer(below bound: Int) -> Int { min(bound - 1, Int(uniform() * Double(bound))) }
}
