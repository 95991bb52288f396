import CBissl

/// Matrix products of numbers as sums of two bfloat16 terms, x ≈ x₀ + x₁, on the processor's matrix tiles (AMX), which
/// multiply them many times faster than vectors multiply single precision: a·b ≈ a₀·b₀ + a₀·b₁ + a₁·b₀, summed in
/// single precision in blocks that stay in tiles. Left operands that are not packed are packed as they are used.
public struct BF16x2GEMM: Sendable {
  public init() {}

  /// Whether this machine has matrix tiles, or emulates them for tests; they serve single precision.
  public static let isSupported = MemoryLayout<Scalar>.size == 4 && bissl_tiles_supported() != 0

  /// Whether the system lets this process use them; it is asked at the first call.
  public static let isGranted = isSupported && bissl_tiles_request() != 0

  /// Depth of one pass, after which sums leave their tiles: few do so twice, and operands still come from the
  /// second-level cache as fast as tiles are multiplied.
  public static let depthOfPass = 512
  /// Rows of the left operand that are packed at a time: a pass of them takes a quarter of the second-level cache, and
  /// packed B comes from beyond it once for all of them.
  public static let rowsAtOnce = 256
  /// Elements of a block of the result.
  public static let blockElements = BF16x2Packing.extent * BF16x2Packing.extent

  /// Makes the thread's tiles ready, which takes about as long as a product of 32×64 by 64×32: once for many products.
  public func begin() { bissl_tiles_begin() }
  public func end() { bissl_tiles_end() }

  /// c = or (`accumulate`) += the product, then the epilogue, between `begin` and `end`. `workspace` has room for a
  /// block of the result, and behind it for what is packed here of one pass: `rowsAtOnce` rows of a left operand, or
  /// both factors of a transposed product.
  public func multiply(
    _ shape: GEMMShape, _ operands: GEMMOperands, accumulate: Bool, epilogue: Epilogue, into c: Destination, ldc: Int,
    workspace: Destination
  ) {
    let extent = BF16x2Packing.extent
    let (rows, columns) = (Packing.padded(shape.rows, to: extent), Packing.padded(shape.columns, to: extent))
    let scratch = workspace + Self.blockElements
    for first in stride(from: 0, to: shape.depth, by: Self.depthOfPass) {
      let pass = Pass(
        first: first, of: shape, accumulate: accumulate, epilogue: epilogue, into: c, ldc: ldc, edge: workspace)
      switch operands {
      case .rows(let a, let lda, let b, let isExact):
        let (rows, columns) = isExact ? (shape.rows, shape.columns) : (rows, columns)
        for top in stride(from: 0, to: rows, by: Self.rowsAtOnce) {
          let present = top..<min(rows, top + Self.rowsAtOnce)
          pass.pack(a + top * lda + first, lda, rows: present.count, into: scratch)
          pass.multiply(present, columns, scratch, apart: pass.steps * BF16x2Packing.stepElements, pass.right(of: b))
        }
      case .packed(let a, let b):
        let apart = Packing.padded(shape.depth, to: BF16x2Packing.step) * extent
        pass.multiply(0..<shape.rows, shape.columns, a + first * extent, apart: apart, pass.right(of: b))
      case .transposed(let a, let lda, let b, let ldb):
        let right = scratch + min(Self.depthOfPass, Packing.padded(shape.depth, to: BF16x2Packing.step)) * rows
        BF16x2Packing.packRowsOfA(
          a + first * lda, lda: lda, rows: pass.depth, columns: shape.rows, at: 0, of: pass.depth, into: scratch)
        BF16x2Packing.packRowsOfB(
          b + first * ldb, ldb: ldb, rows: pass.depth, columns: shape.columns, at: 0, of: pass.depth, into: right)
        pass.multiply(
          0..<rows, columns, scratch, apart: pass.steps * BF16x2Packing.stepElements,
          (Source(right), pass.steps * BF16x2Packing.step * Packing.blockColumns))
      }
    }
  }

  /// Part of a product's depth.
  private struct Pass {
    /// A right operand: where this part of its first block begins, and elements from one block to the next.
    typealias Right = (start: Source, apart: Int)

    let first, depth, steps: Int
    private let shape: GEMMShape
    private let accumulate: Bool
    /// That of the product, in its last pass.
    private let epilogue: Epilogue
    private let c: Destination
    private let ldc: Int
    /// Room for a block of c.
    private let edge: Destination

    init(
      first: Int, of shape: GEMMShape, accumulate: Bool, epilogue: Epilogue, into c: Destination, ldc: Int, edge: Destination
    ) {
      self.first = first
      self.shape = shape
      self.accumulate = accumulate || first > 0
      depth = min(BF16x2GEMM.depthOfPass, shape.depth - first)
      steps = Packing.padded(depth, to: BF16x2Packing.step) / BF16x2Packing.step
      self.epilogue = first + depth == shape.depth ? epilogue : .none
      self.c = c
      self.ldc = ldc
      self.edge = edge
    }

    /// This part of packed b.
    func right(of b: Source) -> Right {
      (b + first * Packing.blockColumns, Packing.padded(shape.depth, to: BF16x2Packing.step) * Packing.blockColumns)
    }

    /// Packs rows of this part of a left operand.
    func pack(_ a: Source, _ lda: Int, rows: Int, into left: Destination) {
      for row in stride(from: 0, to: rows, by: BF16x2Packing.extent) {
        for step in 0..<steps {
          let start = step * BF16x2Packing.step
          BF16x2Packing.packRows(
            a + row * lda + start, row: lda, rows: min(BF16x2Packing.extent, rows - row),
            depth: min(BF16x2Packing.step, depth - start),
            into: left + (row / BF16x2Packing.extent * steps + step) * BF16x2Packing.stepElements)
        }
      }
    }

    /// Adds this part's products to rows of c. Blocks of the left operand, which begins with the first of them, lie
    /// `apart` elements from each other.
    func multiply(_ present: Range<Int>, _ columns: Int, _ left: Source, apart: Int, _ right: Right) {
      let (extent, rows, c) = (BF16x2Packing.extent, present.count, c + present.lowerBound * ldc)
      // The blocks of the result over one block of packed B prefetch the next one between them.
      let blocks = max(1, (rows + extent - 1) / extent)
      let share = (BF16x2Packing.linesPerStep + blocks - 1) / blocks
      let resultShare = (extent + steps - 1) / steps
      for column in stride(from: 0, to: columns, by: extent) {
        let (index, place) = (column / Packing.blockColumns, column % Packing.blockColumns)
        let b = right.start + index * right.apart + place * BF16x2Packing.step
        let width = min(extent, columns - column)
        var next = b + right.apart
        for row in stride(from: 0, to: rows, by: extent) {
          let height = min(extent, rows - row)
          let a = left + row / extent * apart
          let target = c + row * ldc + column
          let below = row + extent < rows ? target + extent * ldc : c + column + extent
          let ahead = Ahead(right: next, lines: share, result: below, rows: resultShare, row: ldc)
          if height == extent && width == extent {
            microKernel(steps, a, b, accumulate, into: target, ldc, ahead)
          } else {
            if accumulate { copy(height, width, target, ldc, to: edge, extent) }
            microKernel(steps, a, b, accumulate, into: edge, extent, ahead)
            copy(height, width, edge, extent, to: target, ldc)
          }
          next += share * BF16x2Packing.lineElements
        }
        epilogue.block(row: present.lowerBound, column: column).apply(
          to: c + column, ldc: ldc, rows: min(rows, shape.rows - present.lowerBound),
          columns: min(width, shape.columns - column))
      }
    }

    /// What a step prefetches for the blocks after it: so many cache lines of the next block of packed B, and so many
    /// rows, `row` elements apart, of the next block of the result.
    private struct Ahead {
      let right: Source
      let lines: Int
      let result: Destination
      let rows, row: Int
    }

    /// c (32, 32) = or += the products of a left block and a right one, those of both first terms in the middle: each
    /// operand is loaded where the product before has not left it.
    private func microKernel(
      _ steps: Int, _ left: Source, _ right: Source, _ accumulate: Bool, into c: Destination, _ ldc: Int, _ next: Ahead
    ) {
      let row = Int64(ldc * MemoryLayout<Scalar>.stride)
      let secondTerm = BF16x2Packing.stepElements / 2
      if accumulate { bissl_sums_load(c, row) } else { bissl_sums_clear() }
      var (a, b, ahead, result, count) = (left, right, next.right, next.result, steps)
      while count > 0 {
        for line in 0..<next.lines { bissl_prefetch(ahead + line * BF16x2Packing.lineElements) }
        for _ in 0..<next.rows {
          bissl_prefetch_to_write(result)
          bissl_prefetch_to_write(result + BF16x2Packing.lineElements)
          result += next.row
        }
        bissl_left_load(a + secondTerm)
        bissl_right_load(b)
        bissl_sums_add_products()
        bissl_left_load(a)
        bissl_sums_add_products()
        bissl_right_load(b + secondTerm)
        bissl_sums_add_products()
        a += BF16x2Packing.stepElements
        b += BF16x2Packing.step * Packing.blockColumns
        ahead += BF16x2Packing.step * Packing.blockColumns
        count -= 1
      }
      bissl_sums_store(c, row)
    }

    private func copy(
      _ rows: Int, _ columns: Int, _ from: Destination, _ fromRow: Int, to: Destination, _ toRow: Int
    ) {
      for row in 0..<rows { (to + row * toRow).update(from: from + row * fromRow, count: columns) }
    }
  }
}
