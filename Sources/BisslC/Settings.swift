import BisslCore
import CBissl

extension bissl_settings {
  /// The numbers by name.
  func lists(_ argument: String) throws -> [String: [Double]] {
    Dictionary(try pairs(argument)) { _, last in last }
  }

  /// Name and whole numbers, in order.
  func shapes(_ argument: String) throws -> [(name: String, shape: [Int])] {
    try pairs(argument).map { name, values in
      let shape = try values.map { value in
        guard let extent = Int(exactly: value) else {
          throw EngineError.value("\(argument): \(name) has an extent that is no whole number: \(value)")
        }
        return extent
      }
      return (name, shape)
    }
  }

  private func pairs(_ argument: String) throws -> [(String, [Double])] {
    try require((0...1 << 16).contains(count), .value("\(argument): expected at most 2¹⁶ names, got \(count)"))
    guard let names, let lengths, count > 0 else { return [] }
    var start = 0
    return try (0..<Int(count)).map { index in
      let length = Int(lengths[index])
      try require(length == 0 || (values != nil && length > 0), .value("\(argument): a list without numbers"))
      let list = (start..<start + length).map { values[$0] }
      start += length
      return (try text(names[index], argument), list)
    }
  }
}
