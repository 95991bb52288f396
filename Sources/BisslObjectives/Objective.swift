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
public struct Evaluation {
  public let loss: Scalar
  public let backboneGradient: Tensor?
  public let headGradient: Tensor?
  public let backbone: (state: ModuleState, statistics: [BatchStatistics])
  public let head: (state: ModuleState, statistics: [BatchStatistics])
  let objective: (any Objective)?

  /// Moves the running statistics of the modules that were evaluated, and what state the objective has.
  public func commit() {
    backbone.state.commit(backbone.statistics)
    head.state.commit(head.statistics)
    objective?.commit()
  }
}

/// A loss expanded at one point for Hessian products of the backbone, the head held constant.
public struct PretextLinearization {
  public let loss: Scalar
  public let backboneGradient: Tensor
  public let headGradient: Tensor
  private let linearization: Linearization
  private let backbone: ParameterVector

  /// H u, flat: H = ∂²L/∂θ² or its Gauss-Newton approximation, of the loss over the batches of all processes.
  public func product(_ u: Tensor, _ curvature: Curvature = .exact) throws -> Tensor {
    guard let result = try linearization.product(curvature, [backbone: u])[backbone] else {
      throw EngineError.state("the backbone has no Hessian product")
    }
    try Engine.communicator.sum([result])
    return result
  }

  init(_ linearization: Linearization, backbone: ParameterVector, head: ParameterVector) throws {
    guard let backboneGradient = linearization.gradients[backbone], let headGradient = linearization.gradients[head]
    else { throw EngineError.state("a linearization without gradients") }
    loss = linearization.loss
    self.backboneGradient = backboneGradient
    self.headGradient = headGradient
    self.linearization = linearization
    self.backbone = backbone
  }
}

extension Objective {
  /// Loss and the wanted gradients, training mode.
  public func evaluate(
    _ batch: Batch, backbone: any Module, head: any Module, wantsBackbone: Bool = true, wantsHead: Bool = true
  ) throws -> Evaluation {
    let recording = try Recording(
      backbone: backbone, head: head, wantsBackbone: wantsBackbone, wantsHead: wantsHead)
    return try recording.evaluation(of: recording.loss(of: batch, as: self), as: self)
  }

  /// A snapshot: it works on copies of the parameters.
  public func linearize(_ batch: Batch, backbone: any Module, head: any Module) throws -> PretextLinearization {
    let recording = try Recording(backbone: backbone, head: head, snapshot: true)
    return try recording.linearization(of: recording.loss(of: batch, as: self))
  }
}
