import BisslCore

/// A symmetric matrix that a `Linearization` gives products with.
public enum Curvature: String, CaseIterable, Sendable {
  /// The Hessian H = ∂²L/∂θ².
  case exact
  /// JᵀH_L J: J the Jacobian of the embeddings (`Tape.embedding`) in θ, H_L the loss's own Hessian there. Positive
  /// semi-definite where the loss is convex in the embeddings. A product costs 4 convolution-sized ones, not 6.
  case gaussNewton = "gauss-newton"
}

/// A loss expanded to second order at one point. Keeps the primal activations and the adjoints, so that a
/// Hessian-vector product costs one tangent sweep forward and one backward and never re-runs the primal.
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
  /// Nodes that lead to an embedding; nil where none was marked.
  private let network: [Bool]?

  /// - Parameters:
  ///   - tape: what recorded `loss`; must not change afterwards.
  ///   - wanted: the vectors whose gradient is kept (all unless given).
  public init(
    _ tape: Tape, loss: Variable, differentiated: Set<ParameterVector>, wanted: Set<ParameterVector>? = nil
  ) throws {
    var sweep = try ReverseSweep(
      tape: tape, loss: loss, wanted: wanted ?? Set(tape.vectors.indices.map(ParameterVector.init)))
    while let index = sweep.next() { try sweep.visit(index, node: tape.nodes[index], keepingAdjoint: true) }
    self.tape = tape
    self.loss = try loss.value.item()
    gradients = sweep.gradients
    self.differentiated = differentiated
    let active = tape.dependents(on: differentiated)
    self.active = active
    network = tape.embeddings.isEmpty ? nil : tape.ancestorsOfEmbeddings()
    adjoints = sweep.adjoints.indices.map { active[$0] ? sweep.adjoints[$0] : nil }
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
    let curved = try curvedNodes(curvature)
    for (vector, tangent) in direction {
      try require(
        differentiated.contains(vector), .value("a Hessian product was asked along a vector that is held constant"))
      try require(
        tangent.shape == tape.vectors[vector.index].shape,
        .value("u: expected shape \(tape.vectors[vector.index].shape), got \(tangent.shape)"))
    }
    var tangents = try tangentSweep(direction)
    return try adjointTangentSweep(&tangents, curved)
  }

  /// The nodes whose second derivative counts.
  private func curvedNodes(_ curvature: Curvature) throws -> [Bool] {
    switch curvature {
    case .exact: return active
    case .gaussNewton:
      guard let network else {
        throw EngineError.state("a Gauss-Newton product needs to know where the loss begins: mark what enters it")
      }
      return zip(active, network).map { $0 && !$1 }
    }
  }

  /// Forward: ẏ of every active node.
  private func tangentSweep(_ direction: [ParameterVector: Tensor]) throws -> [Tensor?] {
    var tangents = [Tensor?](repeating: nil, count: tape.nodes.count)
    for (index, node) in tape.nodes.enumerated() where active[index] {
      switch node {
      case .leaf(let vector, let offset, let value):
        tangents[index] = try direction[vector]?.window(at: offset, value.shape).preparing()
      case .operation(let operation):
        let inputs = operation.inputNodes.map { node in node.flatMap { tangents[$0] } }
        if inputs.contains(where: { $0 != nil }) { tangents[index] = try operation.jvp(inputs) }
      }
      try Interrupt.check()
    }
    return tangents
  }

  /// Backward: the tangent of every active adjoint; those of the leaves are the product. Tangents are let go on the way.
  /// Nodes that are not curved pass it on as they pass an adjoint.
  private func adjointTangentSweep(
    _ tangents: inout [Tensor?], _ curved: [Bool]
  ) throws -> [ParameterVector: Tensor] {
    var products: [ParameterVector: Tensor] = [:]
    for vector in differentiated { products[vector] = try Tensor.zeros(tape.vectors[vector.index].shape) }
    var adjointTangents = [Tensor?](repeating: nil, count: tape.nodes.count)
    for index in tape.nodes.indices.reversed() where active[index] {
      switch tape.nodes[index] {
      case .leaf(let vector, let offset, let value):
        if let tangent = adjointTangents[index] { try products[vector]?.add(tangent, at: offset, shape: value.shape) }
      case .operation(let operation):
        tangents[index] = nil
        guard let adjoint = adjoints[index] else { continue }
        let inputs = operation.inputNodes.map { node in curved[index] ? node.flatMap { tangents[$0] } : nil }
        let cotangentTangent = adjointTangents[index]
        if cotangentTangent == nil && inputs.allSatisfy({ $0 == nil }) { continue }
        let wanted = operation.inputNodes.map { node in node.map { active[$0] } ?? false }
        let results =
          if let cotangentTangent, !curved[index] {
            try operation.vjp(cotangentTangent, wanted: wanted)
          } else {
            try operation.vjpTangent(
              inputs, cotangent: adjoint, cotangentTangent: cotangentTangent, wanted: wanted)
          }
        try Interrupt.check()
        for (node, result) in zip(operation.inputNodes, results) {
          if let node, let result { try adjointTangents.accumulate(result, at: node) }
        }
      }
      adjointTangents[index] = nil
    }
    return products
  }
}
