import BisslCore
import BisslKernels

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
  private let format: OperandFormat

  init(depth: Int, m: Int, n: Int) {
    self.depth = depth
    self.m = m
    self.n = n
    format = ProductPrecision.format.serving(depth: min(depth, m), columns: n)
  }

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
  /// Rows that are made at a time: in the format `split` a step of it.
  private var rowsAtOnce: Int { max(16, format.padded(depth: 1)) }

  private var paddedM: Int { PanelProduct.padded(rows: m) }
  private var paddedN: Int { PanelProduct.padded(columns: n) }
  /// Memory for `rows` rows of both factors.
  private func strips(_ rows: Int) -> Int { PanelProduct.stripElements(depth: rows, rows: m, format) }
  private func panels(_ rows: Int) -> Int { PanelProduct.panelElements(depth: rows, columns: n, format) }
  /// Elements from one row of the padded result to the next.
  private var sumRow: Int { PanelProduct.rowStride(n) }
  /// Elements of rows as they are made, of one factor.
  private var made: Int { rowsAtOnce * max(m, n) }

  private func inRuns(_ terms: [(a: Rows, b: Rows)], into out: Tensor) throws {
    let pass = format.padded(depth: max(64, (1 << 16) / (paddedM + paddedN + 1)))
    let runs = powerOfTwo(atMost: max(1, min(16, depth / pass)))
    let partial = try runs == 1 ? out : Tensor(Shape(runs, m * n), for: "a sum of products")
    let (strips, panels) = (strips(pass), panels(pass))
    let scratch = strips + panels + paddedM * sumRow + made
    try ThreadPool.shared.run(runs, scratch: scratch, for: "a sum of products") { run, strip in
      let (panel, sum) = (strip + strips, strip + strips + panels)
      let (begin, end) = (run * depth / runs, (run + 1) * depth / runs)
      for (index, term) in terms.enumerated() {
        for first in stride(from: begin, to: end, by: pass) {
          let rows = first..<min(end, first + pass)
          for start in stride(from: rows.lowerBound, to: rows.upperBound, by: rowsAtOnce) {
            cut(
              term, start..<min(rows.upperBound, start + rowsAtOnce), of: rows, making: sum + paddedM * sumRow,
              strips: strip, panels: panel)
          }
          PanelProduct.multiplyStrips(
            rows: m, columns: n, depth: rows.count, strips: strip, panels: panel, format,
            accumulate: index > 0 || first > begin, into: sum, ldc: sumRow)
        }
      }
      copy(sum, rows: m, columns: n, to: partial.pointer + run * m * n)
    }
    if runs > 1 { partial.sumOfRows(into: out) }
  }

  private func inBlocks(_ terms: [(a: Rows, b: Rows)], into out: Tensor) throws {
    let slabs = (depth * (paddedM + paddedN) + Self.slabElements - 1) / Self.slabElements
    let slab = format.padded(depth: max(64, (depth + slabs - 1) / slabs))
    let (strips, panels) = (
      try Tensor(Shape(strips(slab)), for: "a sum of products"),
      try Tensor(Shape(panels(slab)), for: "a sum of products")
    )
    let sum = try Tensor(Shape(paddedM * sumRow), for: "a sum of products")
    let across = (n + Self.blockColumns - 1) / Self.blockColumns
    let blockRows = format == .whole ? 16 * PanelProduct.blockRows : 8 * PanelProduct.blockRows(format)
    let blocks = (m + blockRows - 1) / blockRows * across
    for (index, term) in terms.enumerated() {
      for first in stride(from: 0, to: depth, by: slab) {
        let rows = first..<min(depth, first + slab)
        let isLast = index == terms.count - 1 && rows.upperBound == depth
        let parts = (rows.count + rowsAtOnce - 1) / rowsAtOnce
        try ThreadPool.shared.run(parts, scratch: made, for: "a sum of products") { part, scratch in
          let start = first + part * rowsAtOnce
          cut(
            term, start..<min(rows.upperBound, start + rowsAtOnce), of: rows, making: scratch,
            strips: strips.pointer, panels: panels.pointer)
        }
        ThreadPool.shared.run(blocks) { block in
          let (row, column) = (block / across * blockRows, block % across * Self.blockColumns)
          let (height, width) = (min(blockRows, m - row), min(Self.blockColumns, n - column))
          let target = sum.pointer + row * sumRow + column
          let padded = format.padded(depth: rows.count)
          PanelProduct.multiplyStrips(
            rows: height, columns: width, depth: rows.count, strips: strips.source + row * padded,
            panels: panels.source + column * padded, format, accumulate: index > 0 || first > 0, into: target,
            ldc: sumRow)
          if isLast { copy(target, rows: height, columns: width, to: out.pointer + row * n + column) }
        }
      }
    }
  }

  /// Elements of rows that are in strips and panels at a time: 8 MiB in single precision, what cores share of a cache.
  private static let slabElements = 1 << 21
  private static let blockColumns = 128

  /// Cuts `rows` of both factors, some of the rows `all` that strips and panels hold.
  private func cut(
    _ term: (a: Rows, b: Rows), _ rows: Range<Int>, of all: Range<Int>, making scratch: Destination,
    strips: Destination, panels: Destination
  ) {
    let place = rows.lowerBound - all.lowerBound
    let a = term.a(rows, scratch)
    MatrixPanels.cutStrips(
      a.start, row: a.stride, rows: rows.count, columns: m, at: place, of: all.count, format, into: strips)
    let b = term.b(rows, scratch)
    MatrixPanels.cutPanels(
      b.start, row: b.stride, rows: rows.count, columns: n, at: place, of: all.count, format, into: panels)
  }

  /// A block of the result, from the padded one.
  private func copy(_ sum: Destination, rows: Int, columns: Int, to out: Destination) {
    for row in 0..<rows { (out + row * n).update(from: sum + row * sumRow, count: columns) }
  }
}
