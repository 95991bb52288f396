import BisslKernels

/// Other forms of one tensor that operations have worked out, such as packed or transformed weights, kept so that all
/// products of a linearization work them out once. Only for tensors that do not change while the object lives: a tape's
/// parameters and the directions of a Hessian product.
public final class PreparedForms {
  public enum Kind: Hashable {
    case columns(WeightOrder.Direction)
    case winograd(WinogradTile, WeightOrder.Direction, OperandFormat)
    case phases(stride: Int)
    /// Of a matrix, or of its transpose.
    case panels(rows: Int, columns: Int, BLAS.Transpose, OperandFormat)
  }

  private var forms: [Kind: Tensor] = [:]

  public init() {}

  /// Lets go of all forms; they are worked out anew where they are asked for again.
  public func removeAll() { forms.removeAll() }

  /// The form that is kept, or what `make` makes of it, kept where it was made whole.
  public func form(_ kind: Kind, make: () throws -> Tensor) throws -> Tensor {
    if let known = forms[kind] { return known }
    let made = try Interrupt.whole(make)
    forms[kind] = made
    return made
  }
}
