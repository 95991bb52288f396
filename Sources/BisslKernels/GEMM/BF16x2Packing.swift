import CBissl

/// Operands of matrix products as sums of two bfloat16 terms, x ≈ x₀ + x₁ within 2⁻¹⁷ of x, in the order in which
/// matrix tiles take them. A *step* is 32 deep; of a block of 32 rows of the left operand, or 32 columns of the right
/// one, it has four tiles of 16: both of the first term, then both of the second. That is as much memory as the numbers
/// themselves take. What is missing to whole steps and blocks counts as zero.
public enum BF16x2Packing {
  /// Rows or columns of a block, and the depth of a step.
  public static let extent = 32, step = 32
  /// Elements of a step of one block.
  static let stepElements = extent * step
  /// Elements of a cache line, and cache lines of a step of one block.
  static let lineElements = 16, linesPerStep = stepElements / lineElements

  private static let termBytes = 2 * Int(BISSL_TILE_BYTES)

  // MARK: Whole operands

  /// As `Packing.packB`.
  public static func packB(
    _ b: Source, ldb: Int, depth: Int, columns: Int, isTransposed: Bool, block first: Int, into block: Destination
  ) {
    guard isTransposed else {
      let present = min(Packing.blockColumns, columns - first)
      return packRowsOfB(b + first, ldb: ldb, rows: depth, columns: present, at: 0, of: depth, into: block)
    }
    Packing.packB(b, ldb: ldb, depth: depth, columns: columns, isTransposed: true, block: first, into: block)
    convert(block, rows: 0..<depth)
  }

  /// As `Packing.packRowsOfB`; `place` begins a step.
  public static func packRowsOfB(
    _ b: Source, ldb: Int, rows: Int, columns: Int, at place: Int, of depth: Int, into packed: Destination
  ) {
    forEachStep(b, ldb, rows, columns, Packing.blockColumns, place, depth, packed, packStepOfB)
  }

  /// As `Packing.packRowsOfA`; `place` begins a step.
  public static func packRowsOfA(
    _ a: Source, lda: Int, rows: Int, columns: Int, at place: Int, of depth: Int, into packed: Destination
  ) {
    forEachStep(a, lda, rows, columns, extent, place, depth, packed, packTransposedStep)
  }

  /// Step by step, and in each block by block of `width` columns.
  private static func forEachStep(
    _ w: Source, _ row: Int, _ rows: Int, _ columns: Int, _ width: Int, _ place: Int, _ depth: Int,
    _ packed: Destination,
    _ pack: (_ source: Source, _ row: Int, _ depth: Int, _ columns: Int, _ target: Destination) -> Void
  ) {
    let depth = Packing.padded(depth, to: step)
    for start in stride(from: 0, to: rows, by: step) {
      for first in stride(from: 0, to: columns, by: width) {
        pack(
          w + start * row + first, row, min(step, rows - start), columns - first,
          packed + first * depth + (place + start) * width)
      }
    }
  }

  /// `rows` of a block of packed B, written as numbers, become terms in their place. They begin a step, and the block
  /// has memory for whole steps.
  public static func convert(_ block: Destination, rows: Range<Int>) {
    let width = Packing.blockColumns
    withUnsafeTemporaryAllocation(byteCount: step * width * MemoryLayout<Scalar>.stride, alignment: 64) { memory in
      guard let copy = memory.baseAddress?.assumingMemoryBound(to: Scalar.self) else { return }
      for first in stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
        let place = block + first * width
        let depth = min(step, rows.upperBound - first)
        copy.update(from: place, count: depth * width)
        packStepOfB(copy, row: width, depth: depth, columns: width, into: place)
      }
    }
  }

  // MARK: Steps

  /// A step of a left block from a (rows, depth).
  static func packRows(_ a: Source, row: Int, rows: Int, depth: Int, into target: Destination) {
    let tiles = UnsafeMutableRawPointer(target)
    for index in 0..<extent {
      let place = tiles + index * Int(BISSL_TILE_ROW)
      if index < rows {
        let source = a + index * row
        store(first(source, depth), first(source + 16, depth - 16), at: place, bissl_halves)
      } else {
        place.initializeMemory(as: UInt8.self, repeating: 0, count: Int(BISSL_TILE_ROW))
        (place + termBytes).initializeMemory(as: UInt8.self, repeating: 0, count: Int(BISSL_TILE_ROW))
      }
    }
  }

  /// A step of a right block from b (depth, columns). Rows of its tiles hold two rows of b, number by number in pairs.
  static func packColumns(_ b: Source, row: Int, depth: Int, columns: Int, into target: Destination) {
    let tiles = UnsafeMutableRawPointer(target)
    for pair in 0..<step / 2 {
      let source = b + 2 * pair * row
      for tile in 0..<2 {
        let present = columns - 16 * tile
        let upper = first(source + 16 * tile, 2 * pair < depth ? present : 0)
        let lower = first(source + row + 16 * tile, 2 * pair + 1 < depth ? present : 0)
        let place = tiles + tile * Int(BISSL_TILE_BYTES) + pair * Int(BISSL_TILE_ROW)
        store(upper, lower, at: place, bissl_pairs)
      }
    }
  }

  /// A step of a left block from the transpose of a (depth, rows): tiles of a right block, transposed pair by pair.
  private static func packTransposedStep(_ a: Source, row: Int, depth: Int, rows: Int, into target: Destination) {
    packColumns(a, row: row, depth: depth, columns: rows, into: target)
    let tiles = UnsafeMutableRawPointer(target)
    for tile in 0..<4 {
      SquareTransposition.transpose(
        (tiles + tile * Int(BISSL_TILE_BYTES)).assumingMemoryBound(to: bissl_u32x16.self))
    }
  }

  /// A step of a block of `Packing.blockColumns` columns from b (depth, columns).
  private static func packStepOfB(_ b: Source, row: Int, depth: Int, columns: Int, into target: Destination) {
    for column in stride(from: 0, to: Packing.blockColumns, by: extent) {
      packColumns(b + column, row: row, depth: depth, columns: columns - column, into: target + column * step)
    }
  }

  // MARK: Terms

  /// The first `count` of 16 numbers, then zeros.
  @inline(__always)
  private static func first(_ source: Source, _ count: Int) -> bissl_f32x16 {
    if count >= 16 { return UnsafeRawPointer(source).loadUnaligned(as: bissl_f32x16.self) }
    var numbers = bissl_f32x16.zero
    for index in 0..<max(0, count) { numbers[index] = Float(source[index]) }
    return numbers
  }

  /// Both terms of 32 numbers, joined as told.
  @inline(__always)
  private static func store(
    _ x: bissl_f32x16, _ y: bissl_f32x16, at place: UnsafeMutableRawPointer,
    _ join: (bissl_u32x16, bissl_u32x16) -> bissl_u32x16
  ) {
    let (a, b) = (bissl_rounded(x), bissl_rounded(y))
    place.storeBytes(of: join(a, b), as: bissl_u32x16.self)
    let rest = join(bissl_rounded(bissl_residual(x, a)), bissl_rounded(bissl_residual(y, b)))
    (place + termBytes).storeBytes(of: rest, as: bissl_u32x16.self)
  }
}
