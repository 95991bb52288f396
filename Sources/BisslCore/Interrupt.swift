import Glibc

/// Ctrl-C. The boundary installs a poll that answers whether the user asked to stop; the engine calls it between pieces
/// of work, at most every 50 ms, from the thread that entered the engine.
public enum Interrupt {
  nonisolated(unsafe) public static var poll: (@convention(c) () -> Int32)?
  nonisolated(unsafe) private static var requested = false
  nonisolated(unsafe) private static var lastPoll = 0.0

  static let interval = 0.05

  /// For tests: how many more times the work in flight asks whether to stop before the answer is yes, as if the user had
  /// asked for it then; 0: never. A moment that a test can name, where a signal comes at any.
  nonisolated(unsafe) public static var countdown = 0

  /// True when the work in flight should stop. Called on the entering thread only.
  static func isRequested() -> Bool {
    if requested { return true }
    if countdown > 0 {
      countdown -= 1
      requested = countdown == 0
      if requested { return true }
    }
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

  /// What `make` makes, where nothing was left out of it: parallel loops skip what is left once the user has asked to
  /// stop. Everything that is kept beyond the operation that makes it passes through here.
  public static func whole<Result>(_ make: () throws -> Result) throws -> Result {
    let made = try make()
    try check()
    return made
  }

  /// Throws where a request was met on the way, without asking anew: at the door, for what no check has seen.
  static func checkPast() throws {
    if requested { throw EngineError.interrupted }
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
