import XCTest

@testable import BisslKernels

/// Packing and the products of packed operands, at every remainder of rows and columns, within a pass of depth and beyond.
final class PanelProductTests: XCTestCase {
  private let width = PanelProduct.blockColumns

  /// Rows around a block's, columns around a panel's, depths of one pass and of two.
  private var shapes: [(rows: Int, columns: Int, depth: Int)] {
    let rows = (1...13).map { ($0, 5, 7) }
    let columns = Array(stride(from: 1, through: width + 2, by: 3)) + [width - 1, width, width + 1, 2 * width + 3]
    return rows + columns.map { (7, $0, 9) } + [(6, width, 1), (8, width + 9, 259), (13, 3, 400), (50, width + 1, 33)]
  }

  func testPanelsHoldTheColumnsThenZeros() {
    for (depth, columns) in [(1, 1), (5, width - 1), (17, width), (33, width + 5)] {
      let w = numbers(depth * (columns + 2))
      let turned = (0..<depth * columns).map { w[$0 % depth * (columns + 2) + $0 / depth] }
      for first in stride(from: 0, to: columns, by: width) {
        var (plain, fromTransposed) = (unwritten(depth * width), unwritten(depth * width))
        MatrixPanels.pack(w, row: columns + 2, depth: depth, columns: columns, panelFrom: first, .whole, into: &plain)
        MatrixPanels.packTransposed(
          turned, row: depth, depth: depth, columns: columns, panelFrom: first, .whole, into: &fromTransposed)
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
        let panels = packed(b, depth: depth, columns: columns)
        let before = numbers(rows * columns, seed: 3)
        let expected = sums(before, a, b, rows, columns, depth, accumulate)
        let label = "\(rows)×\(depth) by \(depth)×\(columns), accumulate \(accumulate)"

        var exact = accumulate ? before : unwritten(rows * columns)
        PanelProduct.multiplyExactly(
          rows: rows, columns: columns, depth: depth, a, lda: depth, panels: panels, accumulate: accumulate,
          into: &exact, ldc: columns)
        assertClose(exact, expected, "exactly, \(label)")

        let (paddedRows, row) = (PanelProduct.padded(rows: rows), PanelProduct.padded(columns: columns))
        let paddedA = a + [Scalar](repeating: 0, count: (paddedRows - rows) * depth)
        var c = padded(accumulate ? before : unwritten(rows * columns), rows, columns, paddedRows, row)
        PanelProduct.multiply(
          rows: rows, columns: columns, depth: depth, paddedA, lda: depth, panels: panels, accumulate: accumulate,
          into: &c, ldc: row)
        assertClose(cut(c, rows, columns, row), expected, "padded, \(label)")

        c = padded(accumulate ? before : unwritten(rows * columns), rows, columns, paddedRows, row)
        PanelProduct.multiplyStrips(
          rows: rows, columns: columns, depth: depth, strips: strips(a, rows, depth), panels: panels, .whole,
          accumulate: accumulate, into: &c, ldc: row)
        assertClose(cut(c, rows, columns, row), expected, "strips, \(label)")

        c = padded(accumulate ? before : unwritten(rows * columns), rows, columns, paddedRows, row)
        PanelProduct.multiplyTransposed(
          rows: rows, columns: columns, depth: depth,
          padded(transposed(a, rows: rows, columns: depth), depth, rows, depth, paddedRows), lda: paddedRows,
          padded(b, depth, columns, depth, row), ldb: row, accumulate: accumulate, into: &c, ldc: row)
        assertClose(cut(c, rows, columns, row), expected, "transposed, \(label)")
      }
    }
  }

  func testARunOfProductsAddsItsBias() {
    let (rows, columns, depth) = (11, width + 3, 21)
    let (a, b, bias) = (numbers(rows * depth), numbers(depth * columns, seed: 2), numbers(columns, seed: 4))
    let panels = packed(b, depth: depth, columns: columns)
    let product = plainProduct(a, b, rows: rows, depth: depth, columns: columns)
    var c = unwritten(rows * columns)
    var memory = unwritten(1 + ProductRun.memoryElements(.whole, depth: depth))
    memory.withUnsafeMutableBufferPointer {
      ProductRun.with(.whole, $0.baseAddress!) { run in
        run.multiplyExactly(
          rows: rows, columns: columns, depth: depth, a, lda: depth, panels: panels, bias: bias, accumulate: false,
          into: &c, ldc: columns)
      }
    }
    assertClose(c, product.enumerated().map { $1 + Double(bias[$0 % columns]) })
  }

  /// Rows of a matrix that come in parts, as Winograd's transforms bring them.
  func testStripsAndPanelsCutInParts() {
    let (rows, columns, depth) = (19, 14, width + 7)
    let (a, b) = (numbers(depth * rows), numbers(depth * columns, seed: 2))
    var strips = unwritten(PanelProduct.stripElements(depth: depth, rows: rows, .whole))
    var panels = unwritten(PanelProduct.panelElements(depth: depth, columns: columns))
    for start in stride(from: 0, to: depth, by: 10) {
      let count = min(10, depth - start)
      MatrixPanels.cutStrips(
        Array(a[(start * rows)...]), row: rows, rows: count, columns: rows, at: start, of: depth, .whole, into: &strips)
      MatrixPanels.cutPanels(
        Array(b[(start * columns)...]), row: columns, rows: count, columns: columns, at: start, of: depth, .whole,
        into: &panels)
    }
    XCTAssertEqual(strips, self.strips(transposed(a, rows: depth, columns: rows), rows, depth))
    XCTAssertEqual(panels, packed(b, depth: depth, columns: columns))
  }

  private func packed(_ b: [Scalar], depth: Int, columns: Int) -> [Scalar] {
    var panels = unwritten(PanelProduct.panelElements(depth: depth, columns: columns))
    for first in stride(from: 0, to: columns, by: width) {
      panels.withUnsafeMutableBufferPointer {
        MatrixPanels.pack(
          b, row: columns, depth: depth, columns: columns, panelFrom: first, .whole,
          into: $0.baseAddress! + first * depth)
      }
    }
    return panels
  }

  private func strips(_ a: [Scalar], _ rows: Int, _ depth: Int) -> [Scalar] {
    var strips = unwritten(PanelProduct.stripElements(depth: depth, rows: rows, .whole))
    MatrixPanels.cutStrips(
      transposed(a, rows: rows, columns: depth), row: rows, rows: depth, columns: rows, at: 0, of: depth, .whole,
      into: &strips)
    return strips
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
