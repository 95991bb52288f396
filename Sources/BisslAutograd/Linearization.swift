import BisslCore
import BisslKernels

/// A symmetric matrix that a `Linearization` gives products with.
public enum Curvature: String, CaseIterable, Sendable {
  /// The Hessian H = ∂²L/∂θ².
  case exact
  /// JᵀH_L J: J the Jacobian of the embeddings (`Tape.embedding`) in θ, H_L the loss's own Hessian there. Positive
  /// semi-definite where the loss is convex in the embeddings. A product costs 4 convolution-sized ones, not 6.
  case gaussNewton = "gauss-newton"
}

/// A loss expanded to second order at one point. Keeps the primal activations and the adjoints, but for
/// what is made again in passing, so that a Hessian-vector product costs one tangent sweep forward
/// and one backward (`ProductSweep`) and never re-runs the primal.
///
/// Hessian products are taken within a subset of the parameter vectors, fixed here: H = ∂²L/∂θ² over the `differentiated`
/// vectors, all others held constant. Tangents of the others are zero symbolically and cost nothing.
public final class Linearization {
  public let loss: Scalar
  public let gradients: [ParameterVector: Tensor]
  private let tape: Tape
  private let adjoints: [Tensor?]
  private let differentiated: Set<ParameterVector>
  /// Nodes that depend on a differentiated vector: only these have tangents, and only their adjoints matter.
  private let active: [Bool]
  /// Active nodes with a second derivative.
  private let nonlinear: [Bool]
  private let consumers: Consumers
  /// Nodes that lead to an embedding; nil where none was marked.
  private let network: [Bool]?

  /// - Parameters:
  ///   - tape: what recorded `loss`; must not change afterwards.
  ///   - wanted: the vectors whose gradient is kept (all unless given).
  public init(
    _ tape: Tape, loss: Variable, differentiated: Set<ParameterVector>, wanted: Set<ParameterVector>? = nil
  ) throws {
    let active = tape.dependents(on: differentiated)
    let nonlinear = tape.nonlinear(active)
    let consumers = Consumers(of: tape)
    let isKept = consumers.adjointsNeeded(of: tape, nonlinear: nonlinear)
    var sweep = try ReverseSweep(
      tape: tape, loss: loss, wanted: wanted ?? Set(tape.vectors.indices.map(ParameterVector.init)))
    try MemoryPool.during("adjoints") {
      while let index = sweep.next() {
        try sweep.visit(
          index, of: tape, keepingAdjoint: isKept[index] && !consumers.rematerializesAdjoint(of: index))
        tape.forget(index)
      }
    }
    self.tape = tape
    self.loss = try loss.value.item()
    gradients = sweep.gradients
    self.differentiated = differentiated
    self.active = active
    self.nonlinear = nonlinear
    self.consumers = consumers
    network = tape.embeddings.isEmpty ? nil : tape.ancestorsOfEmbeddings()
    adjoints = sweep.adjoints
  }

  /// H·u for one direction per differentiated vector; a missing direction is zero.
  public func hessianProduct(_ direction: [ParameterVector: Tensor]) throws -> [ParameterVector: Tensor] {
    try product(.exact, direction)
  }

  /// As `hessianProduct`, with the matrix of one's choice.
  ///
  /// - Throws: `state` for a Gauss-Newton product of a loss that marked no embedding.
  public func product(
    _ curvature: Curvature, _ direction: [ParameterVector: Tensor]
  ) throws -> [ParameterVector: Tensor] {
    let nonlinear = try nonlinear(curvature)
    for (vector, tangent) in direction {
      try require(
        differentiated.contains(vector), .value("a Hessian product was asked along a vector that is held constant"))
      try require(
        tangent.shape == tape.vectors[vector.index].shape,
        .value("u: expected shape \(tape.vectors[vector.index].shape), got \(tangent.shape)"))
    }
    var sweep = ProductSweep(
      tape: tape, active: active, nonlinear: nonlinear, adjoints: adjoints, consumers: consumers,
      differentiated: differentiated)
    defer { tape.forgetAll() }
    try MemoryPool.during("tangents") { try sweep.tangents(along: direction) }
    return try MemoryPool.during("tangents of adjoints") { try sweep.adjointTangents() }
  }

  /// The nodes whose second derivative counts.
  private func nonlinear(_ curvature: Curvature) throws -> [Bool] {
    switch curvature {
    case .exact: return nonlinear
    case .gaussNewton:
      guard let network else {
        throw EngineError.state("a Gauss-Newton product needs to know where the loss begins: mark what enters it")
      }
      return zip(nonlinear, network).map { $0 && !$1 }
    }
  }
}
