import XCTest

@testable import BisslKernels

/// Both micro-kernels, whatever the processor: on one without AVX-512 the wide one is compiled to pairs of its vectors.
final class MicroKernelTests: XCTestCase {
  private typealias MicroKernel = (Int, Source, Int, Int, Source, Int, Destination, Int, Bool) -> Void

  private static let rows = 6
  private let microKernels: [(name: String, columns: Int, multiply: MicroKernel)] = [
    (
      "narrow", 2 * NarrowLane.scalarCount,
      { MicroKernels.narrow($0, $1, row: $2, step: $3, $4, bStep: $5, into: $6, ldc: $7, accumulate: $8, next: $4, nextStep: $5) }
    ),
    (
      "wide", 4 * WideLane.scalarCount,
      { MicroKernels.wide($0, $1, row: $2, step: $3, $4, bStep: $5, into: $6, ldc: $7, accumulate: $8, next: $4, nextStep: $5) }
    ),
  ]

  func testMicroKernelsAgainstPlainLoops() {
    for (name, columns, multiply) in microKernels {
      for depth in [1, 2, 7, 33] {
        for isTransposed in [false, true] {
          for accumulate in [false, true] {
            check(name, columns, depth, isTransposed, accumulate, multiply)
          }
        }
      }
    }
  }

  private func check(
    _ name: String, _ columns: Int, _ depth: Int, _ isTransposed: Bool, _ accumulate: Bool, _ multiply: MicroKernel
  ) {
    let rows = Self.rows
    let (row, step) = isTransposed ? (1, rows + 3) : (depth + 2, 1)
    let (bStep, ldc) = (columns + 5, columns + 1)
    let a = (0..<(rows * row + depth * step)).map { Scalar(($0 * 37) % 19) - 9 }
    let b = (0..<(depth * bStep)).map { Scalar(($0 * 53) % 23) - 11 }
    let before = (0..<(rows * ldc)).map { Scalar($0 % 5) }
    var c = before
    multiply(depth, a, row, step, b, bStep, &c, ldc, accumulate)
    for i in 0..<rows {
      for j in 0..<columns {
        var sum = accumulate ? before[i * ldc + j] : 0
        for k in 0..<depth { sum += a[i * row + k * step] * b[k * bStep + j] }
        XCTAssertEqual(c[i * ldc + j], sum, "\(name), depth \(depth), row \(i), column \(j)")
      }
      XCTAssertEqual(c[i * ldc + columns], before[i * ldc + columns], "\(name) writes beyond its columns")
    }
  }
}
