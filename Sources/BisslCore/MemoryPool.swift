/// Memory of tensors: blocks of an `Arena`, checked against the machine's and the control group's limit before they are
/// taken.
public enum MemoryPool {
  public struct Statistics: Sendable {
    /// Bytes and number of blocks in use now.
    public var liveBytes = 0, liveBlocks = 0
    /// The largest `liveBytes` since the last `resetPeak()`.
    public var peakBytes = 0
    /// Bytes kept for reuse.
    public var cachedBytes = 0
  }

  #if BISSL_WATCHED
    private typealias Blocks = SystemArena
  #else
    private typealias Blocks = Arena
  #endif

  private static let mutex = Mutex()
  nonisolated(unsafe) private static var arena = Blocks()
  nonisolated(unsafe) private static var current = Statistics()

  public static var statistics: Statistics {
    mutex.withLock {
      var statistics = current
      statistics.cachedBytes = arena.touchedBytes
      return statistics
    }
  }

  public static func resetPeak() { mutex.withLock { current.peakBytes = current.liveBytes } }

  /// Gives the memory kept for reuse back to the system.
  public static func trim() { mutex.withLock { arena.trim() } }

  /// A block of at least `bytes`, 64-byte aligned, uninitialised.
  static func take(bytes: Int, for purpose: () -> String) throws -> (pointer: UnsafeMutableRawPointer, size: Int) {
    mutex.lock()
    defer { mutex.unlock() }
    let size = Blocks.rounded(bytes)
    try checkLimit(size, for: purpose)
    guard !MemoryRefusal.isDue(), let pointer = arena.take(size) else {
      throw EngineError.memory(
        "\(purpose()) needs \(size) bytes, which the system refused: lower the batch size, the image size or the width")
    }
    current.liveBytes += size
    current.liveBlocks += 1
    current.peakBytes = max(current.peakBytes, current.liveBytes)
    return (pointer, size)
  }

  static func giveBack(_ pointer: UnsafeMutableRawPointer, size: Int) {
    mutex.withLock {
      arena.giveBack(pointer, size)
      current.liveBytes -= size
      current.liveBlocks -= 1
    }
  }

  /// What a block may add without a look at the limits.
  private static let unchecked = 1 << 21

  private static func checkLimit(_ size: Int, for purpose: () -> String) throws {
    if size < unchecked { return }
    let added = arena.added(by: size)
    if added < unchecked || MemoryLimit.availableBytes >= added { return }
    arena.trim()
    let available = MemoryLimit.availableBytes
    try require(
      available >= size,
      .memory(
        "\(purpose()) needs \(size) bytes and \(available) are available "
          + "(\(current.liveBytes) are held by live tensors): lower the batch size, the image size or the width"))
  }
}
