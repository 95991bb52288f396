import BisslCore
import BisslKernels

/// The blocks of a head's queries, whose scores are made at once: equal ones, that no block has few rows.
struct QueryBlocks {
  let tokens: Int
  private static let most = 192

  var count: Int { (tokens + QueryBlocks.most - 1) / QueryBlocks.most }
  var size: Int { (tokens + count - 1) / count }

  subscript(index: Int) -> Range<Int> { index * size..<min(tokens, (index + 1) * size) }
}

/// Memory for one block of queries: matrices of scores, (block, tokens), and of a head, (tokens, d). What is taken lies
/// at the same place for every block of a head.
struct AttentionMemory {
  /// Elements from one row of scores to the next: as far as products over them read.
  let scoresRow: Int
  /// Elements from one row of a head's matrix to the next.
  let headRow: Int
  private let tokens: Int
  private var next: Destination

  init(_ memory: Destination, tokens: Int, width: Int) {
    scoresRow = AttentionMemory.scoresRow(tokens)
    headRow = GEMM.paddedColumns(width)
    self.tokens = tokens
    next = memory
  }

  /// Elements for `scores` matrices of scores, and for as many of a head as a rule of so many takes.
  static func size(tokens: Int, width: Int, scores: Int) -> Elements {
    let heads = Elements(3 + 3 * scores) * Elements(headElements(tokens, GEMM.paddedColumns(width)))
    return Elements(scores) * Elements(scoresElements(tokens)) + heads
  }

  mutating func scores() -> Destination { take(AttentionMemory.scoresElements(tokens)) }
  mutating func head() -> Destination { take(AttentionMemory.headElements(tokens, headRow)) }

  private mutating func take(_ count: Int) -> Destination {
    defer { next += count }
    return next
  }

  static func scoresRow(_ tokens: Int) -> Int {
    GEMM.rowStride(Packing.padded(tokens, to: Packing.blockRows))
  }

  /// Rows of scores of a block as any backend writes them.
  private static func scoresElements(_ tokens: Int) -> Int {
    let rows = QueryBlocks(tokens: tokens).size
    return GEMM.backends.map { $0.paddedRows(rows) }.reduce(0, max) * scoresRow(tokens)
  }

  /// Rows of tokens, or packed B over them, whichever is more.
  private static func headElements(_ tokens: Int, _ row: Int) -> Int {
    max(Packing.padded(tokens, to: Packing.blockRows), GEMM.paddedColumns(tokens)) * row
  }
}

/// A block of queries of one head of one image: where its matrices are, and its products. They go over copies of the
/// head's matrices, rows close together or packed, for in x they lie three times the width apart.
struct AttentionHead {
  let image: Int
  let head: Int
  let heads: Int
  let tokens: Int
  /// The head's share of the width, d.
  let width: Int
  /// Does the products, in `workspace`.
  let gemm: any GEMMBackend
  let workspace: Destination
  var block = 0..<0

  typealias Matrix = (pointer: Destination, stride: Int)
  /// What scores are made of: rows of the block, such as s·Q, and all tokens' as packed B, such as Kᵀ.
  typealias Operands = (queries: Source, keys: Source)

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
}

// MARK: - Copies

extension AttentionHead {
  func operands(of x: Tensor, _ memory: inout AttentionMemory) -> Operands {
    (rows(q(x), scaled: true, &memory), keys(k(x), &memory))
  }

  /// s·m of the block by rows.
  func rows(_ m: Matrix, scaled: Bool = false, _ memory: inout AttentionMemory) -> Source {
    let copy = memory.head()
    for (row, query) in block.enumerated() {
      Elementwise.scale(
        m.pointer + query * m.stride, by: scale(scaled), into: copy + row * memory.headRow, count: width)
    }
    return Source(copy)
  }

  /// mᵀ of all tokens, packed.
  func keys(_ m: Matrix, _ memory: inout AttentionMemory) -> Source {
    packed(m, depth: width, columns: tokens, isTransposed: true, &memory)
  }

  /// m of all tokens, packed.
  func values(_ m: Matrix, _ memory: inout AttentionMemory) -> Source {
    packed(m, depth: tokens, columns: width, isTransposed: false, &memory)
  }

  private func packed(
    _ m: Matrix, depth: Int, columns: Int, isTransposed: Bool, _ memory: inout AttentionMemory
  ) -> Source {
    let packed = memory.head()
    for first in stride(from: 0, to: columns, by: GEMM.blockColumns) {
      gemm.packB(
        m.pointer, ldb: m.stride, depth: depth, columns: columns, isTransposed: isTransposed, block: first,
        into: packed + first * gemm.paddedDepth(depth))
    }
    return Source(packed)
  }
}

// MARK: - Products

extension AttentionHead {
  /// Σ queriesⱼ·keysⱼ, (block, tokens)
  func scores(_ terms: [Operands], _ memory: inout AttentionMemory) -> Destination {
    let out = memory.scores()
    for (index, term) in terms.enumerated() {
      gemm.multiply(
        GEMMShape(rows: block.count, columns: tokens, depth: width),
        .rows(term.queries, lda: memory.headRow, packedB: term.keys, isExact: false), accumulate: index > 0,
        epilogue: .none, into: out, ldc: memory.scoresRow, workspace: workspace)
    }
    return out
  }

  /// out[block] = (s·)Σ weightsⱼ·bⱼ, with b packed by `values`
  func mix(
    _ terms: [(weights: Destination, b: Source)], scaled: Bool = false, _ memory: inout AttentionMemory,
    into out: Matrix
  ) {
    let sum = memory.head()
    for (index, term) in terms.enumerated() {
      gemm.multiply(
        GEMMShape(rows: block.count, columns: width, depth: tokens),
        .rows(term.weights, lda: memory.scoresRow, packedB: term.b, isExact: false), accumulate: index > 0,
        epilogue: .none, into: sum, ldc: memory.headRow, workspace: workspace)
    }
    for (row, query) in block.enumerated() {
      Elementwise.scale(
        sum + row * memory.headRow, by: scale(scaled), into: out.pointer + query * out.stride, count: width)
    }
  }

  /// out = Σ weightsⱼᵀ·bⱼ over this block and those before it, with b by rows
  func unmix(_ terms: [(weights: Destination, b: Source)], _ memory: inout AttentionMemory, into out: Matrix) {
    let sum = memory.head()
    for (index, term) in terms.enumerated() {
      gemm.multiply(
        GEMMShape(rows: tokens, columns: width, depth: block.count),
        .transposed(term.weights, lda: memory.scoresRow, term.b, ldb: memory.headRow),
        accumulate: index > 0 || block.lowerBound > 0, epilogue: .none, into: sum, ldc: memory.headRow,
        workspace: workspace)
    }
    if block.upperBound < tokens { return }
    for token in 0..<tokens {
      (out.pointer + token * out.stride).update(from: sum + token * memory.headRow, count: width)
    }
  }

  /// P of the block, from what `forward` saved.
  func probabilities(_ at: Operands, _ saved: Tensor, _ memory: inout AttentionMemory) -> Destination {
    let p = scores([at], &memory)
    forEachRow { query, row in
      let sums = saved.source + 2 * query
      Softmax.renormalize(p + row, greatest: sums[0], inverse: sums[1], count: tokens)
    }
    return p
  }

  /// Ṗ = P⊙s(Q̇Kᵀ + QK̇ᵀ)
  func probabilityTangents(
    _ at: Operands, _ along: Operands, _ p: Destination, _ memory: inout AttentionMemory
  ) -> Destination {
    let out = scores([(along.queries, at.keys), (at.queries, along.keys)], &memory)
    forEachRow { _, row in Softmax.replaceByTangent(p + row, out + row, count: tokens) }
    return out
  }

  /// Calls `body` with the place of every query of the block among all heads' and where its row of scores begins.
  func forEachRow(_ body: (_ query: Int, _ row: Int) -> Void) {
    let row = AttentionMemory.scoresRow(tokens)
    for (local, query) in block.enumerated() { body((image * heads + head) * tokens + query, local * row) }
  }
}
