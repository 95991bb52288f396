import BisslCore

/// How exact matrix products are, as PyTorch's `set_float32_matmul_precision` has it.
public enum ProductPrecision {
  /// False: sums of products of single precision. True: of numbers in two bfloat16 terms, where the processor has matrix
  /// tiles. Set from the boundary, under the engine's lock.
  nonisolated(unsafe) public static var isHigh = false

  /// The format of operands now.
  static var format: OperandFormat { isHigh && OperandFormat.hasSplit ? .split : .whole }
}
