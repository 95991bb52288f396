/// A number of elements, in arithmetic that remembers an overflow in place of trapping or wrapping round. Sizes of
/// buffers are worked out in it; `count` is where memory is asked for.
public struct Elements: ExpressibleByIntegerLiteral, Sendable {
  /// nil after an overflow.
  private let value: Int?

  public init(_ value: Int) { self.value = value }
  public init(integerLiteral value: Int) { self.value = value }

  /// Throws a `MemoryError` where no machine has that many. `purpose` names the operation.
  public func count(for purpose: @autoclosure () -> String) throws -> Int {
    guard let value, value >= 0, value <= Self.most else {
      throw EngineError.memory(
        "\(purpose()) needs more memory than a process can address: lower the batch size, the image size or the width")
    }
    return value
  }

  /// So many that every thread may have them without an overflow of bytes.
  private static let most = 1 << 47

  public static func + (a: Elements, b: Elements) -> Elements { a.combined(with: b) { $0.addingReportingOverflow($1) } }
  public static func * (a: Elements, b: Elements) -> Elements {
    a.combined(with: b) { $0.multipliedReportingOverflow(by: $1) }
  }
  public static func * (a: Int, b: Elements) -> Elements { Elements(a) * b }
  public static func max(_ a: Elements, _ b: Elements) -> Elements {
    a.combined(with: b) { (Swift.max($0, $1), false) }
  }

  private init(_ value: Int?) { self.value = value }

  private func combined(
    with other: Elements, _ body: (Int, Int) -> (partialValue: Int, overflow: Bool)
  ) -> Elements {
    guard let a = value, let b = other.value else { return Elements(nil) }
    let (result, overflow) = body(a, b)
    return Elements(overflow ? nil : result)
  }
}

extension Tensor {
  /// An uninitialised tensor of one axis.
  public init(_ elements: Elements, for purpose: @autoclosure () -> String) throws {
    try self.init(Shape(elements.count(for: purpose())), for: purpose())
  }
}
