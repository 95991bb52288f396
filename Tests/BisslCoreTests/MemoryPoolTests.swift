import BisslCore
import BisslKernels
import XCTest

final class MemoryPoolTests: XCTestCase {
  func testStatisticsReturnToTheStart() throws {
    let before = MemoryPool.statistics
    try scoped {
      let tensors = try (0..<10).map { try Tensor(Shape(1000, $0 + 1)) }
      XCTAssertEqual(MemoryPool.statistics.liveBlocks, before.liveBlocks + 10)
      XCTAssertGreaterThanOrEqual(
        MemoryPool.statistics.liveBytes - before.liveBytes, 55_000 * MemoryLayout<Scalar>.stride)
      XCTAssertEqual(tensors.count, 10)
    }
    XCTAssertEqual(MemoryPool.statistics.liveBlocks, before.liveBlocks)
    XCTAssertEqual(MemoryPool.statistics.liveBytes, before.liveBytes)
    XCTAssertGreaterThan(MemoryPool.statistics.cachedBytes, 0)
    MemoryPool.trim()
    XCTAssertEqual(MemoryPool.statistics.cachedBytes, 0)
  }

  func testBlocksAreReusedAndAligned() throws {
    MemoryPool.trim()
    var first: UInt?
    try scoped { first = UInt(bitPattern: try Tensor(Shape(5000)).pointer) }
    let again = try Tensor(Shape(5000))
    XCTAssertEqual(UInt(bitPattern: again.pointer), first)
    XCTAssertEqual(UInt(bitPattern: again.pointer) % 64, 0)
  }

  func testMemoryOfSmallTensorsServesLargeOnes() throws {
    MemoryPool.trim()
    let count = 1 << 18
    for _ in 0..<3 {
      try scoped { XCTAssertEqual(try (0..<8).map { _ in try Tensor(Shape(count)) }.count, 8) }
      try scoped { _ = try Tensor(Shape(8 * count)) }
      try scoped { XCTAssertEqual(try (1..<5).map { try Tensor(Shape($0 * 100_003)) }.count, 4) }
    }
    XCTAssertLessThan(MemoryPool.statistics.cachedBytes, 9 * count * MemoryLayout<Scalar>.stride)
  }

  /// Tensors of many sizes, made and let go in a drawn order: none overlaps another, and all memory comes back.
  func testBlocksDoNotOverlap() throws {
    let before = MemoryPool.statistics
    var random = Random(key: 5)
    try scoped {
      var live: [Int: Tensor] = [:]
      for step in 0..<3000 {
        let place = random.integer(below: 60)
        if let tensor = live.removeValue(forKey: place) {
          XCTAssertTrue(tensor.array.allSatisfy { $0 == tensor.pointer[0] }, "step \(step): another tensor wrote here")
        } else {
          live[place] = try Tensor.filled(Shape(1 + random.integer(below: 3000)), with: Scalar(step))
        }
      }
    }
    XCTAssertEqual(MemoryPool.statistics.liveBytes, before.liveBytes)
    XCTAssertEqual(MemoryPool.statistics.liveBlocks, before.liveBlocks)
  }

  func testPeak() throws {
    MemoryPool.resetPeak()
    let before = MemoryPool.statistics.peakBytes
    try scoped { _ = try Tensor(Shape(1 << 20)) }
    XCTAssertGreaterThanOrEqual(MemoryPool.statistics.peakBytes - before, MemoryLayout<Scalar>.stride << 20)
    MemoryPool.resetPeak()
    XCTAssertEqual(MemoryPool.statistics.peakBytes, MemoryPool.statistics.liveBytes)
  }

  func testMemoryThatCannotBeHadIsAnError() throws {
    XCTAssertThrowsError(try Tensor(Shape(1 << 45), for: "conv2d")) { error in
      let error = error as? EngineError
      XCTAssertEqual(error?.kind, .memory)
      let bytes = MemoryLayout<Scalar>.stride << 45
      for part in ["conv2d of shape (\(1 << 45),) needs \(bytes) bytes", "lower the batch size"] {
        XCTAssertTrue(error?.message.contains(part) ?? false, "\(error as Any)")
      }
    }
  }

  /// A scope at whose end its tensors are gone.
  @inline(never)
  private func scoped(_ body: () throws -> Void) rethrows { try body() }
}
