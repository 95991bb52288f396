import BisslCore

/// An operation of the tape, stated by its four rules. There are no defaults: a missing rule does not compile.
///
/// With y = f(x₁, …, xₙ), tangents ẋᵢ, cotangent ȳ and x̄ᵢ = (∂f/∂xᵢ)ᵀ ȳ:
///
/// | rule          | gives                                               |
/// |---------------|-----------------------------------------------------|
/// | `forward`     | y, and what the other rules want to keep            |
/// | `jvp`         | ẏ = Σᵢ (∂f/∂xᵢ) ẋᵢ                                  |
/// | `vjp`         | x̄ᵢ                                                  |
/// | `vjpTangent`  | the tangent of x̄ᵢ along (ẋ, ȳ̇)                      |
///
/// `nil` is a symbolic zero: a tangent that is known to vanish is skipped, not multiplied. At least one tangent is not
/// `nil` when `jvp` is called, and at least one of the tangents and `cotangentTangent` when `vjpTangent` is. Rules
/// answer `nil` for inputs that are not `wanted` and for results that vanish identically.
///
/// The other members are no rules: they tell what is not needed (`isLinear`, `usesTangent`) and what costs little
/// (`rematerialization`, `isRematerializedInPassing`, `isCheapToDifferentiate`), so that memory can be freed.
///
/// Most operations derive their rules from what they are: see `PointwiseOperation`, `LinearOperation` and
/// `BilinearOperation`.
public protocol Operation {
  associatedtype Saved

  /// The operation's name in messages, as PyTorch's users know it.
  var name: String { get }

  /// How the output is rematerialised, to the bit, from the inputs and what `forward` saved, where that costs about one pass
  /// over memory; nil where it costs more.
  var rematerialization: (([Tensor], Saved) throws -> Tensor)? { get }

  /// Whether linearizations never keep the output: to rematerialise it costs little of what the operations beside it cost.
  var isRematerializedInPassing: Bool { get }

  /// Whether `jvp` and `vjp` cost about one pass over memory.
  var isCheapToDifferentiate: Bool { get }

  /// Whether the output is linear (at the saved selection of a ReLU, say) in these inputs together, the others held
  /// constant. Then `vjpTangent` is `vjp` of the cotangent's tangent.
  func isLinear(inInputs varying: [Bool]) -> Bool

  /// Whether `vjpTangent` depends on the tangent of this input.
  func usesTangent(ofInput input: Int) -> Bool

  func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Saved)
  func jvp(at point: Point<Saved>, tangents: [Tensor?]) throws -> Tensor?
  func vjp(at point: Point<Saved>, cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?]
  func vjpTangent(
    at point: Point<Saved>, tangents: [Tensor?], cotangent: Tensor, cotangentTangent: Tensor?, wanted: [Bool]
  ) throws -> [Tensor?]
}

/// Where the rules are evaluated: what `forward` saw and made.
public struct Point<Saved> {
  public let inputs: [Tensor]
  public let output: Tensor
  public let saved: Saved

  public init(inputs: [Tensor], output: Tensor, saved: Saved) {
    self.inputs = inputs
    self.output = output
    self.saved = saved
  }
}

extension Operation {
  public var rematerialization: (([Tensor], Saved) throws -> Tensor)? { nil }
  public var isRematerializedInPassing: Bool { false }
  public var isCheapToDifferentiate: Bool { rematerialization != nil }
  public func isLinear(inInputs varying: [Bool]) -> Bool { false }
  public func usesTangent(ofInput input: Int) -> Bool { true }

  /// Throws unless `inputs` has `count` members; every `forward` begins with it.
  func expect(_ count: Int, _ inputs: [Tensor]) throws {
    try require(inputs.count == count, .value("\(name): expected \(count) inputs, got \(inputs.count)"))
  }

  /// Throws a `ValueError` that opens with the operation's name.
  func check(_ condition: Bool, _ message: @autoclosure () -> String) throws {
    try require(condition, .value("\(name): \(message())"))
  }

  /// An uninitialised tensor whose `MemoryError` names this operation.
  func makeTensor(_ shape: Shape) throws -> Tensor { try Tensor(shape, for: name) }
}
