extension Catalogue {
  /// A setting of an operation: what it may be, and its default.
  public struct Setting {
    public enum Kind: String {
      case number, numbers, integer, integers, flag, extent
    }

    public let kind: Kind
    /// What the operation is made with where the setting is not given.
    public let fallback: Double?
    /// Whether it must be given. One that is neither required nor has a default may be absent.
    public let isRequired: Bool

    static func number(default fallback: Double? = nil) -> Setting { Setting(.number, fallback) }
    static func numbers() -> Setting { Setting(.numbers) }
    static func integer(default fallback: Int? = nil) -> Setting { Setting(.integer, fallback.map(Double.init)) }
    static func integers() -> Setting { Setting(.integers) }
    static func flag(default fallback: Bool) -> Setting { Setting(.flag, fallback ? 1 : 0) }
    /// An integer, or a (height, width) pair of them.
    static func extent(default fallback: Int? = nil) -> Setting { Setting(.extent, fallback.map(Double.init)) }

    /// The same setting, which may be absent.
    var optional: Setting { Setting(kind, fallback, isRequired: false) }

    private init(_ kind: Kind, _ fallback: Double? = nil, isRequired: Bool? = nil) {
      self.kind = kind
      self.fallback = fallback
      self.isRequired = isRequired ?? (fallback == nil)
    }
  }

  /// An input of an operation, by the name that it has in Python. A string literal is one that must be given.
  public struct Input: ExpressibleByStringLiteral {
    public enum Count: String {
      case one, optional, several
    }

    public let name: String
    public let count: Count

    public init(stringLiteral name: String) { self.init(name, .one) }

    /// One that may be absent.
    static func optional(_ name: String) -> Input { Input(name, .optional) }
    /// Any number of inputs, at least one.
    static func several(_ name: String) -> Input { Input(name, .several) }

    private init(_ name: String, _ count: Count) {
      self.name = name
      self.count = count
    }
  }
}
