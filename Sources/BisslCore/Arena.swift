import Glibc

/// Blocks cut from a few large ranges of addresses, best fit. A block that is given back merges with its free neighbours,
/// so that tensors of any size use the memory of those before them: a step that is repeated needs little more than it
/// ever has in use, and pays for no page fault. Addresses that nothing was written to cost nothing.
struct Arena {
  /// A free stretch. Its first `touched` bytes may be in physical memory.
  private struct Stretch {
    var start: UnsafeMutableRawPointer
    var size: Int
    var touched: Int

    var end: UnsafeMutableRawPointer { start + size }
    /// Bytes of physical memory that a block at its start would add.
    func added(by size: Int) -> Int { max(0, size - touched) }
  }

  /// In the order of addresses, none next to another.
  private var free: [Stretch] = []

  /// Blocks are multiples of a cache line.
  static let alignment = 64
  /// Addresses asked for at once, and huge pages' size.
  private static let range = 1 << 32
  private static let hugePage = 1 << 21
  /// MAP_FAILED. Glibc's own is a Swift function, in whose object file is a hypotf of glibc 2.35: older systems lack it.
  private static let noMapping = UnsafeMutableRawPointer(bitPattern: -1)

  static func rounded(_ size: Int) -> Int { (max(size, 1) + alignment - 1) / alignment * alignment }

  /// Bytes of free memory that the system may have given.
  var touchedBytes: Int { free.reduce(0) { $0 + $1.touched } }

  /// The free stretch that a block adds the least memory to, the smallest of those; nil where none is large enough.
  private func best(for size: Int) -> Int? {
    free.indices.filter { free[$0].size >= size }.min {
      (free[$0].added(by: size), free[$0].size) < (free[$1].added(by: size), free[$1].size)
    }
  }

  /// Bytes of physical memory that a block of `size` would add.
  func added(by size: Int) -> Int { best(for: size).map { free[$0].added(by: size) } ?? size }

  /// A block of `size`, a multiple of `alignment`; nil where the system gives no addresses.
  mutating func take(_ size: Int) -> UnsafeMutableRawPointer? {
    guard let place = best(for: size) ?? grown(by: size) else { return nil }
    let start = free[place].start
    free[place].start += size
    free[place].size -= size
    free[place].touched = max(0, free[place].touched - size)
    if free[place].size == 0 { free.remove(at: place) }
    return start
  }

  mutating func giveBack(_ start: UnsafeMutableRawPointer, _ size: Int) {
    insert(Stretch(start: start, size: size, touched: size))
  }

  /// Gives the pages of free stretches back to the system; their addresses stay.
  mutating func trim() {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    for place in free.indices where free[place].touched > 0 {
      let first = UInt(bitPattern: free[place].start)
      let start = (Int(first) + page - 1) / page * page - Int(first)
      let end = (Int(first) + free[place].size) / page * page - Int(first)
      if end > start { madvise(free[place].start + start, end - start, Int32(MADV_DONTNEED)) }
      free[place].touched = 0
    }
  }

  /// A new range of addresses with room for `size`; the place of its stretch.
  private mutating func grown(by size: Int) -> Int? {
    for wanted in [max(Self.range, size), size] {
      let length = wanted + Self.hugePage
      let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
      guard let base = mmap(nil, length, PROT_READ | PROT_WRITE, flags, -1, 0), base != Self.noMapping else { continue }
      madvise(base, length, 14 /* MADV_HUGEPAGE */)
      let start = UnsafeMutableRawPointer(base).alignedUp(toMultipleOf: Self.hugePage)
      return insert(Stretch(start: start, size: base + length - start, touched: 0))
    }
    return nil
  }

  @discardableResult
  private mutating func insert(_ stretch: Stretch) -> Int {
    var (low, high) = (0, free.count)
    while low < high {
      let middle = (low + high) / 2
      if free[middle].start < stretch.start { low = middle + 1 } else { high = middle }
    }
    free.insert(stretch, at: low)
    if low + 1 < free.count { merge(low) }
    if low > 0 && merge(low - 1) { return low - 1 }
    return low
  }

  /// Joins a stretch with the next where they touch.
  @discardableResult
  private mutating func merge(_ place: Int) -> Bool {
    let next = free[place + 1]
    guard free[place].end == next.start else { return false }
    if next.touched > 0 { free[place].touched = free[place].size + next.touched }
    free[place].size += next.size
    free.remove(at: place + 1)
    return true
  }
}
