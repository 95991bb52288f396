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
    headRow = PanelProduct.padded(columns: width)
    self.tokens = tokens
    next = memory
  }

  /// Elements for `scores` matrices of scores, and for as many of a head as a rule of so many takes.
  static func size(tokens: Int, width: Int, scores: Int) -> Int {
    scores * scoresElements(tokens) + (3 + 3 * scores) * headElements(tokens, PanelProduct.padded(columns: width))
  }

  mutating func scores() -> Destination { take(AttentionMemory.scoresElements(tokens)) }
  mutating func head() -> Destination { take(AttentionMemory.headElements(tokens, headRow)) }

  private mutating func take(_ count: Int) -> Destination {
    defer { next += count }
    return next
  }

  static func scoresRow(_ tokens: Int) -> Int { PanelProduct.rowStride(PanelProduct.padded(rows: tokens)) }

  private static func scoresElements(_ tokens: Int) -> Int {
    let rows = QueryBlocks(tokens: tokens).size
    return max(PanelProduct.padded(rows: rows), PanelProduct.padded(rows: rows, .split)) * scoresRow(tokens)
  }

  /// Rows of tokens or panels over them, whichever is more.
  private static func headElements(_ tokens: Int, _ row: Int) -> Int {
    max(PanelProduct.padded(rows: tokens), PanelProduct.padded(columns: tokens)) * row
  }
}

/// A block of queries of one head of one image: where its matrices are, and its products. They go over copies of the
/// head's matrices, rows close together or in panels, for in x they lie three times the width apart.
struct AttentionHead {
  let image: Int
  let head: Int
  let heads: Int
  let tokens: Int
  /// The head's share of the width, d.
  let width: Int
  /// Does the products.
  let run: ProductRun
  var block = 0..<0

  typealias Matrix = (pointer: Destination, stride: Int)
  /// What scores are made of: rows of the block, such as s·Q, and all tokens' in panels, such as Kᵀ.
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

  /// The format of the products' operands.
  static func format(tokens: Int, width: Int) -> OperandFormat {
    let least = min(tokens, width)
    return ProductPrecision.format.serving(depth: least, columns: least)
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

  /// mᵀ of all tokens in panels.
  func keys(_ m: Matrix, _ memory: inout AttentionMemory) -> Source {
    let panels = memory.head()
    for first in stride(from: 0, to: tokens, by: PanelProduct.blockColumns) {
      MatrixPanels.packTransposed(
        m.pointer, row: m.stride, depth: width, columns: tokens, panelFrom: first, run.format,
        into: panels + first * run.format.padded(depth: width))
    }
    return Source(panels)
  }

  /// m of all tokens in panels.
  func values(_ m: Matrix, _ memory: inout AttentionMemory) -> Source {
    let panels = memory.head()
    for first in stride(from: 0, to: width, by: PanelProduct.blockColumns) {
      MatrixPanels.pack(
        m.pointer, row: m.stride, depth: tokens, columns: width, panelFrom: first, run.format,
        into: panels + first * run.format.padded(depth: tokens))
    }
    return Source(panels)
  }
}

// MARK: - Products

extension AttentionHead {
  /// Σ queriesⱼ·keysⱼ, (block, tokens)
  func scores(_ terms: [Operands], _ memory: inout AttentionMemory) -> Destination {
    let out = memory.scores()
    for (index, term) in terms.enumerated() {
      run.multiply(
        rows: block.count, columns: tokens, depth: width, term.queries, lda: memory.headRow, panels: term.keys,
        accumulate: index > 0, into: out, ldc: memory.scoresRow)
    }
    return out
  }

  /// out[block] = (s·)Σ weightsⱼ·bⱼ, with b in panels of `values`
  func mix(
    _ terms: [(weights: Destination, b: Source)], scaled: Bool = false, _ memory: inout AttentionMemory,
    into out: Matrix
  ) {
    let sum = memory.head()
    for (index, term) in terms.enumerated() {
      run.multiply(
        rows: block.count, columns: width, depth: tokens, Source(term.weights), lda: memory.scoresRow, panels: term.b,
        accumulate: index > 0, into: sum, ldc: memory.headRow)
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
      run.multiplyTransposed(
        rows: tokens, columns: width, depth: block.count, Source(term.weights), lda: memory.scoresRow, term.b,
        ldb: memory.headRow, accumulate: index > 0 || block.lowerBound > 0, into: sum, ldc: memory.headRow)
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
      AttentionScores.renormalize(p + row, greatest: sums[0], inverse: sums[1], count: tokens)
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
