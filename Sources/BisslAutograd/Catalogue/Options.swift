import BisslCore
import BisslKernels

/// The settings of an operation, a module or an objective as they come from outside: by name, each a list of numbers, a
/// text, or both. A flag is 0 or 1, an extent one number or a (height, width) pair.
public struct Options: ExpressibleByDictionaryLiteral {
  public struct Entry {
    public let name: String
    public let numbers: [Double]
    public let text: String?

    public init(name: String, numbers: [Double], text: String? = nil) {
      self.name = name
      self.numbers = numbers
      self.text = text
    }
  }

  /// In the order in which they were given.
  public let entries: [Entry]

  public init(_ entries: [Entry]) { self.entries = entries }

  /// Ranges in which every computation with a number holds: the place of an axis, an index or count of rows, an extent of
  /// a shape, a side, step or border of a window. What a number may be in them is for the operation to say.
  public static let axes = -1024...1023
  public static let rows = Int(Int32.min)...Int(Int32.max)
  public static let extents = -(1 << 40)...1 << 40
  public static let sides = 0...1 << 15

  public init(dictionaryLiteral elements: (String, [Double])...) {
    entries = elements.map { Entry(name: $0, numbers: $1) }
  }

  /// The same settings and one more.
  public func adding(_ name: String, _ value: [Double]) -> Options {
    Options(entries + [Entry(name: name, numbers: value)])
  }

  /// The same settings, and defaults for those that are not among them.
  func withDefaults(_ defaults: [Entry]) -> Options { Options(defaults + entries) }

  public var names: [String] { entries.map(\.name) }

  /// Throws, naming the first setting that is not among `known`.
  public func requireKnown(_ known: [String], to owner: String) throws {
    if let unknown = names.first(where: { !known.contains($0) }) {
      let all = known.isEmpty ? "takes none" : "knows \(known.joined(separator: ", "))"
      throw EngineError.value("\(owner) has no setting \(unknown): it \(all)")
    }
  }

  public func text(_ name: String) throws -> String {
    guard let text = entry(name)?.text else { throw EngineError.type("\(name): expected a text") }
    return text
  }

  /// The member of `Choice` that a text names.
  public func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, as: Choice.Type = Choice.self
  ) throws -> Choice where Choice.RawValue == String {
    let given = try text(name)
    guard let choice = Choice(rawValue: given) else {
      let valid = Choice.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw EngineError.value("\(name): expected one of \(valid), got '\(given)'")
    }
    return choice
  }

  private func entry(_ name: String) -> Entry? { entries.last { $0.name == name } }

  public func number(_ name: String, default fallback: Double? = nil) throws -> Double {
    let value = try list(name, default: fallback.map { [$0] })
    try require(value.count == 1, .value("\(name): expected one number, got \(value.count)"))
    return value[0]
  }

  public func flag(_ name: String, default fallback: Bool? = nil) throws -> Bool {
    let value = try number(name, default: fallback.map { $0 ? 1 : 0 })
    try require(value == 0 || value == 1, .value("\(name): expected true or false, got \(value)"))
    return value == 1
  }

  /// Whole numbers, each in `range`: what is read here enters sizes and offsets, whose products must be numbers too.
  public func integers(_ name: String, in range: ClosedRange<Int>, default fallback: [Int]? = nil) throws -> [Int] {
    try list(name, default: fallback?.map { Double($0) }).map { value in
      guard let integer = Int(exactly: value), range.contains(integer) else {
        throw EngineError.value(
          "\(name): expected whole numbers from \(range.lowerBound) to \(range.upperBound), got \(value)")
      }
      return integer
    }
  }

  public func integer(_ name: String, in range: ClosedRange<Int>, default fallback: Int? = nil) throws -> Int {
    let values = try integers(name, in: range, default: fallback.map { [$0] })
    try require(values.count == 1, .value("\(name): expected one number, got \(values.count)"))
    return values[0]
  }

  public func extent(_ name: String, in range: ClosedRange<Int>, default fallback: Extent2? = nil) throws -> Extent2 {
    let values = try integers(name, in: range, default: fallback.map { [$0.height, $0.width] })
    try require(
      values.count == 1 || values.count == 2,
      .value("\(name): expected one number or a (height, width) pair, got \(values.count) numbers"))
    return Extent2(values[0], values[values.count - 1])
  }

  public func list(_ name: String, default fallback: [Double]? = nil) throws -> [Double] {
    if let entry = entry(name), let text = entry.text, entry.numbers.isEmpty {
      throw EngineError.type("\(name): expected a number, got the text '\(text)'")
    }
    guard let value = entry(name)?.numbers ?? fallback else { throw EngineError.value("\(name) is missing: it has no default") }
    return value
  }
}
