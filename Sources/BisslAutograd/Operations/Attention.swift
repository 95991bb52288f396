import BisslCore

/// Multi-head self-attention (Vaswani et al. 2017): x (batch, tokens, 3·width), the queries, keys and values of all
/// heads as timm's `qkv` layer makes them, to (batch, tokens, width). Per head, with d = width/heads and s = 1/√d:
/// S = s·Q Kᵀ, P = softmax of its rows, O = P V.
///
/// What a layer keeps beside its input and output is two numbers per query and head (the greatest score, and the
/// reciprocal of the sum), not P: that would be tokens/d times as much as O, and grow with the square of the number of
/// tokens, while making it again costs one more product in a rule that has four or more. Scores exist for
/// `queriesPerBlock` queries of one head at a time in each thread.
///
/// Rules, all of one block of queries (⊙ along rows is P∘(a − ⟨P, a⟩), the softmax's Jacobian, which is symmetric):
/// Ṡ = s(Q̇Kᵀ + QK̇ᵀ), Ṗ = P⊙Ṡ, Ȯ = ṖV + PV̇;
/// P̄ = ŌVᵀ, S̄ = P⊙P̄, Q̄ = sS̄K, K̄ = sS̄ᵀQ, V̄ = PᵀŌ; and the product rule on these.
public struct Attention: Operation {
  public let heads: Int

  public var name: String { "attention" }

  public init(heads: Int) { self.heads = heads }

  /// Saves (greatest score, 1/sum) of every query, (batch, heads, tokens, 2).
  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Tensor) {
    try expect(1, inputs)
    let x = inputs[0]
    try validate(x.shape)
    let out = try makeTensor(Shape(x.shape[0], x.shape[1], x.shape[2] / 3))
    let sums = try makeTensor(Shape(x.shape[0], heads, x.shape[1], 2))
    try forEachBlock(of: x.shape, scores: 1) { head, rows, scratch in
      let (p, sums) = (scratch, sums.pointer + 2 * (head.index * head.tokens + rows.lowerBound))
      head.scores(head.q(x), head.k(x), rows, into: p)
      for local in 0..<rows.count {
        (sums[2 * local], sums[2 * local + 1]) = AttentionScores.normalize(p + local * head.tokens, count: head.tokens)
      }
      head.mix(p, head.v(x), rows, into: head.o(out))
    }
    return (out, sums)
  }

  public func jvp(at point: Point<Tensor>, tangents: [Tensor?]) throws -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    let x = point.inputs[0]
    let out = try makeTensor(point.output.shape)
    try forEachBlock(of: x.shape, scores: 2) { head, rows, scratch in
      let (p, pTangent) = (scratch, scratch + rows.count * head.tokens)
      head.probabilities(x, point.saved, rows, into: p)
      head.probabilityTangents(x, tangent, p, rows, into: pTangent)
      head.mix(pTangent, head.v(x), rows, into: head.o(out))
      head.mix(p, head.v(tangent), rows, accumulate: true, into: head.o(out))
    }
    return out
  }

  public func vjp(at point: Point<Tensor>, cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    guard wanted[0] else { return [nil] }
    let x = point.inputs[0]
    let out = try makeTensor(x.shape)
    try forEachHead(of: x.shape, scores: 2) { head, rows, scratch in
      let (p, adjoint) = (scratch, scratch + rows.count * head.tokens)
      let later = rows.lowerBound > 0
      head.probabilities(x, point.saved, rows, into: p)
      head.unmix(p, head.o(cotangent), rows, accumulate: later, into: head.v(out))
      head.scores(head.o(cotangent), head.v(x), rows, scaled: false, into: adjoint)
      head.forEachRow(rows) { Softmax.replaceByTangent(p + $0, adjoint + $0, count: head.tokens) }
      head.mix(adjoint, head.k(x), rows, scaled: true, into: head.q(out))
      head.unmix(adjoint, head.q(x), rows, scaled: true, accumulate: later, into: head.k(out))
    }
    return [out]
  }

  public func vjpTangent(
    at point: Point<Tensor>, tangents: [Tensor?], cotangent: Tensor, cotangentTangent: Tensor?, wanted: [Bool]
  ) throws -> [Tensor?] {
    guard wanted[0] else { return [nil] }
    guard let tangent = tangents[0] else {
      return try cotangentTangent.map { try vjp(at: point, cotangent: $0, wanted: wanted) } ?? [nil]
    }
    let x = point.inputs[0]
    let out = try makeTensor(x.shape)
    try forEachHead(of: x.shape, scores: 4) { head, rows, scratch in
      let size = rows.count * head.tokens
      let (p, pTangent, adjoint, adjointTangent) = (
        scratch, scratch + size, scratch + 2 * size, scratch + 3 * size
      )
      let later = rows.lowerBound > 0
      head.probabilities(x, point.saved, rows, into: p)
      head.probabilityTangents(x, tangent, p, rows, into: pTangent)
      // V̄̇ = ṖᵀŌ + PᵀŌ̇
      head.unmix(pTangent, head.o(cotangent), rows, accumulate: later, into: head.v(out))
      // P̄ = ŌVᵀ, P̄̇ = ŌV̇ᵀ + Ō̇Vᵀ
      head.scores(head.o(cotangent), head.v(x), rows, scaled: false, into: adjoint)
      head.scores(head.o(cotangent), head.v(tangent), rows, scaled: false, into: adjointTangent)
      if let change = cotangentTangent {
        head.unmix(p, head.o(change), rows, accumulate: true, into: head.v(out))
        head.scores(head.o(change), head.v(x), rows, scaled: false, accumulate: true, into: adjointTangent)
      }
      head.forEachRow(rows) {
        AttentionScores.replaceByAdjoint(
          p + $0, pTangent + $0, adjoint + $0, adjointTangent + $0, count: head.tokens)
      }
      // Q̄̇ = s(S̄̇K + S̄K̇), K̄̇ = s(S̄̇ᵀQ + S̄ᵀQ̇)
      head.mix(adjointTangent, head.k(x), rows, scaled: true, into: head.q(out))
      head.mix(adjoint, head.k(tangent), rows, scaled: true, accumulate: true, into: head.q(out))
      head.unmix(adjointTangent, head.q(x), rows, scaled: true, accumulate: later, into: head.k(out))
      head.unmix(adjoint, head.q(tangent), rows, scaled: true, accumulate: true, into: head.k(out))
    }
    return [out]
  }

  private func validate(_ x: Shape) throws {
    try check(heads > 0, "expected a positive number of heads, got \(heads)")
    try check(
      x.rank == 3 && x.count > 0 && x[2] % (3 * heads) == 0,
      "expected queries, keys and values (batch, tokens, 3·width) with a width that \(heads) heads divide, got \(x)")
    try BLAS.matrixExtents(x[1], x[2])
  }
}

// MARK: - Blocks of one head

/// Queries whose scores are made at once.
private let queriesPerBlock = 128

/// One head of one image: where its matrices are, and the products of a block of its queries. Matrices of scores are
/// (rows of the block, tokens), dense.
private struct AttentionHead {
  let image: Int
  let head: Int
  let heads: Int
  let tokens: Int
  /// The head's share of the width, d.
  let width: Int

  typealias Matrix = (pointer: Destination, stride: Int)

  var index: Int { image * heads + head }

  func q(_ x: Tensor) -> Matrix { part(0, of: x) }
  func k(_ x: Tensor) -> Matrix { part(1, of: x) }
  func v(_ x: Tensor) -> Matrix { part(2, of: x) }

  /// The head's columns of the output (batch, tokens, width) or its cotangent.
  func o(_ x: Tensor) -> Matrix {
    (x.pointer + image * tokens * heads * width + head * width, heads * width)
  }

  private func part(_ which: Int, of x: Tensor) -> Matrix {
    let stride = 3 * heads * width
    return (x.pointer + image * tokens * stride + (which * heads + head) * width, stride)
  }

  private func scale(_ scaled: Bool) -> Scalar { scaled ? 1 / Scalar(width).squareRoot() : 1 }

  /// out (rows, tokens) = s·a[rows]·bᵀ
  func scores(
    _ a: Matrix, _ b: Matrix, _ rows: Range<Int>, scaled: Bool = true, accumulate: Bool = false, into out: Destination
  ) {
    BLAS.multiply(
      .no, .yes, m: rows.count, n: tokens, k: width, scale: scale(scaled), a.pointer + rows.lowerBound * a.stride,
      lda: a.stride, b.pointer, ldb: b.stride, accumulate: accumulate, into: out, ldc: tokens)
  }

  /// out[rows] = s·weights·b
  func mix(
    _ weights: Source, _ b: Matrix, _ rows: Range<Int>, scaled: Bool = false, accumulate: Bool = false, into out: Matrix
  ) {
    BLAS.multiply(
      .no, .no, m: rows.count, n: width, k: tokens, scale: scale(scaled), weights, lda: tokens, b.pointer,
      ldb: b.stride, accumulate: accumulate, into: out.pointer + rows.lowerBound * out.stride, ldc: out.stride)
  }

  /// out = s·weightsᵀ·b[rows]
  func unmix(
    _ weights: Source, _ b: Matrix, _ rows: Range<Int>, scaled: Bool = false, accumulate: Bool, into out: Matrix
  ) {
    BLAS.multiply(
      .yes, .no, m: tokens, n: width, k: rows.count, scale: scale(scaled), weights, lda: tokens,
      b.pointer + rows.lowerBound * b.stride, ldb: b.stride, accumulate: accumulate, into: out.pointer, ldc: out.stride)
  }

  /// P of the block, from what `forward` saved.
  func probabilities(_ x: Tensor, _ saved: Tensor, _ rows: Range<Int>, into p: Destination) {
    scores(q(x), k(x), rows, into: p)
    let sums = saved.source + 2 * (index * tokens + rows.lowerBound)
    for local in 0..<rows.count {
      AttentionScores.renormalize(
        p + local * tokens, greatest: sums[2 * local], inverse: sums[2 * local + 1], count: tokens)
    }
  }

  /// Ṗ = P⊙s(Q̇Kᵀ + QK̇ᵀ)
  func probabilityTangents(_ x: Tensor, _ tangent: Tensor, _ p: Source, _ rows: Range<Int>, into out: Destination) {
    scores(q(tangent), k(x), rows, into: out)
    scores(q(x), k(tangent), rows, accumulate: true, into: out)
    forEachRow(rows) { Softmax.replaceByTangent(p + $0, out + $0, count: tokens) }
  }

  /// Calls `body` with the offset of every row of a block.
  func forEachRow(_ rows: Range<Int>, _ body: (_ offset: Int) -> Void) {
    for local in 0..<rows.count { body(local * tokens) }
  }
}

extension Attention {
  /// Calls `body` in parallel with blocks of queries and scratch memory for `scores` matrices of their scores.
  private func forEachBlock(
    of shape: Shape, scores: Int, _ body: (_ head: AttentionHead, _ rows: Range<Int>, _ scratch: Destination) -> Void
  ) throws {
    let blocks = (shape[1] + queriesPerBlock - 1) / queriesPerBlock
    try run(shape, chunksPerHead: blocks, scores) { head, chunk, scratch in
      body(head, rows(chunk, of: head.tokens), scratch)
    }
  }

  /// As `forEachBlock`, the blocks of a head one after another, for results that sum over its queries.
  private func forEachHead(
    of shape: Shape, scores: Int, _ body: (_ head: AttentionHead, _ rows: Range<Int>, _ scratch: Destination) -> Void
  ) throws {
    try run(shape, chunksPerHead: 1, scores) { head, _, scratch in
      for block in 0..<(head.tokens + queriesPerBlock - 1) / queriesPerBlock {
        body(head, rows(block, of: head.tokens), scratch)
      }
    }
  }

  private func run(
    _ shape: Shape, chunksPerHead: Int, _ scores: Int,
    _ body: (_ head: AttentionHead, _ chunk: Int, _ scratch: Destination) -> Void
  ) throws {
    let (tokens, width) = (shape[1], shape[2] / 3 / heads)
    let scratch = scores * min(tokens, queriesPerBlock) * tokens
    try ThreadPool.shared.run(shape[0] * heads * chunksPerHead, scratch: scratch, for: name) { index, scratch in
      let (pair, chunk) = (index / chunksPerHead, index % chunksPerHead)
      let head = AttentionHead(
        image: pair / heads, head: pair % heads, heads: heads, tokens: tokens, width: width)
      body(head, chunk, scratch)
    }
  }

  private func rows(_ block: Int, of tokens: Int) -> Range<Int> {
    block * queriesPerBlock..<min(tokens, (block + 1) * queriesPerBlock)
  }
}
