/// What the engine throws. `Kind` decides the Python exception, `message` is its text: it names the argument, what was
/// expected, what came, and the way out.
public struct EngineError: Error, CustomStringConvertible {
  public enum Kind: Int32, Sendable {
    case value = 1, type, memory, state, nonFinite, interrupted
  }

  public let kind: Kind
  public let message: String

  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  public static func value(_ message: String) -> EngineError { EngineError(.value, message) }
  public static func type(_ message: String) -> EngineError { EngineError(.type, message) }
  public static func memory(_ message: String) -> EngineError { EngineError(.memory, message) }
  public static func state(_ message: String) -> EngineError { EngineError(.state, message) }
  public static func nonFinite(_ message: String) -> EngineError { EngineError(.nonFinite, message) }
  public static let interrupted = EngineError(.interrupted, "interrupted")

  public var description: String { message }
}

/// Throws `error` unless `condition` holds.
@inlinable
public func require(_ condition: Bool, _ error: @autoclosure () -> EngineError) throws {
  if !condition { throw error() }
}
