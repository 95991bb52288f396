import Glibc

/// Memory of tensors. Blocks come from `posix_memalign`, are checked against the machine's and the cgroup's limit
/// before they are taken, and are kept for reuse when released: a training step asks for the same sizes as the one
/// before it and pays for no page fault.
public enum MemoryPool {
  public struct Statistics: Sendable {
    /// Bytes and number of blocks in use now.
    public var liveBytes = 0, liveBlocks = 0
    /// The largest `liveBytes` since the last `resetPeak()`.
    public var peakBytes = 0
    /// Bytes kept for reuse.
    public var cachedBytes = 0
  }

  private static let mutex = Mutex()
  nonisolated(unsafe) private static var free: [Int: [UnsafeMutableRawPointer]] = [:]
  nonisolated(unsafe) private static var current = Statistics()

  public static var statistics: Statistics { mutex.withLock { current } }

  public static func resetPeak() { mutex.withLock { current.peakBytes = current.liveBytes } }

  /// Gives the blocks kept for reuse back to the system.
  public static func trim() { mutex.withLock { releaseCache() } }

  /// A block of at least `bytes`, 64-byte aligned (2 MiB for large blocks, so that huge pages serve them).
  static func take(bytes: Int, for purpose: () -> String) throws -> (pointer: UnsafeMutableRawPointer, size: Int) {
    let size = blockSize(for: bytes)
    mutex.lock()
    defer { mutex.unlock() }
    let pointer: UnsafeMutableRawPointer
    if let kept = free[size]?.popLast() {
      current.cachedBytes -= size
      pointer = kept
    } else {
      pointer = try takeFromSystem(size, for: purpose)
    }
    current.liveBytes += size
    current.liveBlocks += 1
    current.peakBytes = max(current.peakBytes, current.liveBytes)
    return (pointer, size)
  }

  static func giveBack(_ pointer: UnsafeMutableRawPointer, size: Int) {
    mutex.withLock {
      free[size, default: []].append(pointer)
      current.cachedBytes += size
      current.liveBytes -= size
      current.liveBlocks -= 1
    }
  }

  /// Rounds up to an eighth of a power of two, so that nearly equal requests share blocks (waste at most 12.5 %).
  private static func blockSize(for bytes: Int) -> Int {
    let least = max(bytes, 64)
    let step = max(64, (1 << (Int.bitWidth - 1 - (least - 1).leadingZeroBitCount)) / 8)
    return (least + step - 1) / step * step
  }

  private static let largeBlock = 1 << 21

  private static func takeFromSystem(_ size: Int, for purpose: () -> String) throws -> UnsafeMutableRawPointer {
    if size >= largeBlock, MemoryLimit.availableBytes < size {
      releaseCache()
      let available = MemoryLimit.availableBytes
      try require(
        available >= size,
        .memory(
          "\(purpose()) needs \(size) bytes and \(available) are available "
            + "(\(current.liveBytes) are held by live tensors): lower the batch size, the image size or the width"))
    }
    var pointer: UnsafeMutableRawPointer?
    var status = posix_memalign(&pointer, size >= largeBlock ? largeBlock : 64, size)
    if status != 0 {
      releaseCache()
      status = posix_memalign(&pointer, size >= largeBlock ? largeBlock : 64, size)
    }
    guard status == 0, let pointer else {
      throw EngineError.memory(
        "\(purpose()) needs \(size) bytes, which the system refused: lower the batch size, the image size or the width")
    }
    if size >= largeBlock { madvise(pointer, size, 14 /* MADV_HUGEPAGE */) }
    return pointer
  }

  private static func releaseCache() {
    for blocks in free.values { blocks.forEach { Glibc.free($0) } }
    free.removeAll()
    current.cachedBytes = 0
  }
}
