import BisslCore
import CBissl

/// What every entry point is made of: `call` around its body, `object` and `array` readers for what comes in, `give` for
/// what goes out. Entry points themselves only name arguments.

typealias HandleOut = UnsafeMutablePointer<bissl_handle?>?
typealias ErrorOut = UnsafeMutablePointer<bissl_error>?

/// Runs `body` inside the engine and translates what it throws.
func call(_ error: ErrorOut, _ body: () throws -> Void) -> Int32 {
  callBesideEngine(error) { try Engine.enter(body) }
}

/// As `call`, for a body that uses nothing that the engine's lock protects: its threads, BLAS, the memory of tensors.
func callBesideEngine(_ error: ErrorOut, _ body: () throws -> Void) -> Int32 {
  do {
    try body()
    return 0
  } catch let failure as EngineError {
    return report(failure, to: error)
  } catch let failure {
    return report(.state("unexpected: \(failure)"), to: error)
  }
}

private func report(_ failure: EngineError, to error: ErrorOut) -> Int32 {
  if let error {
    error.pointee.kind = failure.kind.rawValue
    let capacity = BISSL_MESSAGE_SIZE
    withUnsafeMutableBytes(of: &error.pointee.message) { buffer in
      var length = 0
      for byte in failure.message.utf8.prefix(capacity - 1) {
        buffer[length] = byte
        length += 1
      }
      buffer[length] = 0
    }
  }
  return failure.kind.rawValue
}

/// An object that crosses the boundary; `kind` is its name in messages.
protocol Exported: AnyObject {
  static var kind: String { get }
}

/// Hands an object out; the caller owns it until bissl_handle_release.
func give(_ object: any Exported, to out: HandleOut) throws {
  try require(out != nil, .value("a result was given nowhere to go"))
  out?.pointee = Unmanaged.passRetained(object as AnyObject).toOpaque()
}

/// As `give`, for as many objects as `out` has room for.
func giveAll(_ objects: [any Exported], to out: HandleOut) throws {
  try require(out != nil || objects.isEmpty, .value("results were given nowhere to go"))
  for (index, object) in objects.enumerated() {
    out?[index] = Unmanaged.passRetained(object as AnyObject).toOpaque()
  }
}

/// The object behind a handle, of the kind that the argument needs.
func object<Kind: Exported>(_ handle: bissl_handle?, _ argument: String, as kind: Kind.Type = Kind.self) throws -> Kind
{
  guard let handle else { throw EngineError.type("\(argument): expected \(Kind.kind), got nothing") }
  let any = Unmanaged<AnyObject>.fromOpaque(handle).takeUnretainedValue()
  guard let object = any as? Kind else {
    let given = (any as? any Exported).map { type(of: $0).kind } ?? "something else"
    throw EngineError.type("\(argument): expected \(Kind.kind), got \(given)")
  }
  return object
}

/// The objects behind a list of handles, `allowed` many, each named in messages by `argument` and its place.
func objects<Kind: Exported>(
  _ handles: UnsafePointer<bissl_handle?>?, _ count: Int64, _ argument: String, allowed: ClosedRange<Int64>,
  as kind: Kind.Type = Kind.self
) throws -> [Kind] {
  try require(
    allowed.contains(count) && (count == 0 || handles != nil),
    .value("\(argument): expected \(allowed.lowerBound) to \(allowed.upperBound) of them, got \(count)"))
  return try (0..<Int(count)).map { try object(handles?[$0], "\(argument)[\($0)]", as: kind) }
}

func text(_ pointer: UnsafePointer<CChar>?, _ argument: String) throws -> String {
  guard let pointer else { throw EngineError.type("\(argument): expected a text, got nothing") }
  return String(cString: pointer)
}

/// The member of `Choice` that a text names.
func choice<Choice: RawRepresentable & CaseIterable>(
  _ pointer: UnsafePointer<CChar>?, _ argument: String, as: Choice.Type = Choice.self
) throws -> Choice where Choice.RawValue == String {
  let name = try text(pointer, argument)
  guard let choice = Choice(rawValue: name) else {
    let valid = Choice.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    throw EngineError.value("\(argument): expected one of \(valid), got '\(name)'")
  }
  return choice
}

func integers(_ pointer: UnsafePointer<Int64>?, _ count: Int64, _ argument: String) throws -> [Int] {
  try require(count >= 0 && count < 1 << 20, .value("\(argument): expected at most 2²⁰ numbers, got \(count)"))
  guard let pointer else {
    try require(count == 0, .value("\(argument): expected \(count) numbers, got nothing"))
    return []
  }
  return (0..<Int(count)).map { Int(pointer[$0]) }
}

func write<Value>(_ value: Value, to out: UnsafeMutablePointer<Value>?) { out?.pointee = value }
