#if !BISSL_DOUBLE
  import CBissl
  import XCTest

  @testable import BisslKernels

  /// Products of numbers in two bfloat16 terms, on the processor's matrix tiles, or on emulated ones where it has none.
  /// Blocks are as wide as tiles only where the build has AVX-512, or the environment BISSL_EMULATE_TILES=1.
  final class BF16x2GEMMTests: OperandTestCase {
    /// Two terms leave 2⁻¹⁷ of each factor.
    private let termError = 3e-5

    override func setUpWithError() throws {
      try XCTSkipIf(Packing.blockColumns % BF16x2Packing.extent != 0, "blocks are narrower than tiles")
      if !BF16x2GEMM.isGranted { bissl_tiles_emulate(1) }
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
        let operands = GEMMOperands.rows(
          operand(a), lda: depth, packedB: operand(packed(b, depth: depth, columns: columns)), isExact: true)
        let shape = GEMMShape(rows: rows, columns: columns, depth: depth)
        var c = unwritten(rows * columns)
        multiply(shape, operands, accumulate: false, epilogue: .bias(operand(bias)), &c, columns)
        assertClose(c, expected, within: termError, "\(rows), \(columns), \(depth)")
        multiply(shape, operands, accumulate: true, &c, columns)
        assertClose(
          c, zip(expected, product).map { $0 + $1 }, within: termError, "\(rows), \(columns), \(depth), accumulated")
      }
    }

    func testTransposedProductsAgainstPlainLoops() {
      for (rows, columns, depth) in shapes {
        let (a, b) = (numbers(rows * depth), numbers(depth * columns, seed: 2))
        let expected = plainProduct(a, b, rows: rows, depth: depth, columns: columns)
        let turned = transposed(a, rows: rows, columns: depth)
        let extent = BF16x2Packing.extent
        let (down, row) = (Packing.padded(rows, to: extent), Packing.padded(columns, to: Packing.blockColumns))
        let shape = GEMMShape(rows: rows, columns: columns, depth: depth)
        var c = unwritten(down * row)
        multiply(
          shape, .transposed(operand(turned), lda: rows, operand(b), ldb: columns), accumulate: false, &c, row)
        let found = (0..<rows * columns).map { c[$0 / columns * row + $0 % columns] }
        assertClose(found, expected, within: termError, "\(rows), \(columns), \(depth)")

        var packedA = unwritten(Packing.padded(depth, to: BF16x2Packing.step) * down)
        BF16x2Packing.packRowsOfA(
          turned, lda: rows, rows: depth, columns: rows, at: 0, of: depth, into: &packedA)
        var fromPacked = unwritten(rows * columns)
        multiply(
          shape, .packed(operand(packedA), operand(packed(b, depth: depth, columns: columns))), accumulate: false,
          &fromPacked, columns)
        assertClose(fromPacked, expected, within: termError, "packed, \(rows), \(columns), \(depth)")
      }
    }

    /// A block of numbers that is packed in its place is the block packed from the matrix.
    func testPackingInPlace() {
      let (depth, width) = (45, Packing.blockColumns)
      let b = numbers(depth * width)
      var block = b + [Scalar](repeating: 0, count: (64 - depth) * width)
      BF16x2Packing.convert(&block, rows: 0..<depth)
      XCTAssertEqual(block.map(\.bitPattern), packed(b, depth: depth, columns: width).map(\.bitPattern))
    }

    /// One step on tiles: each sum takes its 32 products, whatever stands in the others.
    func testAStepOfTiles() {
      let (a, b) = (numbers(32 * 32), numbers(32 * 32, seed: 2))
      let before = numbers(32 * 32, seed: 3)
      var (left, right) = (unwritten(BF16x2Packing.stepElements), unwritten(BF16x2Packing.stepElements))
      BF16x2Packing.packRows(a, row: 32, rows: 32, depth: 32, into: &left)
      BF16x2Packing.packColumns(b, row: 32, depth: 32, columns: 32, into: &right)
      var c = before
      BF16x2GEMM().begin()
      bissl_sums_load(c, 128)
      bissl_left_load(left)
      bissl_right_load(right)
      bissl_sums_add_products()
      bissl_sums_store(&c, 128)
      BF16x2GEMM().end()
      func firstTerm(_ x: Scalar) -> Scalar { Scalar(bitPattern: (x.bitPattern &+ 0x8000) & 0xffff_0000) }
      let product = plainProduct(a.map(firstTerm), b.map(firstTerm), rows: 32, depth: 32, columns: 32)
      assertClose(c, zip(before, product).map { Double($0) + $1 }, within: 1e-6)
    }

    private func packed(_ b: [Scalar], depth: Int, columns: Int) -> [Scalar] {
      let padded = Packing.padded(columns, to: Packing.blockColumns)
      var packed = unwritten(Packing.padded(depth, to: BF16x2Packing.step) * padded)
      BF16x2Packing.packRowsOfB(b, ldb: columns, rows: depth, columns: columns, at: 0, of: depth, into: &packed)
      return packed
    }

    /// With as much workspace as `GEMMBackend.workspace` says.
    private func multiply(
      _ shape: GEMMShape, _ operands: GEMMOperands, accumulate: Bool, epilogue: Epilogue = .none, _ c: inout [Scalar],
      _ ldc: Int
    ) {
      let factors = Packing.padded(shape.rows, to: 32) + Packing.padded(shape.columns, to: Packing.blockColumns)
      let pass = min(BF16x2GEMM.depthOfPass, Packing.padded(shape.depth, to: 32))
      var workspace = unwritten(BF16x2GEMM.blockElements + pass * max(BF16x2GEMM.rowsAtOnce, factors))
      let gemm = BF16x2GEMM()
      gemm.begin()
      gemm.multiply(
        shape, operands, accumulate: accumulate, epilogue: epilogue, into: &c, ldc: ldc, workspace: &workspace)
      gemm.end()
    }
  }
#endif
