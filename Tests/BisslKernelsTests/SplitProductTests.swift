#if !BISSL_DOUBLE
  import CBissl
  import XCTest

  @testable import BisslKernels

  /// Products of numbers in two bfloat16 terms, on the processor's matrix tiles, or on emulated ones where it has none.
  /// Panels are as wide as tiles only where the build has AVX-512, or the environment BISSL_EMULATE_TILES=1.
  final class SplitProductTests: XCTestCase {
    /// Two terms leave 2⁻¹⁷ of each factor.
    private let splitError = 3e-5

    override func setUpWithError() throws {
      try XCTSkipIf(PanelProduct.blockColumns % SplitTiles.extent != 0, "panels are narrower than tiles")
      if !OperandFormat.isSplitGranted { bissl_tiles_emulate(1) }
    }

    private let shapes = [
      (1, 1, 1), (32, 32, 32), (31, 33, 32), (33, 31, 33), (64, 64, 64), (70, 95, 65), (97, 130, 512), (5, 40, 513),
      (300, 65, 40), (40, 64, 1100),
    ]

    func testProductsAgainstPlainLoops() {
      for (rows, columns, depth) in shapes {
        let (a, b, bias) = (numbers(rows * depth), numbers(depth * columns, seed: 2), numbers(columns, seed: 4))
        let product = plainProduct(a, b, rows: rows, depth: depth, columns: columns)
        let expected = product.enumerated().map { $1 + Double(bias[$0 % columns]) }
        let panels = packed(b, depth: depth, columns: columns)
        var c = unwritten(rows * columns)
        run(depth: depth) { memory in
          SplitProduct.multiply(
            rows: rows, columns: columns, depth: depth, a, lda: depth, panels: panels, bias: bias, accumulate: false,
            into: &c, ldc: columns, memory)
        }
        assertClose(c, expected, within: splitError, "\(rows), \(columns), \(depth)")
        run(depth: depth) { memory in
          SplitProduct.multiply(
            rows: rows, columns: columns, depth: depth, a, lda: depth, panels: panels, bias: nil, accumulate: true,
            into: &c, ldc: columns, memory)
        }
        assertClose(
          c, zip(expected, product).map { $0 + $1 }, within: splitError, "\(rows), \(columns), \(depth), accumulated")
      }
    }

    func testTransposedProductsAgainstPlainLoops() {
      for (rows, columns, depth) in shapes {
        let (a, b) = (numbers(rows * depth), numbers(depth * columns, seed: 2))
        let expected = plainProduct(a, b, rows: rows, depth: depth, columns: columns)
        let turned = transposed(a, rows: rows, columns: depth)
        let (down, row) = (PanelProduct.padded(rows: rows, .split), PanelProduct.padded(columns: columns))
        var c = unwritten(down * row)
        run(depth: depth, rows: rows, columns: columns) { memory in
          SplitProduct.multiplyTransposed(
            rows: rows, columns: columns, depth: depth, turned, lda: rows, b, ldb: columns, accumulate: false,
            into: &c, ldc: row, memory)
        }
        let found = (0..<rows * columns).map { c[$0 / columns * row + $0 % columns] }
        assertClose(found, expected, within: splitError, "\(rows), \(columns), \(depth)")

        var strips = unwritten(PanelProduct.stripElements(depth: depth, rows: rows, .split))
        MatrixPanels.cutStrips(
          turned, row: rows, rows: depth, columns: rows, at: 0, of: depth, .split, into: &strips)
        var fromStrips = unwritten(rows * columns)
        PanelProduct.multiplyStrips(
          rows: rows, columns: columns, depth: depth, strips: strips,
          panels: packed(b, depth: depth, columns: columns), .split, accumulate: false, into: &fromStrips, ldc: columns)
        assertClose(fromStrips, expected, within: splitError, "strips, \(rows), \(columns), \(depth)")
      }
    }

    /// A panel of numbers split in its place is the panel split from the matrix.
    func testSplitInPlace() {
      let (depth, width) = (45, PanelProduct.blockColumns)
      let b = numbers(depth * width)
      var panel = b + [Scalar](repeating: 0, count: (64 - depth) * width)
      SplitTiles.splitPanel(&panel, rows: 0..<depth)
      XCTAssertEqual(panel.map(\.bitPattern), packed(b, depth: depth, columns: width).map(\.bitPattern))
    }

    /// One step on tiles: each sum takes its 32 products, whatever stands in the others.
    func testAStepOfTiles() {
      let (a, b) = (numbers(32 * 32), numbers(32 * 32, seed: 2))
      let before = numbers(32 * 32, seed: 3)
      var (left, right) = (unwritten(SplitTiles.stepElements), unwritten(SplitTiles.stepElements))
      SplitTiles.splitRows(a, row: 32, rows: 32, depth: 32, into: &left)
      SplitTiles.splitColumns(b, row: 32, depth: 32, columns: 32, into: &right)
      var c = before
      SplitProduct.withTiles {
        bissl_sums_load(c, 128)
        bissl_left_load(left)
        bissl_right_load(right)
        bissl_sums_add_products()
        bissl_sums_store(&c, 128)
      }
      func firstTerm(_ x: Scalar) -> Scalar { Scalar(bitPattern: (x.bitPattern &+ 0x8000) & 0xffff_0000) }
      let product = plainProduct(a.map(firstTerm), b.map(firstTerm), rows: 32, depth: 32, columns: 32)
      assertClose(c, zip(before, product).map { Double($0) + $1 }, within: 1e-6)
    }

    private func packed(_ b: [Scalar], depth: Int, columns: Int) -> [Scalar] {
      var panels = unwritten(PanelProduct.panelElements(depth: depth, columns: columns, .split))
      MatrixPanels.cutPanels(b, row: columns, rows: depth, columns: columns, at: 0, of: depth, .split, into: &panels)
      return panels
    }

    private func run(depth: Int, rows: Int = 0, columns: Int = 0, _ body: (Destination) -> Void) {
      SplitProduct.withTiles(
        memory: SplitProduct.memoryElements(depth: depth, rows: rows, columns: columns), body)
    }
  }
#endif
