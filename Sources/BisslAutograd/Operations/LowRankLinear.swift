import BisslCore
import BisslKernels

/// A linear layer with a low-rank addition (Hu et al. 2021, "LoRA"): y = x Wᵀ + h Bᵀ + b with h = s·x Aᵀ, for x (N, K),
/// W (M, K), A (r, K), B (M, r) and, where there is one, b (M,). Beside a constant W only matrices with r columns are
/// made: no product with s·BA, and none of W's size to differentiate.
public struct LowRankLinear: Operation {
  public let scale: Scalar
  private let product = MatrixProduct(transposeRight: true)

  public var name: String { "low_rank_linear" }

  public init(scale: Scalar) { self.scale = scale }

  /// Keeps h, (N, r). Inputs: x, W, A, B, b.
  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Tensor) {
    try expect(inputs.count == 4 ? 4 : 5, inputs)
    let (x, w, a, b) = (inputs[0], inputs[1], inputs[2], inputs[3])
    let shape = try product.productShape(x.shape, w.shape)
    let rank = try product.productShape(x.shape, a.shape)[1]
    try check(rank > 0 && b.shape.dimensions == [shape[1], rank],
      "expected a of shape (rank, \(x.shape[1])) and b of shape (\(shape[1]), rank), got \(a.shape) and \(b.shape)")
    try check(inputs.count == 4 || inputs[4].shape.dimensions == [shape[1]],
      "expected a bias of shape (\(shape[1]),), got \(inputs.last?.shape ?? shape)")
    let h = try scaled([(x, a)], isTransposed: true, columns: rank)
    return (try sum([(x, w), (h, b)], inputs.count == 5 ? inputs[4] : nil, shape), h)
  }

  public func isLinear(inInputs varying: [Bool]) -> Bool {
    !(varying[0] && (varying[1] || varying[2] || varying[3])) && !(varying[2] && varying[3])
  }

  public func usesTangent(ofInput input: Int) -> Bool { input < 4 }

  /// ẋWᵀ + xẆᵀ + ḣBᵀ + hḂᵀ + ḃ with ḣ = s(ẋAᵀ + xȦᵀ)
  public func jvp(at point: Point<Tensor>, tangents: [Tensor?]) throws -> Tensor? {
    let (x, w, b) = (point.inputs[0], point.inputs[1], point.inputs[3])
    let terms = try pairs(tangents[0], w) + pairs(x, tangents[1]) + pairs(hiddenTangent(point, tangents), b)
      + pairs(point.saved, tangents[3])
    return try sum(terms, tangents.count == 5 ? tangents[4] : nil, point.output.shape)
  }

  /// x̄ = ȳW + gA, W̄ = ȳᵀx, Ā = gᵀx, B̄ = ȳᵀh, b̄ = Σȳ with g = s·ȳB
  public func vjp(at point: Point<Tensor>, cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    let (x, w, a, b) = (point.inputs[0], point.inputs[1], point.inputs[2], point.inputs[3])
    let g = try wanted[0] || wanted[2] ? hiddenAdjoint([(cotangent, b)]) : nil
    return try adjoints(
      point, wanted, ofX: pairs(cotangent, w) + pairs(g, a), ofW: [(cotangent, x)], ofA: pairs(g, x),
      ofB: [(cotangent, point.saved)], ofBias: cotangent)
  }

  /// The rules of `vjp`, each product by its two factors; ġ = s(ȳ̇B + ȳḂ)
  public func vjpTangent(
    at point: Point<Tensor>, tangents: [Tensor?], cotangent: Tensor, cotangentTangent: Tensor?, wanted: [Bool]
  ) throws -> [Tensor?] {
    let (x, w, a, b) = (point.inputs[0], point.inputs[1], point.inputs[2], point.inputs[3])
    let needsHidden = wanted[0] || wanted[2]
    let hiddenTerms = needsHidden ? pairs(cotangentTangent, b) + pairs(cotangent, tangents[3]) : []
    let gTangent = try hiddenTerms.isEmpty ? nil : hiddenAdjoint(hiddenTerms)
    let usesAdjoint = wanted[0] && tangents[2] != nil || wanted[2] && tangents[0] != nil
    let g = try usesAdjoint ? hiddenAdjoint([(cotangent, b)]) : nil
    let hTangent = try wanted[3] ? hiddenTangent(point, tangents) : nil
    return try adjoints(
      point, wanted, ofX: pairs(cotangentTangent, w) + pairs(cotangent, tangents[1]) + pairs(gTangent, a) + pairs(g, tangents[2]),
      ofW: pairs(cotangentTangent, x) + pairs(cotangent, tangents[0]), ofA: pairs(gTangent, x) + pairs(g, tangents[0]),
      ofB: pairs(cotangentTangent, point.saved) + pairs(cotangent, hTangent), ofBias: cotangentTangent)
  }

  /// Σ of the products that make up the adjoint of each input; nil where none is wanted or there are no products.
  private func adjoints(
    _ point: Point<Tensor>, _ wanted: [Bool], ofX x: [(Tensor, Tensor)], ofW w: [(Tensor, Tensor)],
    ofA a: [(Tensor, Tensor)], ofB b: [(Tensor, Tensor)], ofBias bias: Tensor?
  ) throws -> [Tensor?] {
    func made(_ input: Int, _ terms: [(Tensor, Tensor)], _ make: (Tensor) throws -> Void) throws -> Tensor? {
      if !wanted[input] || terms.isEmpty { return nil }
      let out = try makeTensor(point.inputs[input].shape)
      try make(out)
      return out
    }
    let matrices = try [(1, w), (2, a), (3, b)].map { input, terms in
      try made(input, terms) { try product.rightAdjoint(terms.map { (a: $0.1, cotangent: $0.0) }, into: $0) }
    }
    let ofX = try made(0, x) { try product.leftAdjoint(x.map { (cotangent: $0.0, b: $0.1) }, into: $0) }
    let ofBias = try wanted.count == 5 && wanted[4] ? bias.map { try columnSums($0, for: name) } : nil
    return [ofX] + matrices + (wanted.count == 5 ? [ofBias] : [])
  }

  /// ḣ = s(ẋAᵀ + xȦᵀ); nil where it vanishes.
  private func hiddenTangent(_ point: Point<Tensor>, _ tangents: [Tensor?]) throws -> Tensor? {
    let terms = pairs(tangents[0], point.inputs[2]) + pairs(point.inputs[0], tangents[2])
    return try terms.isEmpty ? nil : scaled(terms, isTransposed: true, columns: point.saved.shape[1])
  }

  /// s·Σ ȳⱼBⱼ
  private func hiddenAdjoint(_ terms: [(Tensor, Tensor)]) throws -> Tensor {
    try scaled(terms, isTransposed: false, columns: terms[0].1.shape[1])
  }

  /// s·Σ xⱼ·wⱼ, each wⱼ transposed where told: few columns, for which OpenBLAS is as fast as any.
  private func scaled(_ terms: [(Tensor, Tensor)], isTransposed: Bool, columns: Int) throws -> Tensor {
    let out = try makeTensor(Shape(terms[0].0.shape[0], columns))
    try GEMMDriver.multiply(terms.map { (x: $0.0, w: $0.1) }, isTransposed: isTransposed, into: out)
    for index in 0..<(scale == 1 ? 0 : out.count) { out.pointer[index] *= scale }
    return out
  }

  /// Σ xⱼ·wⱼᵀ + bias; a missing bias is zero.
  private func sum(_ terms: [(Tensor, Tensor)], _ bias: Tensor?, _ shape: Shape) throws -> Tensor {
    let out = try terms.isEmpty ? Tensor.zeros(shape) : makeTensor(shape)
    try GEMMDriver.multiply(
      terms.map { (x: $0.0, w: $0.1) }, isTransposed: true, epilogue: bias.map { .bias($0.source) } ?? .none, into: out)
    return out
  }

  private func pairs(_ first: Tensor?, _ second: Tensor?) -> [(Tensor, Tensor)] {
    guard let first, let second else { return [] }
    return [(first, second)]
  }
}
