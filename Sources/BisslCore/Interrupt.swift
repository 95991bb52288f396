import Glibc

/// Ctrl-C. The boundary installs a poll that answers whether the user asked to stop; the engine calls it between pieces
/// of work, at most every 50 ms, from the thread that entered the engine.
public enum Interrupt {
  nonisolated(unsafe) public static var poll: (@convention(c) () -> Int32)?
  nonisolated(unsafe) private static var requested = false
  nonisolated(unsafe) private static var lastPoll = 0.0

  static let interval = 0.05

  /// True when the work in flight should stop. Called on the entering thread only.
  static func isRequested() -> Bool {
    if requested { return true }
    let now = monotonicSeconds()
    if now - lastPoll >= interval, let poll {
      lastPoll = now
      requested = poll() != 0
    }
    return requested
  }

  /// Throws `EngineError.interrupted` when the user asked to stop. Every operation calls this once it has run:
  /// after an interruption its result is unfinished and must not be used.
  public static func check() throws {
    if isRequested() { throw EngineError.interrupted }
  }

  /// As `check`, for a thread that is not inside the engine yet: asks without touching the state of the one that is.
  static func checkWhileWaiting() throws {
    if let poll, poll() != 0 { throw EngineError.interrupted }
  }

  static func reset() {
    requested = false
    lastPoll = monotonicSeconds()
  }

  public static func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
