import BisslKernels
import Foundation
import Synchronization
import XCTest
@testable import BisslCore

/// Everything that threads share, at once: the door, the thread pool, the memory pool, requests to stop, and work beside the
/// engine. What it computes is checked here; who reads what another writes, by ThreadSanitizer (`make test-hard`).
final class StressTests: XCTestCase {
  private static let asked = Atomic<Bool>(false)

  override func tearDown() {
    Interrupt.poll = nil
    ThreadPool.shared.threadCount = ThreadPool.processorCount
  }

  func testManyThreadsUseEverything() {
    Interrupt.poll = { StressTests.asked.load(ordering: .relaxed) ? 1 : 0 }
    let failures = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: 6) { thread in
      for round in 0..<60 {
        do {
          let isRight = thread == 5 ? try self.workBeside(round) : try Engine.enter { try self.work(thread, round) }
          if !isRight { failures.add(1, ordering: .relaxed) }
        } catch {
          if (error as? EngineError)?.kind != .interrupted { failures.add(1, ordering: .relaxed) }
        }
        if thread == 4 { StressTests.asked.store(round % 8 == 7, ordering: .relaxed) }
      }
      if thread == 4 { StressTests.asked.store(false, ordering: .relaxed) }
    }
    XCTAssertEqual(failures.load(ordering: .relaxed), 0)
  }

  /// Inside the engine: sums by chunks on some number of threads, through memory of the pool and of each thread.
  private func work(_ thread: Int, _ round: Int) throws -> Bool {
    ThreadPool.shared.threadCount = 1 + (thread + round) % 4
    let count = 1000 + 37 * round
    let x = try Tensor.filled(Shape(count), with: Scalar(thread + 1))
    let sums = try Tensor.zeros(Shape(8))
    try ThreadPool.shared.run(8, scratch: 64, for: "a stress test") { chunk, scratch in
      for i in 0..<64 { scratch[i] = Scalar(i) }
      var sum: Scalar = 0
      for i in stride(from: chunk, to: count, by: 8) { sum += x.pointer[i] }
      sums.pointer[chunk] = sum + scratch[63] - 63
    }
    try Interrupt.check()
    if round % 16 == 0 { MemoryPool.trim() }
    return sums.array.reduce(0, +) == Scalar(count * (thread + 1))
  }

  /// Beside it, as images are augmented and memory is asked about.
  private func workBeside(_ round: Int) throws -> Bool {
    let bytes = try ScratchMemory.take(100 + 1000 * (round % 5), for: "a stress test")
    bytes.initializeMemory(as: UInt8.self, repeating: UInt8(round), count: 100)
    let statistics = MemoryPool.statistics
    return bytes.load(fromByteOffset: 99, as: UInt8.self) == UInt8(round) && statistics.liveBytes >= 0
  }
}
