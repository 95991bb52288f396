import BisslCore
import BisslKernels
import XCTest

final class ThreadPoolTests: XCTestCase {
  override func tearDown() { ThreadPool.shared.threadCount = ThreadPool.processorCount }

  func testEveryChunkRunsOnce() {
    for threads in [1, 2, 3, 8] {
      ThreadPool.shared.threadCount = threads
      for count in [0, 1, 2, 3, 7, 64, 1000] {
        var visits = [Int](repeating: 0, count: count)
        visits.withUnsafeMutableBufferPointer { buffer in
          let visits = buffer
          ThreadPool.shared.run(count) { visits[$0] += 1 }
        }
        XCTAssertEqual(visits, [Int](repeating: 1, count: count), "\(count) chunks on \(threads) threads")
      }
    }
  }

  func testChunksCoverTheRange() {
    for (count, size) in [(0, 4), (1, 4), (4, 4), (5, 4), (1000, 7)] {
      var seen = [Int](repeating: 0, count: count)
      seen.withUnsafeMutableBufferPointer { buffer in
        let seen = buffer
        parallelChunks(count, of: size) { chunk, range in
          for i in range { seen[i] += chunk == i / size ? 1 : 100 }
        }
      }
      XCTAssertEqual(seen, [Int](repeating: 1, count: count))
    }
  }

  /// Sums by chunk do not depend on who computed them.
  func testSameBitsForAnyNumberOfThreads() {
    var random = Random(key: 1)
    let values = (0..<100_003).map { _ in random.normal() }
    let sums = [1, 2, 3, 5].map { threads -> [Double] in
      ThreadPool.shared.threadCount = threads
      var partial = [Double](repeating: 0, count: 101)
      partial.withUnsafeMutableBufferPointer { buffer in
        let partial = buffer
        parallelChunks(values.count, of: 1000) { chunk, range in partial[chunk] = values[range].reduce(0, +) }
      }
      return partial
    }
    for other in sums.dropFirst() { XCTAssertEqual(sums[0], other) }
  }

  func testScratchIsOnePerThread() throws {
    ThreadPool.shared.threadCount = 3
    var sums = [Scalar](repeating: 0, count: 200)
    try sums.withUnsafeMutableBufferPointer { buffer in
      let sums = buffer
      try ThreadPool.shared.run(200, scratch: 33, for: "a test") { chunk, scratch in
        for i in 0..<33 { scratch[i] = Scalar(chunk + i) }
        sums[chunk] = (0..<33).reduce(0) { $0 + scratch[$1] }
      }
    }
    XCTAssertEqual(sums, (0..<200).map { Scalar(33 * $0 + 528) })
  }

  func testManyShortRegions() {
    ThreadPool.shared.threadCount = 3
    var total = 0
    for round in 0..<20_000 {
      var parts = [0, 0, 0]
      parts.withUnsafeMutableBufferPointer { buffer in
        let parts = buffer
        ThreadPool.shared.run(3) { parts[$0] = round }
      }
      total += parts.reduce(0, +)
    }
    XCTAssertEqual(total, 3 * 20_000 * 19_999 / 2)
  }

  /// Chunks of a region may open one themselves, with scratch memory of its own: all run, and the bits are the same.
  func testRegionsInsideARegion() throws {
    for threads in [1, 2, 3, 8] {
      ThreadPool.shared.threadCount = threads
      var sums = [Scalar](repeating: 0, count: 40)
      try sums.withUnsafeMutableBufferPointer { buffer in
        let sums = buffer
        try ThreadPool.shared.run(40, scratch: 17, for: "a test") { outer, scratch in
          for i in 0..<17 { scratch[i] = Scalar(outer) }
          var inner = [Scalar](repeating: 0, count: 9)
          inner.withUnsafeMutableBufferPointer { buffer in
            let inner = buffer
            try? ThreadPool.shared.run(9, scratch: 17, for: "a test") { chunk, scratch in
              for i in 0..<17 { scratch[i] = Scalar(chunk) }
              ThreadPool.shared.run(2) { _ in inner[chunk] += scratch[16] }
            }
          }
          sums[outer] = inner.reduce(0, +) + scratch[16]
        }
      }
      XCTAssertEqual(sums, (0..<40).map { Scalar(72 + $0) }, "\(threads) threads")
    }
  }

  func testScratchBeyondAllMemoryIsRefused() {
    for elements in [Int.max, Int.max - 14, Int.max / 2, 1 << 60] {
      XCTAssertThrowsError(try ThreadPool.shared.run(64, scratch: elements, for: "a test") { _, _ in }) {
        XCTAssertEqual(($0 as? EngineError)?.kind, .memory)
      }
    }
  }

  func testThreadCountIsKeptInRange() {
    ThreadPool.shared.threadCount = 0
    XCTAssertEqual(ThreadPool.shared.threadCount, 1)
    ThreadPool.shared.threadCount = 100_000
    XCTAssertEqual(ThreadPool.shared.threadCount, 256)
  }
}
