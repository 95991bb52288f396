import BisslCore
import BisslKernels

/// Multi-head self-attention (Vaswani et al. 2017): x (batch, tokens, 3·width), the queries, keys and values of all
/// heads as timm's `qkv` layer makes them, to (batch, tokens, width). Per head, with d = width/heads and s = 1/√d: S =
/// s·Q Kᵀ, P = softmax of its rows, O = P V.
///
/// What a layer keeps beside its input and output is two numbers per query and head (the greatest score, and the
/// reciprocal of the sum), not P: that would be tokens/d times as much as O, and grow with the square of the number of
/// tokens, while rematerialising it costs one more product in a rule that has four or more. Scores exist for one block
/// of queries of one head at a time in each thread.
///
/// Rules, all of one block of queries (⊙ along rows is P∘(a − ⟨P, a⟩), the softmax's Jacobian, which is symmetric): Ṡ =
/// s(Q̇Kᵀ + QK̇ᵀ), Ṗ = P⊙Ṡ, Ȯ = ṖV + PV̇; P̄ = ŌVᵀ, S̄ = P⊙P̄, Q̄ = sS̄K, K̄ = sS̄ᵀQ, V̄ = PᵀŌ; and the product rule on
/// these.
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
    try forEachBlock(of: x.shape, scores: 1) { head, memory in
      let p = head.scores([head.operands(of: x, &memory)], &memory)
      head.forEachRow { query, row in
        let sums = sums.pointer + 2 * query
        let (greatest, sum) = Softmax.normalize(p + row, count: head.tokens)
        (sums[0], sums[1]) = (greatest, Scalar(1 / sum))
      }
      head.mix([(p, head.values(head.v(x), &memory))], &memory, into: head.o(out))
    }
    return (out, sums)
  }

  public func jvp(at point: Point<Tensor>, tangents: [Tensor?]) throws -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    let x = point.inputs[0]
    let out = try makeTensor(point.output.shape)
    try forEachBlock(of: x.shape, scores: 2) { head, memory in
      let (at, along) = (head.operands(of: x, &memory), head.operands(of: tangent, &memory))
      let p = head.probabilities(at, point.saved, &memory)
      let pTangent = head.probabilityTangents(at, along, p, &memory)
      head.mix(
        [(pTangent, head.values(head.v(x), &memory)), (p, head.values(head.v(tangent), &memory))], &memory,
        into: head.o(out))
    }
    return out
  }

  public func vjp(at point: Point<Tensor>, cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    guard wanted[0] else { return [nil] }
    let x = point.inputs[0]
    let out = try makeTensor(x.shape)
    try forEachHead(of: x.shape, scores: 2) { head, memory in
      let at = head.operands(of: x, &memory)
      let p = head.probabilities(at, point.saved, &memory)
      let o = head.rows(head.o(cotangent), &memory)
      let adjoint = head.scores([(o, head.keys(head.v(x), &memory))], &memory)
      head.forEachRow { _, row in Softmax.replaceByTangent(p + row, adjoint + row, count: head.tokens) }
      head.mix([(adjoint, head.values(head.k(x), &memory))], scaled: true, &memory, into: head.q(out))
      head.unmix([(adjoint, at.queries)], &memory, into: head.k(out))
      head.unmix([(p, o)], &memory, into: head.v(out))
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
    try forEachHead(of: x.shape, scores: 4) { head, memory in
      let (at, along) = (head.operands(of: x, &memory), head.operands(of: tangent, &memory))
      let p = head.probabilities(at, point.saved, &memory)
      let pTangent = head.probabilityTangents(at, along, p, &memory)
      // P̄ = ŌVᵀ, P̄̇ = ŌV̇ᵀ + Ō̇Vᵀ
      let (v, o) = (head.keys(head.v(x), &memory), head.rows(head.o(cotangent), &memory))
      let change = cotangentTangent.map { head.rows(head.o($0), &memory) }
      let adjoint = head.scores([(o, v)], &memory)
      let adjointTangent = head.scores(
        [(o, head.keys(head.v(tangent), &memory))] + (change.map { [($0, v)] } ?? []), &memory)
      head.forEachRow { _, row in
        Softmax.replaceByAdjoint(
          p + row, pTangent + row, adjoint + row, adjointTangent + row, count: head.tokens)
      }
      // Q̄̇ = s(S̄̇K + S̄K̇), K̄̇ = s(S̄̇ᵀQ + S̄ᵀQ̇), V̄̇ = ṖᵀŌ + PᵀŌ̇
      head.mix(
        [
          (adjointTangent, head.values(head.k(x), &memory)), (adjoint, head.values(head.k(tangent), &memory)),
        ], scaled: true, &memory, into: head.q(out))
      head.unmix([(adjointTangent, at.queries), (adjoint, along.queries)], &memory, into: head.k(out))
      head.unmix([(pTangent, o)] + (change.map { [(p, $0)] } ?? []), &memory, into: head.v(out))
    }
    return [out]
  }

  private func validate(_ x: Shape) throws {
    try check(heads > 0, "expected a positive number of heads, got \(heads)")
    try check(
      x.rank == 3 && x.count > 0 && x[2] % (3 * heads) == 0,
      "expected queries, keys and values (batch, tokens, 3·width) with a width that \(heads) heads divide, got \(x)")
  }
}

// MARK: - Heads and blocks

extension Attention {
  /// Calls `body` in parallel with blocks of queries and memory for `scores` matrices of their scores.
  private func forEachBlock(
    of shape: Shape, scores: Int, _ body: (_ head: AttentionHead, _ memory: inout AttentionMemory) -> Void
  ) throws {
    let blocks = QueryBlocks(tokens: shape[1])
    try run(shape, chunksPerHead: blocks.count, scores) { head, chunk, memory in
      var (head, memory) = (head, memory)
      head.block = blocks[chunk]
      body(head, &memory)
    }
  }

  /// As `forEachBlock`, the blocks of a head one after another, for results that sum over its queries.
  private func forEachHead(
    of shape: Shape, scores: Int, _ body: (_ head: AttentionHead, _ memory: inout AttentionMemory) -> Void
  ) throws {
    let blocks = QueryBlocks(tokens: shape[1])
    try run(shape, chunksPerHead: 1, scores) { head, _, memory in
      for index in 0..<blocks.count {
        var (head, memory) = (head, memory)
        head.block = blocks[index]
        body(head, &memory)
      }
    }
  }

  private func run(
    _ shape: Shape, chunksPerHead: Int, _ scores: Int,
    _ body: (_ head: AttentionHead, _ chunk: Int, _ memory: AttentionMemory) -> Void
  ) throws {
    let (tokens, width) = (shape[1], shape[2] / 3 / heads)
    let least = min(tokens, width)
    let gemm = GEMM.backend(depth: least, columns: least)
    let workspaceElements = gemm.workspace(depth: max(tokens, width), rows: tokens, columns: width)
    let memory = AttentionMemory.size(tokens: tokens, width: width, scores: scores)
    let scratch = try (workspaceElements + memory).count(for: name)
    let offset = try workspaceElements.count(for: name)
    try ThreadPool.shared.run(shape[0] * heads * chunksPerHead, scratch: scratch, for: name) { index, scratch in
      let (pair, chunk) = (index / chunksPerHead, index % chunksPerHead)
      let head = AttentionHead(
        image: pair / heads, head: pair % heads, heads: heads, tokens: tokens, width: width, gemm: gemm,
        workspace: scratch)
      gemm.begin()
      body(head, chunk, AttentionMemory(scratch + offset, tokens: tokens, width: width))
      gemm.end()
    }
  }
}
