import CBissl

/// Operands in the format `split`, as matrix tiles take them. A *step* is 32 deep; of a block of 32 rows of the left operand,
/// or 32 columns of the right one, it has four tiles of 16: both of the first term, then both of the second. That is as much
/// memory as the numbers themselves take.
enum SplitTiles {
  /// Rows or columns of a block, and the depth of a step.
  static let extent = 32, step = 32
  /// Elements of a step of one block.
  static let stepElements = extent * step
  /// Elements of a line of the cache, and lines of a step of one block.
  static let lineElements = 16, linesPerStep = stepElements / lineElements

  /// Whole blocks of columns: half a panel may do.
  static func padded(columns: Int) -> Int { (columns + extent - 1) / extent * extent }

  private static let termBytes = 2 * Int(BISSL_TILE_BYTES)

  /// A step of a left block from a (rows, depth); what is missing to 32 of each counts as zero.
  static func splitRows(_ a: Source, row: Int, rows: Int, depth: Int, into target: Destination) {
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

  /// A step of a right block from b (depth, columns); what is missing to 32 of each counts as zero. Rows of its tiles hold
  /// two rows of b, number by number in pairs.
  static func splitColumns(_ b: Source, row: Int, depth: Int, columns: Int, into target: Destination) {
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
  static func splitTransposed(_ a: Source, row: Int, depth: Int, rows: Int, into target: Destination) {
    splitColumns(a, row: row, depth: depth, columns: rows, into: target)
    let tiles = UnsafeMutableRawPointer(target)
    for tile in 0..<4 {
      SquareTransposition.transpose(
        (tiles + tile * Int(BISSL_TILE_BYTES)).assumingMemoryBound(to: bissl_u32x16.self))
    }
  }

  /// A step of a panel from b (depth, columns), block beside block; what is missing counts as zero.
  static func splitPanelStep(_ b: Source, row: Int, depth: Int, columns: Int, into target: Destination) {
    for column in stride(from: 0, to: PanelProduct.blockColumns, by: extent) {
      splitColumns(b + column, row: row, depth: depth, columns: columns - column, into: target + column * step)
    }
  }

  /// A panel of `PanelProduct.blockColumns` columns, rows of numbers, split in its place.
  /// It has memory for whole steps.
  static func splitPanel(_ panel: Destination, rows: Range<Int>) {
    let width = PanelProduct.blockColumns
    withUnsafeTemporaryAllocation(byteCount: step * width * MemoryLayout<Scalar>.stride, alignment: 64) { memory in
      guard let copy = memory.baseAddress?.assumingMemoryBound(to: Scalar.self) else { return }
      for first in stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
        let place = panel + first * width
        let depth = min(step, rows.upperBound - first)
        copy.update(from: place, count: depth * width)
        splitPanelStep(copy, row: width, depth: depth, columns: width, into: place)
      }
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
