import CBissl

/// How the operands of a matrix product are held.
public enum OperandFormat: Hashable, Sendable {
  /// As numbers.
  case whole
  /// As sums of two bfloat16 terms, x ≈ x₀ + x₁ within 2⁻¹⁷ of x, which processors with matrix tiles (AMX) multiply many
  /// times faster: a·b ≈ a₀·b₀ + a₀·b₁ + a₁·b₀, summed in single precision.
  case split

  /// Whether this machine has matrix tiles, or emulates them for tests; they serve single precision.
  public static let supportsSplit = MemoryLayout<Scalar>.size == 4 && bissl_tiles_supported() != 0

  /// Whether the system lets this process use them; it is asked at the first call.
  public static let isSplitGranted = supportsSplit && bissl_tiles_request() != 0

  /// Rows of panels and strips as they lie in memory, for `depth` of them: whole steps of tiles where split.
  public func padded(depth: Int) -> Int {
    self == .whole ? depth : (depth + SplitTiles.step - 1) / SplitTiles.step * SplitTiles.step
  }

  /// `self`, but `whole` where a product of these extents would hardly fill tiles.
  public func serving(depth: Int, columns: Int) -> OperandFormat {
    depth >= SplitTiles.step && columns >= SplitTiles.extent ? self : .whole
  }
}
