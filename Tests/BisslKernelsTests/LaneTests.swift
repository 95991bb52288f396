import XCTest

@testable import BisslKernels

final class LaneTests: XCTestCase {
  func testNumbersAndVectorsDoTheSame() {
    check(Scalar.self)
    check(NarrowLane.self)
    check(WideLane.self)
  }

  private func check<L: Lane>(_: L.Type) {
    let (a, b) = (numbers(L.width), numbers(L.width, seed: 2))
    func result(_ body: (L, L) -> L) -> [Scalar] {
      var out = unwritten(L.width + 1)
      // One element in: vectors may lie anywhere.
      (unwritten(1) + a).withUnsafeBufferPointer { a in
        (unwritten(1) + b).withUnsafeBufferPointer { b in
          out.withUnsafeMutableBufferPointer {
            body(L.load(a.baseAddress! + 1), L.load(b.baseAddress! + 1)).store($0.baseAddress! + 1)
          }
        }
      }
      XCTAssertTrue(out[0].isNaN)
      return Array(out[1...])
    }
    XCTAssertEqual(result { $0 + $1 }, zip(a, b).map { $0 + $1 })
    XCTAssertEqual(result { $0 - $1 }, zip(a, b).map { $0 - $1 })
    XCTAssertEqual(result { a, _ in -a }, a.map { -$0 })
    XCTAssertEqual(result { a, _ in a.times(3.3) }, a.map { 3.3 * $0 })
    XCTAssertEqual(result { a, b in a.times(3.3, plus: b) }, zip(a, b).map { $1.addingProduct(3.3, $0) }, "rounded once")
    XCTAssertEqual(result { _, _ in .zero }, a.map { _ in 0 })
  }

  private struct Count: LaneBody {
    let visits: UnsafeMutablePointer<Int>
    func callAsFunction<L: Lane>(_ lane: L.Type, _ channel: Int) {
      for c in channel..<channel + L.width { visits[c] += 1 }
    }
  }

  func testLanesCoverAllChannelsOnce() {
    for channels in 0...70 {
      var visits = [Int](repeating: 0, count: channels)
      visits.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        forEachLane(channels, Count(visits: base))
      }
      XCTAssertEqual(visits, [Int](repeating: 1, count: channels))
    }
  }
}
