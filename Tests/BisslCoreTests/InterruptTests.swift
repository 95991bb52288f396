import BisslCore
import BisslKernels
import XCTest

/// What is kept beyond a call is whole, and what is changed in place is changed wholly, at whatever moment the user asks
/// to stop.
final class InterruptTests: XCTestCase {
  override func setUp() { ThreadPool.shared.threadCount = 1 }

  override func tearDown() {
    Interrupt.countdown = 0
    ThreadPool.shared.threadCount = ThreadPool.processorCount
  }

  /// 64 chunks of ones over zeros.
  private func ones() throws -> Tensor {
    let made = try Tensor.zeros(Shape(64))
    ThreadPool.shared.run(64) { made.pointer[$0] = 1 }
    return made
  }

  func testAFormIsKeptOnlyWhole() throws {
    for moment in [1, 2, 33, 64, 65] {
      let weight = try Tensor.zeros(Shape(64)).preparing()
      Interrupt.countdown = moment
      XCTAssertThrowsError(try Engine.enter { _ = try weight.form(.spaceToDepth(stride: 2)) { try ones() } }) {
        XCTAssertEqual(($0 as? EngineError)?.kind, .interrupted)
      }
      let form = try Engine.enter { try weight.form(.spaceToDepth(stride: 2)) { try ones() } }
      XCTAssertEqual(form.array, [Scalar](repeating: 1, count: 64), "moment \(moment)")
      let again = try Engine.enter { try weight.form(.spaceToDepth(stride: 2)) { try Tensor.zeros(Shape(1)) } }
      XCTAssertEqual(again.count, 64, "a whole form is kept")
    }
  }

  func testWhatIsUnfinishedNeverLeavesTheEngine() throws {
    Interrupt.countdown = 5
    XCTAssertThrowsError(try Engine.enter { try ones() }) {
      XCTAssertEqual(($0 as? EngineError)?.kind, .interrupted)
    }
    XCTAssertEqual(try Engine.enter { try ones().array }, [Scalar](repeating: 1, count: 64))
  }

  func testChangesInPlaceAreNotCutShort() throws {
    for threads in [1, 3] {
      ThreadPool.shared.threadCount = threads
      Interrupt.countdown = 1
      let target = try Engine.enter {
        let target = try Tensor.zeros(Shape(64))
        ThreadPool.shared.runToCompletion(64) { target.pointer[$0] = 1 }
        return target
      }
      XCTAssertEqual(target.array, [Scalar](repeating: 1, count: 64))
      XCTAssertEqual(Interrupt.countdown, 1, "nobody was asked")
    }
  }

  func testMemoryIsRefusedOnceAtItsMoment() throws {
    MemoryRefusal.countdown = 2
    XCTAssertNoThrow(try Tensor.zeros(Shape(3)))
    XCTAssertThrowsError(try Tensor(Shape(3), for: "a test")) {
      XCTAssertEqual(($0 as? EngineError)?.kind, .memory)
      XCTAssertTrue("\($0)".contains("a test"), "\($0)")
    }
    XCTAssertNoThrow(try Tensor.zeros(Shape(3)))
    XCTAssertEqual(MemoryRefusal.countdown, 0)
  }
}
