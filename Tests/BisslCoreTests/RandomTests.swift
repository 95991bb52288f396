import BisslCore
import XCTest

final class RandomTests: XCTestCase {
  /// The known answers that come with the authors' Random123 library (philox4x32, 10 rounds).
  func testKnownAnswers() {
    let answers: [(key: UInt64, stream: UInt64, counter: UInt64, block: SIMD4<UInt32>)] = [
      (0, 0, 0, SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)),
      (.max, .max, .max, SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)),
      (
        0x299f_31d0_a409_3822, 0x0370_7344_1319_8a2e, 0x85a3_08d3_243f_6a88,
        SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
      ),
    ]
    for answer in answers {
      XCTAssertEqual(Random.block(key: answer.key, stream: answer.stream, counter: answer.counter), answer.block)
    }
  }

  func testNumbersComeFromBlocksInOrder() {
    var random = Random(key: 11, stream: 3)
    let drawn = (0..<8).map { _ in random.next() }
    let blocks = (0..<2).flatMap { counter -> [UInt32] in
      let block = Random.block(key: 11, stream: 3, counter: UInt64(counter))
      return (0..<4).map { block[$0] }
    }
    XCTAssertEqual(drawn, blocks)
  }

  func testDistributions() {
    var random = Random(key: 12)
    let count = 200_000
    let uniforms = (0..<count).map { _ in random.uniform() }
    let normals = (0..<count).map { _ in random.normal() }
    XCTAssertTrue(uniforms.allSatisfy { 0 <= $0 && $0 < 1 })
    // Five standard errors.
    XCTAssertEqual(mean(uniforms), 0.5, accuracy: 5 * (1 / 12.0 / Double(count)).squareRoot())
    XCTAssertEqual(mean(normals), 0, accuracy: 5 * (1 / Double(count)).squareRoot())
    XCTAssertEqual(mean(normals.map { $0 * $0 }), 1, accuracy: 5 * (2 / Double(count)).squareRoot())
    XCTAssertEqual(mean(normals.map { $0 * $0 * $0 * $0 }), 3, accuracy: 5 * (96 / Double(count)).squareRoot())
    let rolls = (0..<60_000).map { _ in random.integer(below: 6) }
    for face in 0..<6 {
      XCTAssertEqual(Double(rolls.filter { $0 == face }.count), 10_000, accuracy: 5 * 8_333.0.squareRoot())
    }
  }

  func testStreamsAndKeysDiffer() {
    XCTAssertNotEqual(Random.block(key: 1, stream: 0, counter: 0), Random.block(key: 0, stream: 0, counter: 0))
    XCTAssertNotEqual(Random.block(key: 0, stream: 1, counter: 0), Random.block(key: 0, stream: 0, counter: 0))
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}
