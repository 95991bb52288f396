import BisslCore

/// y = B(a, b), linear in each of two inputs. B and its two adjoints take a *sum* of products, because every derived
/// rule of second order is one: both terms are accumulated where they are made, without a second pass.
public protocol BilinearOperation: Operation where Saved == Void {
  /// Throws unless B(a, b) exists; answers its shape.
  func productShape(_ a: Shape, _ b: Shape) throws -> Shape
  /// out = B(a, b) of the primal pass, on whose rounding the kinks of later operations depend; `product` unless stated.
  func value(_ a: Tensor, _ b: Tensor, into out: Tensor) throws
  /// out = Σ B(aⱼ, bⱼ)
  func product(_ terms: [(a: Tensor, b: Tensor)], into out: Tensor) throws
  /// out = Σ āⱼ with ⟨āⱼ, a⟩ = ⟨ȳⱼ, B(a, bⱼ)⟩
  func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into out: Tensor) throws
  /// out = Σ b̄ⱼ with ⟨b̄ⱼ, b⟩ = ⟨ȳⱼ, B(aⱼ, b)⟩
  func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into out: Tensor) throws
}

extension BilinearOperation {
  public func isLinear(inInputs varying: [Bool]) -> Bool { varying != [true, true] }

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Void) {
    try expect(2, inputs)
    let y = try makeTensor(productShape(inputs[0].shape, inputs[1].shape))
    try value(inputs[0], inputs[1], into: y)
    return (y, ())
  }

  public func value(_ a: Tensor, _ b: Tensor, into out: Tensor) throws { try product([(a, b)], into: out) }

  public func jvp(at point: Point<Void>, tangents: [Tensor?]) throws -> Tensor? {
    let (a, b) = (point.inputs[0], point.inputs[1])
    let out = try makeTensor(point.output.shape)
    try product(pairs(tangents[0], b) + pairs(a, tangents[1]), into: out)
    return out
  }

  public func vjp(at point: Point<Void>, cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    let (a, b) = (point.inputs[0], point.inputs[1])
    let left = try wanted[0] ? makeTensor(a.shape) : nil
    if let left { try leftAdjoint([(cotangent, b)], into: left) }
    let right = try wanted[1] ? makeTensor(b.shape) : nil
    if let right { try rightAdjoint([(a, cotangent)], into: right) }
    return [left, right]
  }

  public func vjpTangent(
    at point: Point<Void>, tangents: [Tensor?], cotangent: Tensor, cotangentTangent: Tensor?, wanted: [Bool]
  ) throws -> [Tensor?] {
    let (a, b) = (point.inputs[0], point.inputs[1])
    let leftTerms = wanted[0] ? pairs(cotangentTangent, b) + pairs(cotangent, tangents[1]) : []
    let rightTerms = wanted[1] ? pairs(tangents[0], cotangent) + pairs(a, cotangentTangent) : []
    let left = try leftTerms.isEmpty ? nil : makeTensor(a.shape)
    if let left { try leftAdjoint(leftTerms.map { (cotangent: $0.0, b: $0.1) }, into: left) }
    let right = try rightTerms.isEmpty ? nil : makeTensor(b.shape)
    if let right { try rightAdjoint(rightTerms.map { (a: $0.0, cotangent: $0.1) }, into: right) }
    return [left, right]
  }

  private func pairs(_ first: Tensor?, _ second: Tensor?) -> [(Tensor, Tensor)] {
    guard let first, let second else { return [] }
    return [(first, second)]
  }
}
