import BisslCore

/// Sums Σⱼ aⱼᵀ·bⱼ over the rows of matrices with many of them: adjoints of weights. Rows are cut into strips and panels
/// once for all blocks of the result (`PanelProduct.multiplyStrips`), some at a time, so that they stay in cache. A small
/// result is summed up in runs of rows, whose partial sums are added in order; a large one is shared out in blocks. All of
/// this goes by shape alone.
struct SummedProducts {
  /// Rows of a matrix: where they begin, and how many elements there are from one to the next. They may be made in
  /// `scratch`, which has room for them.
  typealias Rows = (_ rows: Range<Int>, _ scratch: Destination) -> (start: Source, stride: Int)

  /// Rows of all factors; columns of each a and of each b.
  let depth, m, n: Int

  /// out (m, n) = Σⱼ aⱼᵀ·bⱼ with matrices aⱼ (rows, m) and bⱼ (rows, n).
  static func multiply(_ terms: [(a: Tensor, b: Tensor)], into out: Tensor) throws {
    let products = SummedProducts(depth: terms[0].a.shape[0], m: out.shape[0], n: out.shape[1])
    try products.multiply(terms.map { (a: rows(of: $0.a), b: rows(of: $0.b)) }, into: out)
  }

  /// A matrix as it lies in memory.
  static func rows(of matrix: Tensor) -> Rows {
    let columns = matrix.shape[1]
    return { rows, _ in (matrix.source + rows.lowerBound * columns, columns) }
  }

  /// out (m, n) = Σⱼ aⱼᵀ·bⱼ
  func multiply(_ terms: [(a: Rows, b: Rows)], into out: Tensor) throws {
    if depth == 0 {
      out.pointer.update(repeating: 0, count: out.count)
    } else if m * n <= Self.smallResult {
      try inRuns(terms, into: out)
    } else {
      try inBlocks(terms, into: out)
    }
  }

  /// Elements of a result that stays in a core's cache while all rows pass.
  private static let smallResult = 1 << 16
  /// Rows that are made at a time.
  private static let rowsAtOnce = 16

  private var paddedM: Int { PanelProduct.padded(rows: m) }
  private var paddedN: Int { PanelProduct.padded(columns: n) }
  /// Elements from one row of the padded result to the next.
  private var sumRow: Int { PanelProduct.rowStride(n) }
  /// Elements of rows as they are made, of one factor.
  private var made: Int { Self.rowsAtOnce * max(m, n) }

  private func inRuns(_ terms: [(a: Rows, b: Rows)], into out: Tensor) throws {
    let pass = max(64, (1 << 16) / (paddedM + paddedN + 1))
    let runs = powerOfTwo(atMost: max(1, min(16, depth / pass)))
    let partial = try runs == 1 ? out : Tensor(Shape(runs, m * n), for: "a sum of products")
    let (strips, panels) = (pass * paddedM, pass * paddedN)
    let scratch = strips + panels + paddedM * sumRow + made
    try ThreadPool.shared.run(runs, scratch: scratch, for: "a sum of products") { run, strip in
      let (panel, sum) = (strip + strips, strip + strips + panels)
      let (begin, end) = (run * depth / runs, (run + 1) * depth / runs)
      for (index, term) in terms.enumerated() {
        for first in stride(from: begin, to: end, by: pass) {
          let rows = first..<min(end, first + pass)
          for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.rowsAtOnce) {
            cut(
              term, start..<min(rows.upperBound, start + Self.rowsAtOnce), of: rows, making: sum + paddedM * sumRow,
              strips: strip, panels: panel)
          }
          PanelProduct.multiplyStrips(
            rows: m, columns: n, depth: rows.count, strips: strip, panels: panel,
            accumulate: index > 0 || first > begin, into: sum, ldc: sumRow)
        }
      }
      copy(sum, rows: m, columns: n, to: partial.pointer + run * m * n)
    }
    if runs > 1 { partial.sumOfRows(into: out) }
  }

  private func inBlocks(_ terms: [(a: Rows, b: Rows)], into out: Tensor) throws {
    let slabs = (depth * (paddedM + paddedN) + Self.slabElements - 1) / Self.slabElements
    let slab = max(64, (depth + slabs - 1) / slabs)
    let (strips, panels) = (
      try Tensor(Shape(slab * paddedM), for: "a sum of products"),
      try Tensor(Shape(slab * paddedN), for: "a sum of products")
    )
    let sum = try Tensor(Shape(paddedM * sumRow), for: "a sum of products")
    let across = (n + Self.blockColumns - 1) / Self.blockColumns
    let blocks = (m + Self.blockRows - 1) / Self.blockRows * across
    for (index, term) in terms.enumerated() {
      for first in stride(from: 0, to: depth, by: slab) {
        let rows = first..<min(depth, first + slab)
        let isLast = index == terms.count - 1 && rows.upperBound == depth
        let parts = (rows.count + Self.rowsAtOnce - 1) / Self.rowsAtOnce
        try ThreadPool.shared.run(parts, scratch: made, for: "a sum of products") { part, scratch in
          let start = first + part * Self.rowsAtOnce
          cut(
            term, start..<min(rows.upperBound, start + Self.rowsAtOnce), of: rows, making: scratch,
            strips: strips.pointer, panels: panels.pointer)
        }
        ThreadPool.shared.run(blocks) { block in
          let (row, column) = (block / across * Self.blockRows, block % across * Self.blockColumns)
          let (height, width) = (min(Self.blockRows, m - row), min(Self.blockColumns, n - column))
          let target = sum.pointer + row * sumRow + column
          PanelProduct.multiplyStrips(
            rows: height, columns: width, depth: rows.count, strips: strips.source + row * rows.count,
            panels: panels.source + column * rows.count, accumulate: index > 0 || first > 0, into: target, ldc: sumRow)
          if isLast { copy(target, rows: height, columns: width, to: out.pointer + row * n + column) }
        }
      }
    }
  }

  /// Elements of rows that are in strips and panels at a time: 8 MiB in single precision, what cores share of a cache.
  private static let slabElements = 1 << 21
  private static let blockRows = 16 * PanelProduct.blockRows, blockColumns = 128

  /// Cuts `rows` of both factors, some of the rows `all` that strips and panels hold.
  private func cut(
    _ term: (a: Rows, b: Rows), _ rows: Range<Int>, of all: Range<Int>, making scratch: Destination,
    strips: Destination, panels: Destination
  ) {
    let place = rows.lowerBound - all.lowerBound
    let a = term.a(rows, scratch)
    MatrixPanels.cutStrips(
      a.start, row: a.stride, rows: rows.count, columns: m, at: place, of: all.count, into: strips)
    let b = term.b(rows, scratch)
    MatrixPanels.cutPanels(
      b.start, row: b.stride, rows: rows.count, columns: n, at: place, of: all.count, into: panels)
  }

  /// A block of the result, from the padded one.
  private func copy(_ sum: Destination, rows: Int, columns: Int, to out: Destination) {
    for row in 0..<rows { (out + row * n).update(from: sum + row * sumRow, count: columns) }
  }
}
