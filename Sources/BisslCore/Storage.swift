import BisslKernels

/// The memory of a tensor: its own block of the pool, or memory lent for the length of a call.
public final class Storage: @unchecked Sendable {
  public let pointer: Destination
  public let count: Int
  private let blockSize: Int?

  /// More elements than any machine has memory for; what is made of so many bytes is a number all the same.
  private static let most = Int.max / 16

  /// Uninitialised memory for `count` elements. `purpose` names the operation and shape in a `MemoryError`.
  public init(count: Int, for purpose: @autoclosure () -> String) throws {
    try require(
      (0..<Storage.most).contains(count),
      .memory("\(purpose()) needs more memory than there can be: lower the batch size, the image size or the width"))
    let (raw, size) = try MemoryPool.take(bytes: count * MemoryLayout<Scalar>.stride, for: purpose)
    pointer = raw.bindMemory(to: Scalar.self, capacity: count)
    self.count = count
    blockSize = size
  }

  /// Memory that somebody else owns and keeps alive and unchanged while this storage exists.
  public init(lent pointer: Destination, count: Int) {
    self.pointer = pointer
    self.count = count
    blockSize = nil
  }

  deinit {
    if let blockSize { MemoryPool.giveBack(pointer, size: blockSize) }
  }
}
