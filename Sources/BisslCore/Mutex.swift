import CBissl
import Glibc

/// A POSIX mutex whose address is stable.
final class Mutex: @unchecked Sendable {
  private let handle = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init() { pthread_mutex_init(handle, nil) }

  deinit {
    pthread_mutex_destroy(handle)
    handle.deallocate()
  }

  func lock() { pthread_mutex_lock(handle) }
  func unlock() { pthread_mutex_unlock(handle) }

  /// Waits at most `seconds`, by the clock that nobody sets; answers whether the lock was taken.
  func lock(within seconds: Double) -> Bool { bissl_mutex_lock_within(handle, seconds) != 0 }

  func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
    lock()
    defer { unlock() }
    return try body()
  }
}
