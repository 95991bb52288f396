import BisslAutograd
import BisslCore
import BisslKernels
import BisslModels

/// A batch as an objective sees it.
public struct Batch {
  public let tensors: [Tensor]
  public let labels: [Int]

  public init(tensors: [Tensor], labels: [Int] = []) {
    self.tensors = tensors
    self.labels = labels
  }

  /// The length of the first array.
  var samples: Int { tensors.first.flatMap { $0.shape.rank > 0 ? $0.shape[0] : nil } ?? 0 }
}

/// A loss of a backbone and a head on a batch: a pretext or a downstream task. It records the loss; gradients and
/// Hessian products follow from the tape.
public protocol Objective: AnyObject {
  /// Records L(θ, φ; batch), a scalar, in the passes' mode.
  func loss(of batch: Batch, backbone: (module: any Module, pass: Pass), head: (module: any Module, pass: Pass)) throws
    -> Variable
  /// Makes what a training step changes besides parameters and running statistics of the modules. Called once, by the
  /// step that took an evaluation of this objective, when nothing can fail any more.
  func commit()
}

extension Objective {
  /// Most losses have no state of their own.
  public func commit() {}
}

/// A loss with its gradients at one point, and what training-mode batch norm measured on the way. Nothing of the modules
/// has changed; a step commits the evaluation.
///
/// Over several processes loss and gradients are this one's part: those of the batch are the sums over processes
/// (`summed`, and what a step proposes).
public struct Evaluation {
  public let loss: Scalar
  public let backboneGradient: Tensor?
  public let headGradient: Tensor?
  public let backbone: (state: ModuleState, statistics: [BatchStatistics])
  public let head: (state: ModuleState, statistics: [BatchStatistics])
  let objective: (any Objective)?
  let communicator: any Communicator

  /// Loss and gradients of the batch of all processes, which must all ask for them.
  public func summed() throws -> (loss: Scalar, backboneGradient: Tensor?, headGradient: Tensor?) {
    try sums(loss, backboneGradient, headGradient, over: communicator)
  }

  /// Moves the running statistics of the modules that were evaluated, and what state the objective has.
  public func commit() {
    backbone.state.commit(backbone.statistics)
    head.state.commit(head.statistics)
    objective?.commit()
  }
}

/// Sums over processes, which leave what is summed as it is.
private func sums(
  _ loss: Scalar, _ backbone: Tensor?, _ head: Tensor?, over communicator: any Communicator
) throws -> (loss: Scalar, backboneGradient: Tensor?, headGradient: Tensor?) {
  if communicator.size == 1 { return (loss, backbone, head) }
  let (loss, backbone, head) = (try Tensor.scalar(loss), try backbone?.copy(), try head?.copy())
  try Interrupt.check()
  try communicator.sum([backbone, head, loss].compactMap { $0 }, for: "a loss and its gradients")
  return (try loss.item(), backbone, head)
}

/// A loss expanded at one point for Hessian products of the backbone, the head held constant, or of both jointly.
/// Loss and gradients are this process's part, as those of an `Evaluation`.
public struct PretextLinearization {
  public let loss: Scalar
  public let backboneGradient: Tensor
  public let headGradient: Tensor
  private let linearization: Linearization
  /// The vectors that products are taken in, one behind the other in their directions.
  private let differentiated: [ParameterVector]
  private let convexity = ConvexityCheck()
  private let communicator: any Communicator

  /// Loss and gradients of the batch of all processes, which must all ask for them.
  public func summed() throws -> (loss: Scalar, backboneGradient: Tensor?, headGradient: Tensor?) {
    try sums(loss, backboneGradient, headGradient, over: communicator)
  }

  /// H u, flat: H = ∂²L/∂θ² (jointly ∂²L/∂(θ, φ)²) or its Gauss-Newton approximation, of the loss over the batches of all
  /// processes.
  ///
  /// - Throws: `value` where a Gauss-Newton product shows, beyond rounding, that it is not positive semi-definite.
  public func product(_ u: Tensor, _ curvature: Curvature = .exact) throws -> Tensor {
    let layout = try self.layout
    let expected = try Shape(layout.count)
    try require(u.shape == expected, .value("u: expected shape \(expected), got \(u.shape)"))
    var direction: [ParameterVector: Tensor] = [:]
    for (vector, segment) in zip(differentiated, layout.segments) {
      direction[vector] = try u.window(at: segment.offset, segment.shape)
    }
    let products = try linearization.product(curvature, direction)
    let result = try joined(differentiated.compactMap { products[$0] }, layout)
    if communicator.size > 1 {
      try Interrupt.check()
      try communicator.sum([result], for: "a Hessian product")
    }
    if curvature == .gaussNewton { try convexity.check(u, result) }
    return result
  }

  /// One segment for each of the vectors that products are taken in.
  private var layout: ParameterLayout {
    get throws {
      var layout = ParameterLayout()
      try layout.append("backbone", backboneGradient.shape)
      if differentiated.count > 1 { try layout.append("head", headGradient.shape) }
      return layout
    }
  }

  private func joined(_ parts: [Tensor], _ layout: ParameterLayout) throws -> Tensor {
    if parts.count == 1 { return parts[0] }
    let result = try Tensor(Shape(layout.count))
    for (part, segment) in zip(parts, layout.segments) {
      (result.pointer + segment.offset).update(from: part.source, count: part.count)
    }
    return result
  }

  /// - Parameter jointly: whether products are taken in both vectors, as `linearization` must have them.
  init(
    _ linearization: Linearization, backbone: ParameterVector, head: ParameterVector, jointly: Bool,
    over communicator: any Communicator
  ) throws {
    guard let backboneGradient = linearization.gradients[backbone], let headGradient = linearization.gradients[head]
    else { throw EngineError.state("a linearization without gradients") }
    loss = linearization.loss
    self.backboneGradient = backboneGradient
    self.headGradient = headGradient
    self.linearization = linearization
    differentiated = jointly ? [backbone, head] : [backbone]
    self.communicator = communicator
  }
}

extension Objective {
  /// Loss and the wanted gradients, training mode. `communicator` joins the processes that have a share of the batch each.
  public func evaluate(
    _ batch: Batch, backbone: any Module, head: any Module, wantsBackbone: Bool = true, wantsHead: Bool = true,
    over communicator: any Communicator = Engine.communicator
  ) throws -> Evaluation {
    let recording = try Recording(
      backbone: backbone, head: head, wantsBackbone: wantsBackbone, wantsHead: wantsHead, over: communicator)
    return try recording.evaluation(of: recording.loss(of: batch, as: self), as: self)
  }

  /// A snapshot: it works on copies of the parameters. `jointly`: for products in the parameters of both.
  public func linearize(
    _ batch: Batch, backbone: any Module, head: any Module, jointly: Bool = false,
    over communicator: any Communicator = Engine.communicator
  ) throws -> PretextLinearization {
    let recording = try Recording(backbone: backbone, head: head, snapshot: true, over: communicator)
    return try recording.linearization(of: recording.loss(of: batch, as: self), jointly: jointly)
  }
}
