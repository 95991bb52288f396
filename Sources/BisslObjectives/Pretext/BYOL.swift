import BisslAutograd
import BisslCore
import BisslKernels
import BisslModels

/// BYOL (Grill et al. 2020): what the predictor makes of one view is to point where the target network projects the
/// other. With cos between rows, mean over the batch,
///
///     L = (2 − 2 cos(pred(x₁), target(x₂))) + (2 − 2 cos(pred(x₂), target(x₁)))
///
/// The target's output is a constant of the tape: no tangent, no adjoint, one forward pass per view and tape. Evaluating
/// this loss leaves the target as it is; a training step evaluates the loss that `step` answers.
public final class BYOL: Objective {
  public let target: TargetNetwork

  /// The target begins as a copy of the online network.
  public init(backbone: any Module, head: any Module) throws {
    target = try TargetNetwork(backbone: backbone, head: BYOL.head(head))
  }

  /// The loss of the next training step: its target has moved towards the online network, and `commit` keeps it.
  public func step(backbone: any Module, head: any Module, decay: Double) throws -> BYOLStep {
    try BYOLStep(target, target.moved(toward: backbone, BYOL.head(head), decay: decay))
  }

  public func loss(
    of batch: Batch, backbone: (module: any Module, pass: Pass), head: (module: any Module, pass: Pass)
  ) throws -> Variable {
    let passes = try target.passes(on: backbone.pass.tape)
    return try BYOL.loss(of: batch, backbone: backbone, head: head) { try target.project($0, in: passes) }
  }

  static func loss(
    of batch: Batch, backbone: (module: any Module, pass: Pass), head: (module: any Module, pass: Pass),
    target: (Views) throws -> Variable
  ) throws -> Variable {
    let tape = backbone.pass.tape
    let least = tape.share.isWhole ? 2 : 1
    let views = try batch.views(for: "BYOL", least: least, "batch norm in training mode has no variance of one")
    let features = try backbone.module.forward(views.stacked(), batches: 2, in: backbone.pass)
    let predictions = tape.embedding(try head.module.forward(features, batches: 2, in: head.pass))
    let online = try tape.apply(L2Normalize(), predictions)
    let targets = try tape.apply(L2Normalize(), target(views.exchanged))
    return try distance(online, targets, on: tape)
  }

  /// 4 − 4 times the mean of cos over all rows, those of both views. For rows of unit length 2 − 2 cos is the squared
  /// distance, which is convex in the online rows; rows of zeros have no direction.
  private static func distance(_ online: Variable, _ targets: Variable, on tape: Tape) throws -> Variable {
    let width = Scalar(online.value.shape[1])
    // A row of one process's decides for all: the parts of a Gauss-Newton product must have the same embeddings.
    let hasZeros = hasZeroRow(online.value) || hasZeroRow(targets.value)
    if try tape.share.sum([hasZeros ? 1 : 0], for: "rows of zeros")[0] == 0 {
      let difference = try tape.apply(Add(), tape.embedding(online), tape.apply(Scale(by: -1), targets))
      let mean = try tape.apply(Mean(), tape.apply(Multiply(), difference, difference))
      return try tape.apply(Scale(by: 2 * width), mean)
    }
    let mean = try tape.apply(Mean(), tape.apply(Multiply(), online, targets))
    return try tape.apply(Add(), tape.apply(Scale(by: -4 * width), mean), Variable(constant: Tensor.scalar(4)))
  }

  private static func hasZeroRow(_ x: Tensor) -> Bool {
    let (rows, width) = (x.shape[0], x.shape[1])
    return (0..<rows).contains { row in (0..<width).allSatisfy { x.source[row * width + $0] == 0 } }
  }

  private static func head(_ module: any Module) throws -> ProjectorAndPredictor {
    guard let head = module as? ProjectorAndPredictor else {
      throw EngineError.type("head: BYOL expects a projector with a predictor")
    }
    return head
  }
}
