import BisslKernels

/// Which backend multiplies, and what all of them agree on about memory.
public enum GEMM {
  /// How exact products are, as PyTorch's `set_float32_matmul_precision` has it.
  public enum Precision: Equatable, Sendable {
    /// "highest": sums of products in the build's precision.
    case full
    /// "high": of numbers as sums of two bfloat16 terms, where the processor has matrix tiles for them and the product
    /// is large enough to fill them.
    case bf16x2
  }

  /// The precision of products that are not asked to be exact.
  nonisolated(unsafe) public private(set) static var precision = Precision.full

  /// Called from the boundary, under the engine's lock. Throws where the machine has tiles that this process may not
  /// use.
  public static func setPrecision(_ precision: Precision) throws {
    try require(
      precision == .full || !BF16x2GEMM.isSupported || BF16x2GEMM.isGranted,
      .state(
        "precision: the system refuses this process its matrix tiles (signal stacks may be too small for them): "
          + "call it before other libraries are loaded, or stay with \"highest\""))
    self.precision = precision
  }

  /// The backend that multiplies in the build's precision.
  public static let full: any GEMMBackend = FullGEMM()

  /// All that `backend` chooses from.
  public static let backends: [any GEMMBackend] = [full, BF16x2GEMM()]

  /// The backend for products of such a depth and so many columns, at most.
  public static func backend(
    depth: Int, columns: Int, _ precision: Precision = GEMM.precision
  ) -> any GEMMBackend {
    let fillsTiles = depth >= BF16x2Packing.step && columns >= BF16x2Packing.extent
    return precision == .bf16x2 && BF16x2GEMM.isSupported && fillsTiles ? BF16x2GEMM() : full
  }

  /// Columns of a block of packed B.
  public static let blockColumns = Packing.blockColumns

  /// The columns for which c has room in products that write whole blocks.
  public static func paddedColumns(_ columns: Int) -> Int { Packing.padded(columns, to: blockColumns) }

  /// Elements from one row to the next of an operand with `columns` columns: padded, and no power of two, whose
  /// multiples would share few sets of the cache.
  public static func rowStride(_ columns: Int) -> Int { paddedColumns(columns) + 16 }

  /// Elements from one to the next of matrices that are read or written side by side, with `rows` rows `row` apart: an
  /// odd number of cache lines (16 numbers, whose multiples rows are), so that the same place of each is in another set
  /// of the cache.
  public static func matrixStride(rows: Int, row: Int) -> Int { (rows * row / 16 | 1) * 16 }
}
