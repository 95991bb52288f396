import BisslCore
import BisslKernels

/// How exact matrix products are, as PyTorch's `set_float32_matmul_precision` has it.
public enum ProductPrecision {
  /// False: sums of products of single precision. True: of numbers in two bfloat16 terms, where the processor has matrix
  /// tiles.
  nonisolated(unsafe) public private(set) static var isHigh = false

  /// Called from the boundary, under the engine's lock. Throws where the machine has tiles that this process may not use.
  public static func setHigh(_ high: Bool) throws {
    try require(
      !high || !OperandFormat.supportsSplit || OperandFormat.isSplitGranted,
      .state(
        "precision: the system refuses this process its matrix tiles (signal stacks may be too small for them): "
          + "call it before other libraries are loaded, or stay with \"highest\""))
    isHigh = high
  }

  /// The format of operands now.
  static var format: OperandFormat { isHigh && OperandFormat.supportsSplit ? .split : .whole }
}
