/// Sums. Those that end in one number are carried in double precision; those that end in a row are cascaded, so that
/// their error grows with the square root of the number of rows.
public enum Reductions {
  /// Σ x
  public static func sum(_ x: Source, count: Int) -> Double {
    lanes(count) {
      Wide(load(x, $0))
    } tail: {
      Double(x[$0])
    }
  }

  /// ⟨a, b⟩
  public static func dot(_ a: Source, _ b: Source, count: Int) -> Double {
    lanes(count) {
      Wide(load(a, $0)) * Wide(load(b, $0))
    } tail: {
      Double(a[$0]) * Double(b[$0])
    }
  }

  /// The greatest number; −∞ where there is none. NaN does not count.
  public static func greatest(_ x: Source, count: Int) -> Scalar {
    let vectored = count / Lane.scalarCount * Lane.scalarCount
    var best = Lane(repeating: -.infinity)
    for i in stride(from: 0, to: vectored, by: Lane.scalarCount) {
      let value = load(x, i)
      best.replace(with: value, where: value .> best)
    }
    var greatest = best.max()
    for i in vectored..<count where x[i] > greatest { greatest = x[i] }
    return greatest
  }

  /// totals += x
  public static func add(_ x: Source, to totals: UnsafeMutablePointer<Double>, count: Int) {
    for i in 0..<count { totals[i] += Double(x[i]) }
  }

  /// out[c] = s·Σᵣ x[r][c]
  public static func sumOfRows(
    _ x: Source, rows: Int, columns: Int, scaledBy s: Scalar = 1, into out: Destination
  ) {
    typealias Block = SIMD16<Scalar>
    let vectored = columns / Block.scalarCount * Block.scalarCount
    for c in stride(from: 0, to: vectored, by: Block.scalarCount) {
      let sum = cascade(rows, zero: Block.zero, add: { $0 + $1 }) {
        UnsafeRawPointer(x + $0 * columns + c).loadUnaligned(as: Block.self)
      }
      UnsafeMutableRawPointer(out + c).storeBytes(of: s * sum, as: Block.self)
    }
    for c in vectored..<columns {
      out[c] = s * cascade(rows, zero: 0, add: { $0 + $1 }) { x[$0 * columns + c] }
    }
  }

  private typealias Lane = SIMD8<Scalar>
  private typealias Wide = SIMD8<Double>

  @inline(__always)
  private static func load(_ x: Source, _ i: Int) -> Lane { UnsafeRawPointer(x + i).loadUnaligned(as: Lane.self) }

  @inline(__always)
  private static func lanes(_ count: Int, _ body: (Int) -> Wide, tail: (Int) -> Double) -> Double {
    let vectored = count / Lane.scalarCount * Lane.scalarCount
    var sums = Wide.zero
    for i in stride(from: 0, to: vectored, by: Lane.scalarCount) { sums += body(i) }
    var sum = sums.sum()
    for i in vectored..<count { sum += tail(i) }
    return sum
  }

  /// Sums blocks of 32 terms, then the blocks.
  @inline(__always)
  private static func cascade<Value>(
    _ count: Int, zero: Value, add: (Value, Value) -> Value, _ term: (Int) -> Value
  ) -> Value {
    var total = zero
    for block in stride(from: 0, to: count, by: 32) {
      var sum = zero
      for i in block..<min(count, block + 32) { sum = add(sum, term(i)) }
      total = add(total, sum)
    }
    return total
  }
}
