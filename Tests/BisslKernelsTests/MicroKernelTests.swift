import XCTest

@testable import BisslKernels

/// All micro-kernels, whatever the processor: on one without AVX-512 the wide ones are compiled to pairs of its vectors.
final class MicroKernelTests: XCTestCase {
  private static let rows = 6
  private let microKernels: [(name: String, columns: Int, multiply: MicroKernels.Kernel)] = [
    ("narrow1", NarrowLane.scalarCount, MicroKernels.narrow1),
    ("narrow2", 2 * NarrowLane.scalarCount, MicroKernels.narrow2),
    ("wide1", WideLane.scalarCount, MicroKernels.wide1),
    ("wide2", 2 * WideLane.scalarCount, MicroKernels.wide2),
    ("wide3", 3 * WideLane.scalarCount, MicroKernels.wide3),
    ("wide4", 4 * WideLane.scalarCount, MicroKernels.wide4),
  ]

  /// Every number of columns is served, and no more is written than a block of packed B has columns.
  func testTheKernelThatServesColumnsHasThem() {
    for columns in 1...Packing.blockColumns {
      let a = [Scalar](repeating: 1, count: Self.rows)
      let b = (0..<Packing.blockColumns).map { Scalar($0 + 1) }
      var c = [Scalar](repeating: -1, count: Self.rows * Packing.blockColumns)
      MicroKernels.serving(columns: columns)(
        1, a, 1, 1, b, Packing.blockColumns, &c, Packing.blockColumns, false, b, 0)
      for row in 0..<Self.rows {
        for column in 0..<columns {
          XCTAssertEqual(c[row * Packing.blockColumns + column], b[column], "\(columns) columns: column \(column)")
        }
      }
    }
  }

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
    _ name: String, _ columns: Int, _ depth: Int, _ isTransposed: Bool, _ accumulate: Bool,
    _ multiply: MicroKernels.Kernel
  ) {
    let rows = Self.rows
    let (row, step) = isTransposed ? (1, rows + 3) : (depth + 2, 1)
    let (bStep, ldc) = (columns + 5, columns + 1)
    let a = (0..<(rows * row + depth * step)).map { Scalar(($0 * 37) % 19) - 9 }
    let b = (0..<(depth * bStep)).map { Scalar(($0 * 53) % 23) - 11 }
    let before = (0..<(rows * ldc)).map { Scalar($0 % 5) }
    var c = before
    multiply(depth, a, row, step, b, bStep, &c, ldc, accumulate, b, 0)
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
