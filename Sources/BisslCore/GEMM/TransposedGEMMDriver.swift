import BisslKernels

/// Sums Σⱼ aⱼᵀ·bⱼ over the rows of matrices with many of them: adjoints of weights. Rows of both factors are packed
/// once for all blocks of the result, some at a time, so that they stay in cache. A small result is summed up in runs
/// of rows, whose partial sums are added in order; a large one is shared out in blocks. All of this goes by shape
/// alone.
public struct TransposedGEMMDriver {
  /// Rows of a matrix: where they begin, and how many elements there are from one to the next. They may be made in
  /// `scratch`, which has room for them.
  public typealias Rows = (_ rows: Range<Int>, _ scratch: Destination) -> (start: Source, stride: Int)

  /// Rows of all factors; columns of each a and of each b.
  private let depth, m, n: Int
  private let gemm: any GEMMBackend

  public init(depth: Int, m: Int, n: Int, _ precision: GEMM.Precision = GEMM.precision) {
    self.depth = depth
    self.m = m
    self.n = n
    gemm = GEMM.backend(depth: min(depth, m), columns: n, precision)
  }

  /// A matrix as it lies in memory.
  public static func rows(of matrix: Tensor) -> Rows {
    let columns = matrix.shape[1]
    return { rows, _ in (matrix.source + rows.lowerBound * columns, columns) }
  }

  /// out (m, n) = Σⱼ aⱼᵀ·bⱼ
  public func multiply(_ terms: [(a: Rows, b: Rows)], into out: Tensor) throws {
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
  /// Rows that are made at a time: whole steps of packed operands.
  private var rowsAtOnce: Int { max(16, gemm.depthStep) }

  private var paddedM: Int { Packing.padded(m, to: Packing.blockRows) }
  private var paddedN: Int { GEMM.paddedColumns(n) }
  /// Elements from one row of the padded result to the next.
  private var sumRow: Int { GEMM.rowStride(n) }
  private var sumElements: Elements { Elements(paddedM) * Elements(sumRow) }
  /// Elements of rows as they are made, of one factor.
  private var made: Elements { Elements(rowsAtOnce) * Elements(max(m, n)) }
  private var workspace: Elements { gemm.workspace(depth: 0, rows: 0, columns: 0) }

  private func inRuns(_ terms: [(a: Rows, b: Rows)], into out: Tensor) throws {
    let pass = gemm.paddedDepth(max(64, (1 << 16) / (paddedM + paddedN + 1)))
    let runs = partialSums(of: depth / pass)
    let partial = try runs == 1 ? out : Tensor(Shape(runs, m * n), for: purpose)
    let packedA = try gemm.packedA(depth: pass, rows: m).count(for: purpose)
    let packedB = try gemm.packedB(depth: pass, columns: n).count(for: purpose)
    let (sums, made) = (try sumElements.count(for: purpose), try self.made.count(for: purpose))
    let workspace = try self.workspace.count(for: purpose)
    let scratch = try [packedA, packedB, sums, made, workspace].map { Elements($0) }.reduce(0, +).count(for: purpose)
    try ThreadPool.shared.run(runs, scratch: scratch, for: purpose) { run, a in
      let (b, sum) = (a + packedA, a + packedA + packedB)
      let (begin, end) = (run * depth / runs, (run + 1) * depth / runs)
      gemm.begin()
      for (index, term) in terms.enumerated() {
        for first in stride(from: begin, to: end, by: pass) {
          let rows = first..<min(end, first + pass)
          for start in stride(from: rows.lowerBound, to: rows.upperBound, by: rowsAtOnce) {
            pack(
              term, start..<min(rows.upperBound, start + rowsAtOnce), of: rows, making: sum + sums, into: a, b)
          }
          gemm.multiply(
            GEMMShape(rows: m, columns: n, depth: rows.count), .packed(a, b), accumulate: index > 0 || first > begin,
            epilogue: .none, into: sum, ldc: sumRow, workspace: sum + sums + made)
        }
      }
      gemm.end()
      copy(sum, rows: m, columns: n, to: partial.pointer + run * m * n)
    }
    if runs > 1 { partial.sumOfRows(into: out) }
  }

  private func inBlocks(_ terms: [(a: Rows, b: Rows)], into out: Tensor) throws {
    let elements = try (Elements(depth) * Elements(paddedM + paddedN)).count(for: purpose)
    let slabs = (elements + Self.slabElements - 1) / Self.slabElements
    let slab = gemm.paddedDepth(max(64, (depth + slabs - 1) / slabs))
    let (a, b) = (
      try Tensor(gemm.packedA(depth: slab, rows: m), for: purpose),
      try Tensor(gemm.packedB(depth: slab, columns: n), for: purpose)
    )
    let sum = try Tensor(sumElements, for: purpose)
    let across = (n + Self.blockColumns - 1) / Self.blockColumns
    let blockRows = threadRows(across: across)
    let blocks = (m + blockRows - 1) / blockRows * across
    let (made, workspace) = (try self.made.count(for: purpose), try self.workspace.count(for: purpose))
    for (index, term) in terms.enumerated() {
      for first in stride(from: 0, to: depth, by: slab) {
        let rows = first..<min(depth, first + slab)
        let isLast = index == terms.count - 1 && rows.upperBound == depth
        let parts = (rows.count + rowsAtOnce - 1) / rowsAtOnce
        try ThreadPool.shared.run(parts, scratch: made, for: purpose) { part, scratch in
          let start = first + part * rowsAtOnce
          pack(
            term, start..<min(rows.upperBound, start + rowsAtOnce), of: rows, making: scratch, into: a.pointer,
            b.pointer)
        }
        try ThreadPool.shared.run(blocks, scratch: workspace, for: purpose) { block, workspace in
          let (row, column) = (block / across * blockRows, block % across * Self.blockColumns)
          let (height, width) = (min(blockRows, m - row), min(Self.blockColumns, n - column))
          let target = sum.pointer + row * sumRow + column
          let depth = gemm.paddedDepth(rows.count)
          gemm.begin()
          gemm.multiply(
            GEMMShape(rows: height, columns: width, depth: rows.count),
            .packed(a.source + row * depth, b.source + column * depth), accumulate: index > 0 || first > 0,
            epilogue: .none, into: target, ldc: sumRow, workspace: workspace)
          gemm.end()
          if isLast { copy(target, rows: height, columns: width, to: out.pointer + row * n + column) }
        }
      }
    }
  }

  /// Rows of the blocks of the result that threads share, of which there are so many side by side.
  private func threadRows(across: Int) -> Int {
    let wanted = max(1, gemm.tuning.parts / across)
    let rows = Packing.padded((m + wanted - 1) / wanted, to: gemm.blockRows)
    return min(gemm.tuning.threadRows, max(rows, Self.leastBlocks * gemm.blockRows))
  }

  private let purpose = "a sum of products"
  /// Blocks of packed A, at least, with which a thread multiplies a block of packed B that it has read.
  private static let leastBlocks = 4
  /// Elements of rows that are packed at a time: 8 MiB in single precision, what cores share of a cache.
  private static let slabElements = 1 << 21
  private static let blockColumns = 128

  /// Packs `rows` of both factors, some of the rows `all` that the packed operands hold.
  private func pack(
    _ term: (a: Rows, b: Rows), _ rows: Range<Int>, of all: Range<Int>, making scratch: Destination,
    into packedA: Destination, _ packedB: Destination
  ) {
    let place = rows.lowerBound - all.lowerBound
    let a = term.a(rows, scratch)
    gemm.packRowsOfA(a.start, lda: a.stride, rows: rows.count, columns: m, at: place, of: all.count, into: packedA)
    let b = term.b(rows, scratch)
    gemm.packRowsOfB(b.start, ldb: b.stride, rows: rows.count, columns: n, at: place, of: all.count, into: packedB)
  }

  /// A block of the result, from the padded one.
  private func copy(_ sum: Destination, rows: Int, columns: Int, to out: Destination) {
    for row in 0..<rows { (out + row * n).update(from: sum + row * sumRow, count: columns) }
  }
}
