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

  public static func resetPeak() {
    mutex.withLock {
      current.peakBytes = current.liveBytes
      holdings?.notePeak()
    }
  }

  /// What blocks are for, noted while somebody wants to know.
  private struct Holdings {
    var purposes: [UnsafeMutableRawPointer: (purpose: String, size: Int)] = [:]
    var live: [String: Int] = [:]
    var atPeak: [String: Int] = [:]

    mutating func take(_ pointer: UnsafeMutableRawPointer, _ size: Int, _ purpose: String) {
      purposes[pointer] = (purpose, size)
      live[purpose, default: 0] += size
    }

    /// Blocks from before are nobody's.
    mutating func giveBack(_ pointer: UnsafeMutableRawPointer) {
      guard let (purpose, size) = purposes.removeValue(forKey: pointer) else { return }
      live[purpose, default: 0] -= size
    }

    mutating func notePeak() { atPeak = live.filter { $0.value > 0 } }
  }

  nonisolated(unsafe) private static var holdings: Holdings?
  nonisolated(unsafe) private static var stage = ""

  /// Calls `body`; what blocks are taken for meanwhile is told behind `stage`.
  public static func during<Result>(_ stage: String, _ body: () throws -> Result) rethrows -> Result {
    mutex.withLock { self.stage = stage + ": " }
    defer { mutex.withLock { self.stage = "" } }
    return try body()
  }

  /// Begins to note what blocks are taken for, or ends it.
  public static func recordHoldings(_ record: Bool) { mutex.withLock { holdings = record ? Holdings() : nil } }

  /// Bytes by purpose when the most were in use, of the blocks that were taken since noting began; nil where nobody notes.
  public static var holdingsAtPeak: [String: Int]? { mutex.withLock { holdings?.atPeak } }

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
    holdings?.take(pointer, size, stage + purpose())
    if current.liveBytes > current.peakBytes {
      current.peakBytes = current.liveBytes
      holdings?.notePeak()
    }
    return (pointer, size)
  }

  static func giveBack(_ pointer: UnsafeMutableRawPointer, size: Int) {
    mutex.withLock {
      arena.giveBack(pointer, size)
      holdings?.giveBack(pointer)
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
