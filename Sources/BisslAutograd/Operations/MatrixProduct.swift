import BisslCore
import BisslKernels

/// a∘b, element by element, of one shape.
public struct Multiply: BilinearOperation {
  public var name: String { "multiply" }

  public init() {}

  public func productShape(_ a: Shape, _ b: Shape) throws -> Shape {
    try check(a == b, "expected inputs of one shape, got \(a) and \(b)")
    return a
  }

  public func product(_ terms: [(a: Tensor, b: Tensor)], into out: Tensor) throws {
    parallelChunks(out.count, of: pointwiseChunk) { _, range in
      let (start, count) = (range.lowerBound, range.count)
      for (index, term) in terms.enumerated() {
        let kernel = index == 0 ? Elementwise.multiply(_:_:into:count:) : Elementwise.addProduct(_:_:to:count:)
        kernel(term.a.source + start, term.b.source + start, out.pointer + start, count)
      }
    }
  }

  public func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into out: Tensor) throws {
    try product(terms.map { (a: $0.cotangent, b: $0.b) }, into: out)
  }

  public func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into out: Tensor) throws {
    try product(terms.map { (a: $0.a, b: $0.cotangent) }, into: out)
  }
}

/// a (N, K) times b (K, M), or times the transpose of b (M, K) as in PyTorch's `linear`, whose weight is
/// (outputs, inputs). Answers (N, M).
public struct MatrixProduct: BilinearOperation {
  public let transposeRight: Bool

  public var name: String { transposeRight ? "linear" : "matmul" }

  public init(transposeRight: Bool) { self.transposeRight = transposeRight }

  public func productShape(_ a: Shape, _ b: Shape) throws -> Shape {
    try check(a.rank == 2 && b.rank == 2, "expected two matrices, got shapes \(a) and \(b)")
    let (depth, columns) = transposeRight ? (b[1], b[0]) : (b[0], b[1])
    let expected = transposeRight ? "(outputs, \(a[1]))" : "(\(a[1]), outputs)"
    try check(a[1] == depth, "an input of shape \(a) needs a weight of shape \(expected), got \(b)")
    try check(depth > 0, "shapes \(a) and \(b) leave nothing to sum over")
    try BLAS.matrixExtents(a[0], depth, columns)
    return try Shape(a[0], columns)
  }

  public func product(_ terms: [(a: Tensor, b: Tensor)], into out: Tensor) throws {
    try GEMMDriver.multiply(terms.map { (x: $0.a, w: $0.b) }, isTransposed: transposeRight, into: out)
  }

  public func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into out: Tensor) throws {
    try GEMMDriver.multiply(terms.map { (x: $0.cotangent, w: $0.b) }, isTransposed: !transposeRight, into: out)
  }

  public func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into out: Tensor) throws {
    let factors = terms.map { transposeRight ? (a: $0.cotangent, b: $0.a) : (a: $0.a, b: $0.cotangent) }
    let driver = TransposedGEMMDriver(depth: factors[0].a.shape[0], m: out.shape[0], n: out.shape[1])
    try driver.multiply(
      factors.map { (a: TransposedGEMMDriver.rows(of: $0.a), b: TransposedGEMMDriver.rows(of: $0.b)) }, into: out)
  }
}

/// x Wᵀ + b in one: x (N, K), W (M, K) as in PyTorch, b (M,), to (N, M). The product without its bias, which no rule
/// needs, is not kept.
public struct Linear: Operation {
  private let product = MatrixProduct(transposeRight: true)

  public var name: String { "linear" }

  public init() {}

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Void) {
    try expect(3, inputs)
    let (x, weight, bias) = (inputs[0], inputs[1], inputs[2])
    let shape = try product.productShape(x.shape, weight.shape)
    try check(bias.shape.dimensions == [shape[1]], "expected a bias of shape (\(shape[1]),), got \(bias.shape)")
    return (try sum([(x, weight)], bias, shape), ())
  }

  public func isLinear(inInputs varying: [Bool]) -> Bool { !(varying[0] && varying[1]) }

  public func usesTangent(ofInput input: Int) -> Bool { input < 2 }

  /// ẋWᵀ + xẆᵀ + ḃ
  public func jvp(at point: Point<Void>, tangents: [Tensor?]) throws -> Tensor? {
    let terms = [
      tangents[0].map { ($0, point.inputs[1]) }, tangents[1].map { (point.inputs[0], $0) },
    ].compactMap { $0 }
    return try sum(terms, tangents[2], point.output.shape)
  }

  public func vjp(at point: Point<Void>, cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    try product.vjp(at: point, cotangent: cotangent, wanted: wanted) + [
      wanted[2] ? try columnSums(cotangent, for: name) : nil
    ]
  }

  public func vjpTangent(
    at point: Point<Void>, tangents: [Tensor?], cotangent: Tensor, cotangentTangent: Tensor?, wanted: [Bool]
  ) throws -> [Tensor?] {
    try product.vjpTangent(
      at: point, tangents: tangents, cotangent: cotangent, cotangentTangent: cotangentTangent, wanted: wanted
    ) + [wanted[2] ? try cotangentTangent.map { try columnSums($0, for: name) } : nil]
  }

  /// Σ xⱼ·wⱼᵀ + bias; a missing bias is zero.
  private func sum(_ terms: [(x: Tensor, weight: Tensor)], _ bias: Tensor?, _ shape: Shape) throws -> Tensor {
    let out = try terms.isEmpty ? Tensor.zeros(shape) : makeTensor(shape)
    try GEMMDriver.multiply(
      terms.map { (x: $0.x, w: $0.weight) }, isTransposed: true, epilogue: bias.map { .bias($0.source) } ?? .none,
      into: out)
    return out
  }
}
