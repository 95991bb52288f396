import Glibc

/// Memory that every thread keeps for itself from one call to the next, for work that goes on beside the engine: no
/// lock is taken to get it, so that neither a training step nor a fork in another thread can hold it up.
public enum ScratchMemory {
  /// What a thread keeps; larger blocks are given back when it asks for less. AddressSanitizer sees the end of a new
  /// one only.
  #if BISSL_WATCHED
    private static let largestKept = 0
  #else
    private static let largestKept = 64 << 20
  #endif
  /// At the beginning of a block: its size, in as many bytes as keep the rest aligned.
  private static let header = 64

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key) { free($0) }
    return key
  }()

  /// At least `count` bytes, 64-byte aligned, uninitialised, until the same thread asks again. `MemoryError` where the
  /// system has not that much; `purpose` names the operation.
  public static func take(_ count: Int, for purpose: @autoclosure () -> String) throws -> UnsafeMutableRawPointer {
    let kept = pthread_getspecific(key)
    let size = kept?.load(as: Int.self) ?? 0
    if let kept, size >= count, size <= max(largestKept, count) { return kept + header }
    pthread_setspecific(key, nil)
    free(kept)
    return try allocate(count, for: purpose) + header
  }

  private static func allocate(_ count: Int, for purpose: () -> String) throws -> UnsafeMutableRawPointer {
    var block: UnsafeMutableRawPointer?
    let (size, overflow) = count.addingReportingOverflow(header)
    let fits = !overflow && count >= 0 && (size < largestKept || MemoryLimit.availableBytes >= size)
    guard fits, !MemoryRefusal.isDue(), posix_memalign(&block, 64, size) == 0, let block else {
      throw EngineError.memory(
        "\(purpose()) needs \(count) bytes, which the system does not have: lower the image size")
    }
    block.storeBytes(of: count, as: Int.self)
    guard pthread_setspecific(key, block) == 0 else {
      free(block)
      throw EngineError.memory("\(purpose()) needs a place of its own in this thread, which the system refused")
    }
    return block
  }
}
