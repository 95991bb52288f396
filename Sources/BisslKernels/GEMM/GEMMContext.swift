/// A run of products that one thread does. In the format `split` it has the processor's matrix tiles at hand, which take as
/// long to be made ready as a small product does.
public struct ProductRun {
  public let format: OperandFormat
  private let memory: Destination

  /// Elements of memory that a run of products of at most `depth` needs; `rows` and `columns` are the most of what
  /// `multiplyTransposed` makes.
  public static func memoryElements(_ format: OperandFormat, depth: Int, rows: Int = 0, columns: Int = 0) -> Int {
    format == .whole ? 0 : SplitProduct.memoryElements(depth: depth, rows: rows, columns: columns)
  }

  public static func with(_ format: OperandFormat, _ memory: Destination, _ body: (ProductRun) -> Void) {
    let run = ProductRun(format: format, memory: memory)
    if format == .whole {
      body(run)
    } else {
      SplitProduct.withTiles { body(run) }
    }
  }

  /// c (rows, columns) = or += a·b, with a (rows, depth) and b in panels of the run's format. Writes c up to its padded
  /// extents and reads as many rows of a.
  public func multiply(
    rows: Int, columns: Int, depth: Int, _ a: Source, lda: Int, panels b: Source, accumulate: Bool,
    into c: Destination, ldc: Int
  ) {
    if format == .whole {
      PanelProduct.multiply(
        rows: rows, columns: columns, depth: depth, a, lda: lda, panels: b, accumulate: accumulate, into: c, ldc: ldc)
    } else {
      SplitProduct.multiply(
        rows: PanelProduct.padded(rows: rows, format), columns: SplitTiles.padded(columns: columns), depth: depth, a,
        lda: lda, panels: b, bias: nil, accumulate: accumulate, into: c, ldc: ldc, memory)
    }
  }

  /// c (rows, columns) = or += a·b + bias, with operands and result as in `multiply` but without padding: reads `rows` rows
  /// of a, writes `rows` × `columns` of c. A missing bias, one row of numbers, is zero.
  public func multiplyExactly(
    rows: Int, columns: Int, depth: Int, _ a: Source, lda: Int, panels b: Source, bias: Source?, accumulate: Bool,
    into c: Destination, ldc: Int
  ) {
    if format == .whole {
      PanelProduct.multiplyExactly(
        rows: rows, columns: columns, depth: depth, a, lda: lda, panels: b, accumulate: accumulate, into: c, ldc: ldc)
      guard let bias else { return }
      Rows.addVector(c, row: ldc, bias, rows: rows, columns: columns, into: c)
    } else {
      SplitProduct.multiply(
        rows: rows, columns: columns, depth: depth, a, lda: lda, panels: b, bias: bias, accumulate: accumulate, into: c,
        ldc: ldc, memory)
    }
  }

  /// c (rows, columns) = or += aᵀ·b, with a (depth, rows) and b (depth, columns). Writes c and reads a and b up to the
  /// padded extents.
  public func multiplyTransposed(
    rows: Int, columns: Int, depth: Int, _ a: Source, lda: Int, _ b: Source, ldb: Int, accumulate: Bool,
    into c: Destination, ldc: Int
  ) {
    if format == .whole {
      PanelProduct.multiplyTransposed(
        rows: rows, columns: columns, depth: depth, a, lda: lda, b, ldb: ldb, accumulate: accumulate, into: c, ldc: ldc)
    } else {
      SplitProduct.multiplyTransposed(
        rows: rows, columns: columns, depth: depth, a, lda: lda, b, ldb: ldb, accumulate: accumulate, into: c, ldc: ldc,
        memory)
    }
  }
}
