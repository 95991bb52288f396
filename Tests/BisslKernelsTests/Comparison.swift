import BisslKernels
import XCTest

let isDouble = MemoryLayout<Scalar>.size == 8

/// What a sum of a few hundred products of numbers near 1 may be off by, as a share of the greatest.
let roundingError = isDouble ? 1e-13 : 2e-5

/// Numbers between −1 and 1 that look like drawn ones; `seed` tells one list from another.
func numbers(_ count: Int, seed: Int = 1) -> [Scalar] {
  var state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 | 1
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Scalar(Double(state >> 33) / Double(1 << 30) - 1)
  }
}

func bytes(_ count: Int, seed: Int = 1) -> [UInt8] { numbers(count, seed: seed).map { UInt8(($0 + 1) / 2 * 255) } }

/// Memory as a kernel may find it: whatever it does not write shows.
func unwritten(_ count: Int) -> [Scalar] { [Scalar](repeating: .nan, count: count) }

/// Each number of `found` is within `tolerance` of the greatest of `expected`; NaN is not.
func assertClose(
  _ found: [Scalar], _ expected: [Double], within tolerance: Double = roundingError, _ message: String = "",
  file: StaticString = #filePath, line: UInt = #line
) {
  XCTAssertEqual(found.count, expected.count, message, file: file, line: line)
  let scale = expected.reduce(0) { max($0, abs($1)) }
  for (index, (a, b)) in zip(found, expected).enumerated() where !(abs(Double(a) - b) <= tolerance * scale) {
    return XCTFail("\(message): \(a) at \(index), expected \(b)", file: file, line: line)
  }
}

/// a (rows, depth)·b (depth, columns), by plain loops in double precision.
func plainProduct(_ a: [Scalar], _ b: [Scalar], rows: Int, depth: Int, columns: Int) -> [Double] {
  var c = [Double](repeating: 0, count: rows * columns)
  for i in 0..<rows {
    for k in 0..<depth {
      for j in 0..<columns { c[i * columns + j] += Double(a[i * depth + k]) * Double(b[k * columns + j]) }
    }
  }
  return c
}

/// The transpose of x (rows, columns).
func transposed(_ x: [Scalar], rows: Int, columns: Int) -> [Scalar] {
  (0..<rows * columns).map { x[$0 % rows * columns + $0 / rows] }
}

func inner(_ a: [Scalar], _ b: [Scalar]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }

/// Lends memory that lives until the end of a test, for operands that are handed on as pointers.
class OperandTestCase: XCTestCase {
  private var lent: [UnsafeMutablePointer<Scalar>] = []

  override func tearDown() {
    for memory in lent { memory.deallocate() }
    lent = []
  }

  func operand(_ values: [Scalar]) -> Source {
    let memory = UnsafeMutablePointer<Scalar>.allocate(capacity: max(1, values.count))
    memory.initialize(from: values, count: values.count)
    lent.append(memory)
    return Source(memory)
  }
}
