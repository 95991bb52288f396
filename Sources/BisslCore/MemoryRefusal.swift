import Synchronization

/// For tests: the moment at which the system has no more memory, which a test can name.
public enum MemoryRefusal {
  private static let left = Atomic<Int>(0)

  /// How many more times memory for tensors and scratch is asked for before it is refused, once; 0: never.
  public static var countdown: Int {
    get { left.load(ordering: .relaxed) }
    set { left.store(newValue, ordering: .relaxed) }
  }

  /// Whether it is refused now. Asked once for every block, from any thread.
  static func isDue() -> Bool {
    while true {
      let present = left.load(ordering: .relaxed)
      if present == 0 { return false }
      if left.compareExchange(expected: present, desired: present - 1, ordering: .relaxed).exchanged {
        return present == 1
      }
    }
  }
}
