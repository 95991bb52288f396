import XCTest

@testable import BisslKernels

/// Packing and the products of packed operands, at every remainder of rows and columns, within a pass of depth and
/// beyond.
final class FullGEMMTests: OperandTestCase {
  private let width = Packing.blockColumns
  private let gemm = FullGEMM()

  /// Rows around a block's, columns around a block's, depths of one pass and of two.
  private var shapes: [(rows: Int, columns: Int, depth: Int)] {
    let rows = (1...13).map { ($0, 5, 7) }
    let columns = Array(stride(from: 1, through: width + 2, by: 3)) + [width - 1, width, width + 1, 2 * width + 3]
    return rows + columns.map { (7, $0, 9) } + [(6, width, 1), (8, width + 9, 259), (13, 3, 400), (50, width + 1, 33)]
  }

  func testPackedBHoldsTheColumnsThenZeros() {
    for (depth, columns) in [(1, 1), (5, width - 1), (17, width), (33, width + 5)] {
      let w = numbers(depth * (columns + 2))
      let turned = (0..<depth * columns).map { w[$0 % depth * (columns + 2) + $0 / depth] }
      for first in stride(from: 0, to: columns, by: width) {
        var (plain, fromTransposed) = (unwritten(depth * width), unwritten(depth * width))
        Packing.packB(
          w, ldb: columns + 2, depth: depth, columns: columns, isTransposed: false, block: first, into: &plain)
        Packing.packB(
          turned, ldb: depth, depth: depth, columns: columns, isTransposed: true, block: first, into: &fromTransposed)
        for place in 0..<depth * width {
          let (row, column) = (place / width, first + place % width)
          let expected = column < columns ? w[row * (columns + 2) + column] : 0
          XCTAssertEqual(plain[place], expected, "row \(row), column \(column) of \(columns)")
          XCTAssertEqual(fromTransposed[place], expected, "row \(row), column \(column) of \(columns), transposed")
        }
      }
    }
  }

  func testProducts() {
    for (rows, columns, depth) in shapes {
      for accumulate in [false, true] {
        let (a, b) = (numbers(rows * depth), numbers(depth * columns, seed: 2))
        let packedB = operand(packed(b, depth: depth, columns: columns))
        let shape = GEMMShape(rows: rows, columns: columns, depth: depth)
        let before = numbers(rows * columns, seed: 3)
        let expected = sums(before, a, b, rows, columns, depth, accumulate)
        let label = "\(rows)×\(depth) by \(depth)×\(columns), accumulate \(accumulate)"

        var exact = accumulate ? before : unwritten(rows * columns)
        multiply(shape, .rows(operand(a), lda: depth, packedB: packedB, isExact: true), accumulate, &exact, columns)
        assertClose(exact, expected, "exactly, \(label)")

        let (paddedRows, row) = (Packing.padded(rows, to: Packing.blockRows), Packing.padded(columns, to: width))
        let paddedA = a + [Scalar](repeating: 0, count: (paddedRows - rows) * depth)
        var c = padded(accumulate ? before : unwritten(rows * columns), rows, columns, paddedRows, row)
        multiply(shape, .rows(operand(paddedA), lda: depth, packedB: packedB, isExact: false), accumulate, &c, row)
        assertClose(cut(c, rows, columns, row), expected, "padded, \(label)")

        c = padded(accumulate ? before : unwritten(rows * columns), rows, columns, paddedRows, row)
        multiply(shape, .packed(operand(packedA(a, rows, depth)), packedB), accumulate, &c, row)
        assertClose(cut(c, rows, columns, row), expected, "packed, \(label)")

        c = padded(accumulate ? before : unwritten(rows * columns), rows, columns, paddedRows, row)
        multiply(
          shape,
          .transposed(
            operand(padded(transposed(a, rows: rows, columns: depth), depth, rows, depth, paddedRows)), lda: paddedRows,
            operand(padded(b, depth, columns, depth, row)), ldb: row),
          accumulate, &c, row)
        assertClose(cut(c, rows, columns, row), expected, "transposed, \(label)")
      }
    }
  }

  func testEpiloguesFollowTheLastTerm() {
    let (rows, columns, depth) = (11, width + 3, 21)
    let (a, b, bias) = (numbers(rows * depth), numbers(depth * columns, seed: 2), numbers(columns, seed: 4))
    let product = plainProduct(a, b, rows: rows, depth: depth, columns: columns)
    let packedB = operand(packed(b, depth: depth, columns: columns))
    var c = unwritten(rows * columns)
    multiply(
      GEMMShape(rows: rows, columns: columns, depth: depth),
      .rows(operand(a), lda: depth, packedB: packedB, isExact: true), false, &c, columns,
      epilogue: .bias(operand(bias)))
    assertClose(c, product.enumerated().map { $1 + Double(bias[$0 % columns]) })
  }

  /// Rows of a matrix that come in parts, as Winograd's transforms bring them.
  func testOperandsPackedInParts() {
    let (rows, columns, depth) = (19, 14, width + 7)
    let (a, b) = (numbers(depth * rows), numbers(depth * columns, seed: 2))
    var left = unwritten(depth * Packing.padded(rows, to: Packing.blockRows))
    var right = unwritten(depth * Packing.padded(columns, to: width))
    for start in stride(from: 0, to: depth, by: 10) {
      let count = min(10, depth - start)
      Packing.packRowsOfA(
        Array(a[(start * rows)...]), lda: rows, rows: count, columns: rows, at: start, of: depth, into: &left)
      Packing.packRowsOfB(
        Array(b[(start * columns)...]), ldb: columns, rows: count, columns: columns, at: start, of: depth, into: &right)
    }
    XCTAssertEqual(left, packedA(transposed(a, rows: depth, columns: rows), rows, depth))
    XCTAssertEqual(right, packed(b, depth: depth, columns: columns))
  }

  private func multiply(
    _ shape: GEMMShape, _ operands: GEMMOperands, _ accumulate: Bool, _ c: inout [Scalar], _ ldc: Int,
    epilogue: Epilogue = .none
  ) {
    c.withUnsafeMutableBufferPointer { c in
      gemm.multiply(
        shape, operands, accumulate: accumulate, epilogue: epilogue, into: c.baseAddress!, ldc: ldc,
        workspace: c.baseAddress!)
    }
  }

  private func packed(_ b: [Scalar], depth: Int, columns: Int) -> [Scalar] {
    var packed = unwritten(depth * Packing.padded(columns, to: width))
    for first in stride(from: 0, to: columns, by: width) {
      packed.withUnsafeMutableBufferPointer {
        Packing.packB(
          b, ldb: columns, depth: depth, columns: columns, isTransposed: false, block: first,
          into: $0.baseAddress! + first * depth)
      }
    }
    return packed
  }

  private func packedA(_ a: [Scalar], _ rows: Int, _ depth: Int) -> [Scalar] {
    var packed = unwritten(depth * Packing.padded(rows, to: Packing.blockRows))
    Packing.packRowsOfA(
      transposed(a, rows: rows, columns: depth), lda: rows, rows: depth, columns: rows, at: 0, of: depth, into: &packed)
    return packed
  }

  private func sums(
    _ before: [Scalar], _ a: [Scalar], _ b: [Scalar], _ rows: Int, _ columns: Int, _ depth: Int, _ accumulate: Bool
  ) -> [Double] {
    let product = plainProduct(a, b, rows: rows, depth: depth, columns: columns)
    return accumulate ? zip(before, product).map { Double($0) + $1 } : product
  }

  /// x (rows, columns) with zeros to (`paddedRows`, `row`).
  private func padded(_ x: [Scalar], _ rows: Int, _ columns: Int, _ paddedRows: Int, _ row: Int) -> [Scalar] {
    (0..<paddedRows * row).map { $0 / row < rows && $0 % row < columns ? x[$0 / row * columns + $0 % row] : 0 }
  }

  private func cut(_ x: [Scalar], _ rows: Int, _ columns: Int, _ row: Int) -> [Scalar] {
    (0..<rows * columns).map { x[$0 / columns * row + $0 % columns] }
  }
}
