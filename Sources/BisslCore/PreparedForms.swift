import BisslKernels

/// Other forms of one tensor that operations have worked out, such as packed or transformed weights, kept so that all
/// products of a linearization work them out once. Only for tensors that do not change while the object lives: a tape's
/// parameters and the directions of a Hessian product.
public final class PreparedForms {
  public enum Kind: Hashable {
    /// Convolution weights, packed for products with im2col matrices.
    case im2col(WeightOrder.Direction)
    /// Convolution weights, transformed and packed.
    case winograd(WinogradTile, WeightOrder.Direction, GEMMLayout)
    case spaceToDepth(stride: Int)
    /// Convolution weights (channels, taps) as (taps, channels).
    case depthwise
    /// Convolution weights of one group.
    case group(Int)
    /// A matrix, or its transpose, packed.
    case packedB(rows: Int, columns: Int, isTransposed: Bool, GEMMLayout)
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
