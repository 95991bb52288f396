import BisslAutograd
import BisslCore
import CBissl

extension Options {
  /// By layer: its adapter's rank and α.
  var adapters: [(layer: String, rank: Int, alpha: Double)] {
    get throws {
      try entries.map { entry in
        guard entry.numbers.count == 2, let rank = Int(exactly: entry.numbers[0]) else {
          throw EngineError.value("adapters: expected (rank, alpha) of \(entry.name), got \(entry.numbers)")
        }
        return (entry.name, rank, entry.numbers[1])
      }
    }
  }
}

extension bissl_settings {
  /// The settings, in order.
  func options(_ argument: String) throws -> Options {
    try require((0...1 << 16).contains(count), .value("\(argument): expected at most 2¹⁶ names, got \(count)"))
    guard let names, let lengths, count > 0 else { return [:] }
    var start = 0
    return Options(
      try (0..<Int(count)).map { index in
        let length = Int(lengths[index])
        try require(length == 0 || (values != nil && length > 0), .value("\(argument): a list without numbers"))
        let numbers = (start..<start + length).map { values[$0] }
        start += length
        let words = try texts.flatMap { $0[index] }.map { try text($0, argument) }
        return Options.Entry(name: try text(names[index], argument), numbers: numbers, text: words)
      })
  }
}
