import CBissl
import XCTest

@testable import BisslKernels

final class SquareTranspositionTests: XCTestCase {
  func testEveryNumberChangesPlacesWithItsMirrorImage() {
    let side = SquareTransposition.side
    var rows = [bissl_u32x16](repeating: .zero, count: side)
    for row in 0..<side {
      for column in 0..<side { rows[row][column] = UInt32(100 * row + column) }
    }
    rows.withUnsafeMutableBufferPointer { SquareTransposition.transpose($0.baseAddress!) }
    for row in 0..<side {
      for column in 0..<side { XCTAssertEqual(rows[row][column], UInt32(100 * column + row)) }
    }
  }

  func testTermsOfANumber() {
    var x = bissl_f32x16.zero
    for lane in 0..<16 { x[lane] = Float(lane % 2 == 0 ? lane + 1 : -300 * lane) / 7 }
    let first = bissl_rounded(x)
    let rest = bissl_residual(x, first)
    for lane in 0..<16 {
      let upper = Float(bitPattern: first[lane] & 0xffff_0000)
      XCTAssertLessThanOrEqual(abs(x[lane] - upper), abs(x[lane]) / 256)
      XCTAssertEqual(upper + rest[lane], x[lane], "the rest is exact")
    }
    let (halves, pairs) = (bissl_halves(first, bissl_rounded(rest)), bissl_pairs(first, bissl_rounded(rest)))
    for lane in 0..<16 {
      let (a, b) = (first[lane] >> 16, bissl_rounded(rest)[lane] >> 16)
      XCTAssertEqual(pairs[lane], a | b << 16)
      let half = halves[lane / 2]
      XCTAssertEqual(lane % 2 == 0 ? half & 0xffff : half >> 16, a)
    }
  }
}
