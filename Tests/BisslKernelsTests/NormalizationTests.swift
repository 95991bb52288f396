import BisslKernels
import XCTest

final class NormalizationTests: XCTestCase {
  /// Blocks of rows, one after the other, have the moments of all rows together; their mean is large beside their deviation.
  func testMomentsOfBlocksMergeIntoThoseOfAllRows() {
    let (rows, channels) = (23, 19)
    let x = (0..<rows * channels).map { Scalar(1000 + ($0 * 37 + 11) % 101) }
    var means = [Double](repeating: 0, count: channels)
    var deviations = means
    for first in stride(from: 0, to: rows, by: 5) {
      let count = min(5, rows - first)
      var (mean, squares) = ([Scalar](repeating: .nan, count: channels), [Scalar](repeating: .nan, count: channels))
      x.withUnsafeBufferPointer { values in
        guard let start = values.baseAddress else { return }
        Normalization.moments(
          start + first * channels, rows: count, channels: channels, mean: &mean, squares: &squares)
      }
      Normalization.merge(
        mean: mean, squares: squares, rows: count, into: &means, &deviations, of: first, count: channels)
    }
    for channel in 0..<channels {
      let own = (0..<rows).map { Double(x[$0 * channels + channel]) }
      let mean = own.reduce(0, +) / Double(rows)
      let squares = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      XCTAssertEqual(means[channel], mean, accuracy: isDouble ? 1e-9 : 1e-3)
      XCTAssertEqual(deviations[channel], squares, accuracy: isDouble ? 1e-7 : 1)
    }
  }

  func testSumsAreAddedInDoublePrecision() {
    for count in [0, 1, 7, 8, 33] {
      var totals = (0..<count).map { 1 + Double($0) * 1e-12 }
      let expected = totals.map { $0 + 0.5 }
      Reductions.add([Scalar](repeating: 0.5, count: count), to: &totals, count: count)
      XCTAssertEqual(totals, expected)
    }
  }
}
