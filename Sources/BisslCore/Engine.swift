import Glibc
import Synchronization

/// The one door into the engine. Calls from several threads take turns; a process that was forked from one that
/// used the engine is refused, for neither the pool's threads nor OpenBLAS's survive a fork.
public enum Engine {
  private static let mutex = Mutex()
  /// The process that entered first; 0 before. Read outside the lock, so that half of a number must not be seen.
  private static let owner = Atomic<pid_t>(0)
  /// Where vectors are summed over processes.
  nonisolated(unsafe) public static var communicator: any Communicator = SingleProcess.shared

  public static func enter<Result>(_ body: () throws -> Result) throws -> Result {
    let process = getpid()
    // Checked before the lock: in a forked child it may be held by a thread that does not exist there.
    let entered = owner.load(ordering: .relaxed)
    if entered != 0 && entered != process {
      throw EngineError.state(
        "bissl was used in the process that this one was forked from, and its threads did not survive the fork: "
          + "start workers with multiprocessing.get_context(\"spawn\") or use threads")
    }
    // A waiting thread answers Ctrl-C as well.
    while !mutex.lock(within: Interrupt.interval) { try Interrupt.checkWhileWaiting() }
    defer { mutex.unlock() }
    owner.store(process, ordering: .relaxed)
    Interrupt.reset()
    BLAS.useOneThread()
    let result = try body()
    try Interrupt.checkPast()
    return result
  }
}
