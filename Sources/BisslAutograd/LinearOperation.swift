import BisslCore

/// y = Σᵢ Lᵢ xᵢ, linear in all inputs together (at the saved selection, for operations such as max-pooling that choose
/// one). The tangent map is L again, both adjoint rules are Lᵀ.
public protocol LinearOperation: Operation {
  /// ẏ = Σᵢ Lᵢ ẋᵢ, over the tangents that are not `nil` (at least one is not).
  func apply(at point: Point<Saved>, to tangents: [Tensor?]) throws -> Tensor
  /// x̄ᵢ = Lᵢᵀ ȳ for the wanted inputs.
  func transpose(at point: Point<Saved>, of cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?]
}

extension LinearOperation {
  public var isCheapToDifferentiate: Bool { true }

  public func isLinear(inInputs varying: [Bool]) -> Bool { true }

  public func jvp(at point: Point<Saved>, tangents: [Tensor?]) throws -> Tensor? { try apply(at: point, to: tangents) }

  public func vjp(at point: Point<Saved>, cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    try transpose(at: point, of: cotangent, wanted: wanted)
  }

  public func vjpTangent(
    at point: Point<Saved>, tangents: [Tensor?], cotangent: Tensor, cotangentTangent: Tensor?, wanted: [Bool]
  ) throws -> [Tensor?] {
    guard let cotangentTangent else { return wanted.map { _ in nil } }
    return try transpose(at: point, of: cotangentTangent, wanted: wanted)
  }
}
