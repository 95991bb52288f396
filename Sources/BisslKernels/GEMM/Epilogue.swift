/// What becomes of the entries of a product after their last term is added, while they are in cache. A further kind is
/// a case here and a line in `apply`: backends and drivers hand on whatever it is.
public enum Epilogue {
  case none
  /// c[r][j] += bias[j]
  case bias(Source)

  /// The epilogue of the block of the result that begins at this row and column.
  public func block(row: Int, column: Int) -> Epilogue {
    switch self {
    case .none: .none
    case .bias(let bias): .bias(bias + column)
    }
  }

  /// Rows of c lie `ldc` elements apart.
  public func apply(to c: Destination, ldc: Int, rows: Int, columns: Int) {
    switch self {
    case .none: return
    case .bias(let bias): Rows.addVector(c, row: ldc, bias, rows: rows, columns: columns, into: c)
    }
  }
}
