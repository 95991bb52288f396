import BisslAutograd
import BisslCore
import BisslModels

/// BYOL's target: a backbone and a projector that follow those of the online network as an exponential moving average.
/// Its batch norm is in training mode, and its running statistics, which no loss reads, move in training steps.
public final class TargetNetwork {
  public let backbone: any Module
  public let projector: any Module
  /// How many training steps it has followed: one number, shared so that it can be saved and restored.
  public let updates: Tensor

  struct Parameters {
    let backbone: Tensor
    let projector: Tensor
  }

  struct Passes {
    let backbone: Pass
    let projector: Pass
  }

  init(backbone: any Module, head: ProjectorAndPredictor) throws {
    self.backbone = try backbone.copy()
    projector = try head.copyOfProjector()
    updates = try Tensor.zeros(Shape(1))
  }

  /// decay·target + (1 − decay)·online. Changes nothing.
  func moved(toward backbone: any Module, _ head: ProjectorAndPredictor, decay: Double) throws -> Parameters {
    try require((0...1).contains(decay), .value("decay: expected a number from 0 to 1, got \(decay)"))
    let (theta, phi) = (backbone.state.parameters, try head.projectorParameters())
    try require(
      theta.shape == self.backbone.state.parameters.shape && phi.shape == projector.state.parameters.shape,
      .value("the target network was made for another architecture of backbone or head; make a new BYOL"))
    return Parameters(
      backbone: try self.backbone.state.parameters.movingAverage(with: theta, decay: decay),
      projector: try projector.state.parameters.movingAverage(with: phi, decay: decay))
  }

  /// Passes with the target's own parameters, or with others. Everything in them is constant.
  func passes(on tape: Tape, parameters: Parameters? = nil) throws -> Passes {
    Passes(
      backbone: try Pass(backbone, on: tape, mode: .training, frozen: true, snapshot: parameters?.backbone),
      projector: try Pass(projector, on: tape, mode: .training, frozen: true, snapshot: parameters?.projector))
  }

  func project(_ views: Views, in passes: Passes) throws -> Variable {
    let features = try backbone.forward(views.stacked(), batches: 2, in: passes.backbone)
    return try projector.forward(features, batches: 2, in: passes.projector)
  }

  /// Ends a training step.
  func take(_ moved: Parameters, _ passes: Passes) {
    for (module, values) in [(backbone, moved.backbone), (projector, moved.projector)] {
      module.state.parameters.pointer.update(from: values.source, count: values.count)
    }
    backbone.state.commit(passes.backbone.statistics)
    projector.state.commit(passes.projector.statistics)
    updates.pointer[0] += 1
  }
}
