import BisslAutograd
import BisslCore
import BisslModels

/// BYOL's loss in one training step. The target that it meets has been moved already, as the authors' code does at the
/// start of the forward pass; but only `commit` makes that the target of what follows, so that a step that is refused
/// or interrupted leaves the target where it was.
public final class BYOLStep: Objective {
  private let target: TargetNetwork
  private let moved: TargetNetwork.Parameters
  private var passes: TargetNetwork.Passes?

  init(_ target: TargetNetwork, _ moved: TargetNetwork.Parameters) throws {
    self.target = target
    self.moved = moved
  }

  public func loss(
    of batch: Batch, backbone: (module: any Module, pass: Pass), head: (module: any Module, pass: Pass)
  ) throws -> Variable {
    let passes = try target.passes(on: backbone.pass.tape, parameters: moved)
    let loss = try BYOL.loss(of: batch, backbone: backbone, head: head) { try target.project($0, in: passes) }
    self.passes = passes
    return loss
  }

  public func commit() {
    if let passes { target.take(moved, passes) }
    passes = nil
  }
}
