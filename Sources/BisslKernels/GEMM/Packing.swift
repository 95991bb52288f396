import CBissl

/// Operands of matrix products in the order in which the micro-kernels read them. B (depth, columns) is packed into
/// blocks of `blockColumns` columns, Aᵀ (depth, rows) into blocks of `blockRows`; block by block, and in each row by
/// row. What pads the last block is zero.
public enum Packing {
  /// Rows of a block of packed A, and of a micro-kernel's result.
  public static let blockRows = 6

  /// Columns of a block of packed B, and of a micro-kernel's result: 4 vectors where the processor has AVX-512, else 2.
  public static let blockColumns = isWide ? 4 * WideLane.scalarCount : 2 * NarrowLane.scalarCount

  /// By the instruction set that this build may use, as the C compiler tells it. Matrix tiles come with AVX-512; where
  /// they are emulated without it, operands lie as they would with it.
  static let isWide = String(cString: bissl_simd_level()) == "AVX-512" || BF16x2GEMM.isSupported

  /// `count` rounded up to whole blocks of `block`.
  @inline(__always)
  public static func padded(_ count: Int, to block: Int) -> Int { (count + block - 1) / block * block }

  /// The block of packed B that begins at column `first`. B is b (depth, columns), or where `isTransposed` the
  /// transpose of b (columns, depth).
  public static func packB(
    _ b: Source, ldb: Int, depth: Int, columns: Int, isTransposed: Bool, block first: Int, into block: Destination
  ) {
    if isTransposed {
      packTransposed(b, ldb: ldb, depth: depth, columns: columns, block: first, into: block)
    } else {
      packRowsOfB(
        b + first, ldb: ldb, rows: depth, columns: min(blockColumns, columns - first), at: 0, of: depth, into: block)
    }
  }

  /// Goes by groups of rows whose place in the block stays in cache.
  private static func packTransposed(
    _ b: Source, ldb: Int, depth: Int, columns: Int, block first: Int, into block: Destination
  ) {
    let width = blockColumns
    for start in stride(from: 0, to: depth, by: 64) {
      let end = min(depth, start + 64)
      for group in stride(from: 0, to: width, by: SquareTransposition.side) {
        let lanes = group..<min(width, group + SquareTransposition.side)
        var rest = start
        if SquareTransposition.serves && first + lanes.upperBound <= columns {
          while rest + SquareTransposition.side <= end {
            SquareTransposition.transpose(
              b + (first + group) * ldb + rest, row: ldb, into: block + rest * width + group, targetRow: width)
            rest += SquareTransposition.side
          }
        }
        for lane in lanes {
          if first + lane < columns {
            let source = b + (first + lane) * ldb
            for i in rest..<end { block[i * width + lane] = source[i] }
          } else {
            for i in rest..<end { block[i * width + lane] = 0 }
          }
        }
      }
    }
  }

  /// Rows `place` to `place + rows` of packed B with `depth` rows, from b (rows, columns).
  public static func packRowsOfB(
    _ b: Source, ldb: Int, rows: Int, columns: Int, at place: Int, of depth: Int, into packed: Destination
  ) {
    let width = blockColumns
    pack(b, ldb, rows, columns, width, place, depth, packed) { source, target in
      for lane in stride(from: 0, to: width, by: VectorLane.width) {
        VectorLane.load(source + lane).store(target + lane)
      }
    }
  }

  /// Rows `place` to `place + rows` of packed A, of `depth` in all, from a (rows, columns).
  public static func packRowsOfA(
    _ a: Source, lda: Int, rows: Int, columns: Int, at place: Int, of depth: Int, into packed: Destination
  ) {
    pack(a, lda, rows, columns, blockRows, place, depth, packed) { source, target in
      SIMD4.load(source).store(target)
      SIMD2.load(source + 4).store(target + 4)
    }
  }

  /// Eight rows at a time, whose cache lines stay in cache from block to block even where all map to one set. `copy`
  /// moves what one row has of a whole block.
  @inline(__always)
  private static func pack(
    _ w: Source, _ row: Int, _ rows: Int, _ columns: Int, _ width: Int, _ place: Int, _ depth: Int,
    _ packed: Destination, copy: (_ source: Source, _ target: Destination) -> Void
  ) {
    for start in stride(from: 0, to: rows, by: 8) {
      let count = min(8, rows - start)
      for first in stride(from: 0, to: columns, by: width) {
        var (source, target) = (w + start * row + first, packed + first * depth + (place + start) * width)
        let present = min(width, columns - first)
        for _ in 0..<count {
          if present == width {
            copy(source, target)
          } else {
            target.update(from: source, count: present)
            (target + present).update(repeating: 0, count: width - present)
          }
          source += row
          target += width
        }
      }
    }
  }
}
