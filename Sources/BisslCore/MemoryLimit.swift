/// How much memory this process may still take.
enum MemoryLimit {
  /// The smaller of what the machine has available and what the control group still allows, less a reserve.
  static var availableBytes: Int {
    let reserve = 64 << 20
    return max(0, min(machineBytes, controlGroupBytes) - reserve)
  }

  private static var machineBytes: Int {
    for line in SystemFile.lines(of: "/proc/meminfo") where line.hasPrefix("MemAvailable:") {
      let kibibytes = line.split(separator: " ").compactMap { Int($0) }.first
      return kibibytes.map { $0 << 10 } ?? Int.max
    }
    return Int.max
  }

  private static var controlGroupBytes: Int {
    let pairs = [
      ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
      ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ]
    for (limit, usage) in pairs {
      if let limit = number(in: limit), let usage = number(in: usage), limit > usage { return limit - usage }
    }
    return Int.max
  }

  private static func number(in path: String) -> Int? { SystemFile.lines(of: path).first.flatMap { Int($0) } }
}
