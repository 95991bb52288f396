import BisslCore

/// What becomes of a segment of the solution that is not finite.
public enum NonFinitePolicy: String, CaseIterable, Sendable {
  /// The solve stops with an error.
  case raise
  /// It becomes 0: the segment has no implicit term (the authors' code, silently).
  case zero
  /// It becomes that of v: the implicit Jacobian of the segment is taken for the identity.
  case identity

  public static func named(_ name: String) throws -> NonFinitePolicy {
    guard let policy = NonFinitePolicy(rawValue: name) else {
      let names = allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw EngineError.value("policy: expected one of \(names), got '\(name)'")
    }
    return policy
  }

  /// Replaces one segment of `solution`.
  func repair(_ segment: ParameterLayout.Segment, of solution: Tensor, from v: Tensor) {
    let (start, count) = (segment.range.lowerBound, segment.range.count)
    switch self {
    case .raise: break
    case .zero: (solution.pointer + start).update(repeating: 0, count: count)
    case .identity: (solution.pointer + start).update(from: v.source + start, count: count)
    }
  }
}
