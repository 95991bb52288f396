import BisslKernels
import XCTest

final class ReductionTests: XCTestCase {
  /// Counts around the widths of vectors and of cascades.
  private let counts = [0, 1, 7, 8, 9, 31, 32, 33, 100]

  func testSumsAndProducts() {
    for count in counts {
      let (a, b) = (values(count, 3), values(count, 5))
      XCTAssertEqual(Reductions.sum(a, count: count), a.reduce(0) { $0 + Double($1) }, accuracy: 1e-12)
      XCTAssertEqual(
        Reductions.dot(a, b, count: count), zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }, accuracy: 1e-12)
    }
  }

  func testGreatestWhereverItStands() {
    XCTAssertEqual(Reductions.greatest([], count: 0), -.infinity)
    for count in counts where count > 0 {
      for place in 0..<count {
        var x = values(count, 3).map { $0 - 4 }
        x[place] = -1
        if place > 0 { x[place - 1] = .nan }
        XCTAssertEqual(Reductions.greatest(x, count: count), -1, "\(count), \(place)")
      }
    }
  }

  func testSumsOfRows() {
    for rows in counts {
      for columns in [1, 7, 8, 17] {
        let x = values(rows * columns, 7)
        var sums = [Scalar](repeating: .nan, count: columns)
        Reductions.sumOfRows(x, rows: rows, columns: columns, scaledBy: 2, into: &sums)
        for column in 0..<columns {
          let exact = 2 * (0..<rows).reduce(0.0) { $0 + Double(x[$1 * columns + column]) }
          XCTAssertEqual(Double(sums[column]), exact, accuracy: MemoryLayout<Scalar>.size == 8 ? 1e-12 : 1e-4)
        }
      }
    }
  }

  private func values(_ count: Int, _ factor: Int) -> [Scalar] {
    (0..<count).map { Scalar(($0 * factor * 37 + 11) % 101) / 50 - 1 }
  }
}
