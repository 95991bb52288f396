import CBissl

/// Products of matrices in the format `split` (`OperandFormat`), in blocks of sums that stay in the processor's matrix tiles.
/// Left operands are numbers that are split as they are used, right ones panels that were split before.
enum SplitProduct {
  /// Depth of one pass, after which sums leave their tiles: few do so twice, and operands still come from the second-level
  /// cache as fast as tiles are multiplied.
  private static let depthOfPass = 512
  /// Rows that are split at a time: a pass of them takes a quarter of the second-level cache, and panels come from beyond it
  /// once for all of them.
  private static let rowsAtOnce = 256

  /// Memory of a run of products of at most `depth`: for a block at the edge of a result, and for operands of one pass.
  /// Products of transposed matrices may have as many `rows` and `columns` as told.
  static func memoryElements(depth: Int, rows: Int = 0, columns: Int = 0) -> Int {
    let operands = PanelProduct.padded(rows: rows, .split) + PanelProduct.padded(columns: columns)
    return blockElements + min(depthOfPass, OperandFormat.split.padded(depth: depth)) * max(rowsAtOnce, operands)
  }

  private static let blockElements = SplitTiles.extent * SplitTiles.extent

  /// c (rows, columns) = or += a·b + bias, with a (rows, depth), b in split panels and bias a row of numbers, if there is
  /// one. To be called with tiles at hand.
  static func multiply(
    rows: Int, columns: Int, depth: Int, _ a: Source, lda: Int, panels b: Source, bias: Source?, accumulate: Bool,
    into c: Destination, ldc: Int, _ memory: Destination
  ) {
    let left = memory + blockElements
    for first in stride(from: 0, to: depth, by: depthOfPass) {
      let pass = Pass(first: first, of: depth)
      for top in stride(from: 0, to: rows, by: rowsAtOnce) {
        let height = min(rowsAtOnce, rows - top)
        for row in stride(from: 0, to: height, by: SplitTiles.extent) {
          for step in 0..<pass.steps {
            let start = step * SplitTiles.step
            SplitTiles.splitRows(
              a + (top + row) * lda + first + start, row: lda, rows: min(SplitTiles.extent, height - row),
              depth: min(SplitTiles.step, pass.depth - start),
              into: left + (row / SplitTiles.extent * pass.steps + step) * SplitTiles.stepElements)
          }
        }
        pass.multiply(
          rows: height, columns: columns, left, apart: pass.steps * SplitTiles.stepElements, panels: b,
          bias: first + pass.depth == depth ? bias : nil, accumulate: accumulate, into: c + top * ldc, ldc, memory)
      }
    }
  }

  /// c (rows, columns) = or += aᵀ·b, with a (depth, rows) and b (depth, columns). Writes c up to whole blocks. To be called
  /// with tiles at hand.
  static func multiplyTransposed(
    rows: Int, columns: Int, depth: Int, _ a: Source, lda: Int, _ b: Source, ldb: Int, accumulate: Bool,
    into c: Destination, ldc: Int, _ memory: Destination
  ) {
    let strips = memory + blockElements
    let pass = min(depthOfPass, OperandFormat.split.padded(depth: depth))
    let panels = strips + pass * PanelProduct.padded(rows: rows, .split)
    for first in stride(from: 0, to: depth, by: depthOfPass) {
      let part = min(depthOfPass, depth - first)
      MatrixPanels.cutStrips(
        a + first * lda, row: lda, rows: part, columns: rows, at: 0, of: part, .split, into: strips)
      MatrixPanels.cutPanels(
        b + first * ldb, row: ldb, rows: part, columns: columns, at: 0, of: part, .split, into: panels)
      Pass(first: 0, of: part).multiply(
        rows: PanelProduct.padded(rows: rows, .split), columns: SplitTiles.padded(columns: columns), strips,
        apart: OperandFormat.split.padded(depth: part) * SplitTiles.extent, panels: panels, bias: nil,
        accumulate: accumulate || first > 0, into: c, ldc, memory)
    }
  }

  /// c (rows, columns) = or += aᵀ·b with a in split strips and b in split panels of `depth` rows.
  static func multiplyStrips(
    rows: Int, columns: Int, depth: Int, strips a: Source, panels b: Source, accumulate: Bool, into c: Destination,
    ldc: Int
  ) {
    let apart = OperandFormat.split.padded(depth: depth) * SplitTiles.extent
    withTiles(memory: blockElements) { memory in
      for first in stride(from: 0, to: depth, by: depthOfPass) {
        Pass(first: first, of: depth).multiply(
          rows: rows, columns: columns, a + first * SplitTiles.extent, apart: apart, panels: b, bias: nil,
          accumulate: accumulate, into: c, ldc, memory)
      }
    }
  }

  /// Part of a product's depth.
  private struct Pass {
    let first, depth, steps: Int
    /// Elements of a panel.
    private let panel: Int

    init(first: Int, of whole: Int) {
      self.first = first
      depth = min(SplitProduct.depthOfPass, whole - first)
      steps = OperandFormat.split.padded(depth: depth) / SplitTiles.step
      panel = OperandFormat.split.padded(depth: whole) * PanelProduct.blockColumns
    }

    /// Adds this part's products to c. Blocks of the left operand lie `apart` elements from each other. `edge` has room
    /// for a block of c.
    func multiply(
      rows: Int, columns: Int, _ left: Source, apart: Int, panels: Source, bias: Source?, accumulate: Bool,
      into c: Destination, _ ldc: Int, _ edge: Destination
    ) {
      let accumulate = accumulate || first > 0
      // The blocks of a panel share in asking for the next.
      let blocks = max(1, (rows + SplitTiles.extent - 1) / SplitTiles.extent)
      let share = (SplitTiles.linesPerStep + blocks - 1) / blocks
      let resultShare = (SplitTiles.extent + steps - 1) / steps
      for column in stride(from: 0, to: columns, by: SplitTiles.extent) {
        let (index, place) = (column / PanelProduct.blockColumns, column % PanelProduct.blockColumns)
        let right = panels + index * panel + first * PanelProduct.blockColumns + place * SplitTiles.step
        let width = min(SplitTiles.extent, columns - column)
        var next = right + panel
        for row in stride(from: 0, to: rows, by: SplitTiles.extent) {
          let height = min(SplitTiles.extent, rows - row)
          let a = left + row / SplitTiles.extent * apart
          let target = c + row * ldc + column
          let below = row + SplitTiles.extent < rows ? target + SplitTiles.extent * ldc : c + column + SplitTiles.extent
          let ahead = Ahead(panel: next, lines: share, result: below, rows: resultShare, row: ldc)
          if height == SplitTiles.extent && width == SplitTiles.extent {
            block(steps, a, right, accumulate, into: target, ldc, ahead)
          } else {
            if accumulate { copy(height, width, target, ldc, to: edge, SplitTiles.extent) }
            block(steps, a, right, accumulate, into: edge, SplitTiles.extent, ahead)
            copy(height, width, edge, SplitTiles.extent, to: target, ldc)
          }
          next += share * SplitTiles.lineElements
        }
        guard let bias else { continue }
        Rows.addVector(c + column, row: ldc, bias + column, rows: rows, columns: width, into: c + column)
      }
    }
  }

  /// What a step of a block asks for that the blocks after it use: so many lines of the next panel, and so many rows, `row`
  /// elements apart, of the next block of the result.
  private struct Ahead {
    let panel: Source
    let lines: Int
    let result: Destination
    let rows, row: Int
  }

  /// c (32, 32) = or += the products of a left block and a panel's, those of both first terms in the middle: each operand is
  /// loaded where the product before has not left it.
  private static func block(
    _ steps: Int, _ left: Source, _ right: Source, _ accumulate: Bool, into c: Destination, _ ldc: Int, _ next: Ahead
  ) {
    let row = Int64(ldc * MemoryLayout<Scalar>.stride)
    let secondTerm = SplitTiles.stepElements / 2
    if accumulate { bissl_sums_load(c, row) } else { bissl_sums_clear() }
    var (a, b, panel, result, count) = (left, right, next.panel, next.result, steps)
    while count > 0 {
      for line in 0..<next.lines { bissl_prefetch(panel + line * SplitTiles.lineElements) }
      for _ in 0..<next.rows {
        bissl_prefetch_to_write(result)
        bissl_prefetch_to_write(result + SplitTiles.lineElements)
        result += next.row
      }
      bissl_left_load(a + secondTerm)
      bissl_right_load(b)
      bissl_sums_add_products()
      bissl_left_load(a)
      bissl_sums_add_products()
      bissl_right_load(b + secondTerm)
      bissl_sums_add_products()
      a += SplitTiles.stepElements
      b += SplitTiles.step * PanelProduct.blockColumns
      panel += SplitTiles.step * PanelProduct.blockColumns
      count -= 1
    }
    bissl_sums_store(c, row)
  }

  private static func copy(
    _ rows: Int, _ columns: Int, _ from: Destination, _ fromRow: Int, to: Destination, _ toRow: Int
  ) {
    for row in 0..<rows { (to + row * toRow).update(from: from + row * fromRow, count: columns) }
  }

  /// Lends memory of so many elements, with the processor's tiles at hand.
  static func withTiles(memory count: Int, _ body: (_ memory: Destination) -> Void) {
    withUnsafeTemporaryAllocation(byteCount: count * MemoryLayout<Scalar>.stride, alignment: 64) { memory in
      guard let memory = memory.baseAddress?.assumingMemoryBound(to: Scalar.self) else { return }
      withTiles { body(memory) }
    }
  }

  /// Making tiles ready takes about as long as a product of 32×64 by 64×32: once for many of them.
  static func withTiles(_ body: () -> Void) {
    bissl_tiles_begin()
    body()
    bissl_tiles_end()
  }
}
