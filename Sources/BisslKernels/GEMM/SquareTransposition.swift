import CBissl

/// Transposition of squares of 16×16 numbers of four bytes, a row in a vector: four rounds of exchanges between rows.
enum SquareTransposition {
  static let side = 16

  /// Whether numbers of this precision are transposed so.
  static let serves = MemoryLayout<Scalar>.size == 4

  static func transpose(_ rows: UnsafeMutablePointer<bissl_u32x16>) {
    exchange(rows, apart: 8, bissl_upper_8, bissl_lower_8)
    exchange(rows, apart: 4, bissl_upper_4, bissl_lower_4)
    exchange(rows, apart: 2, bissl_upper_2, bissl_lower_2)
    exchange(rows, apart: 1, bissl_upper_1, bissl_lower_1)
  }

  /// A square of a matrix, transposed into another; `row` and `targetRow` elements from row to row.
  static func transpose(_ source: Source, row: Int, into target: Destination, targetRow: Int) {
    withUnsafeTemporaryAllocation(of: bissl_u32x16.self, capacity: side) { memory in
      guard let rows = memory.baseAddress else { return }
      for index in 0..<side {
        rows[index] = UnsafeRawPointer(source + index * row).loadUnaligned(as: bissl_u32x16.self)
      }
      transpose(rows)
      for index in 0..<side {
        UnsafeMutableRawPointer(target + index * targetRow).storeBytes(of: rows[index], as: bissl_u32x16.self)
      }
    }
  }

  @inline(__always)
  private static func exchange(
    _ rows: UnsafeMutablePointer<bissl_u32x16>, apart: Int,
    _ upper: (bissl_u32x16, bissl_u32x16) -> bissl_u32x16, _ lower: (bissl_u32x16, bissl_u32x16) -> bissl_u32x16
  ) {
    for first in 0..<side where first & apart == 0 {
      let (a, b) = (rows[first], rows[first + apart])
      (rows[first], rows[first + apart]) = (upper(a, b), lower(a, b))
    }
  }
}
