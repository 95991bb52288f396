import BisslCore
import BisslKernels
import XCTest

final class EngineTests: XCTestCase {
  override func tearDown() { Interrupt.poll = nil }

  func testProductsAgainstPlainLoops() {
    XCTAssertLessThan(BLAS.selfCheckError(), MemoryLayout<Scalar>.size == 8 ? 1e-14 : 1e-5)
  }

  func testExtentsBeyondOpenBLASAreRefused() throws {
    XCTAssertNoThrow(try BLAS.matrixExtents(1, Int(Int32.max)))
    XCTAssertThrowsError(try BLAS.matrixExtents(1, 1 << 31)) { XCTAssertTrue("\($0)".contains("2147483648"), "\($0)") }
  }

  func testErrorsPassThroughTheDoor() throws {
    XCTAssertEqual(try Engine.enter { 3 }, 3)
    XCTAssertThrowsError(try Engine.enter { throw EngineError.state("closed") }) { error in
      XCTAssertEqual((error as? EngineError)?.kind, .state)
    }
    XCTAssertEqual(try Engine.enter { 4 }, 4, "the door is open after an error")
  }

  /// A request to stop skips the chunks that have not begun, ends in `interrupted`, and is forgotten at the next call.
  func testInterruption() throws {
    Interrupt.poll = { 1 }
    let started = Interrupt.monotonicSeconds()
    XCTAssertThrowsError(
      try Engine.enter {
        ThreadPool.shared.run(2000) { _ in usleep(1000) }
        try Interrupt.check()
      }
    ) { XCTAssertEqual(($0 as? EngineError)?.kind, .interrupted) }
    XCTAssertLessThan(Interrupt.monotonicSeconds() - started, 0.7)
    Interrupt.poll = { 0 }
    XCTAssertNoThrow(try Engine.enter { try Interrupt.check() })
  }

  func testCallsFromSeveralThreadsTakeTurns() throws {
    let inside = UnsafeMutablePointer<Int>.allocate(capacity: 2)
    inside.initialize(repeating: 0, count: 2)
    defer { inside.deallocate() }
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      for _ in 0..<50 {
        try? Engine.enter {
          inside[0] += 1
          if inside[0] > 1 { inside[1] += 1 }
          ThreadPool.shared.run(4) { _ in }
          inside[0] -= 1
        }
      }
    }
    XCTAssertEqual(inside[1], 0)
  }
}
