import BisslAutograd
import BisslCore
import BisslKernels
import BisslModels

/// SimCLR (Chen et al. 2020): NT-Xent between the projections of two views. The views pass the network as one, but batch
/// norm takes the statistics of each.
public final class SimCLR: Objective {
  public let temperature: Double

  public init(temperature: Double) throws {
    try require(
      temperature > 0 && temperature.isFinite, .value("temperature: expected a positive number, got \(temperature)"))
    self.temperature = temperature
  }

  public func loss(
    of batch: Batch, backbone: (module: any Module, pass: Pass), head: (module: any Module, pass: Pass)
  ) throws -> Variable {
    let tape = backbone.pass.tape
    let least = tape.share.isWhole ? 2 : 1
    let views = try batch.views(for: "SimCLR", least: least, "there are no negatives").stacked()
    let features = try backbone.module.forward(views, batches: 2, in: backbone.pass)
    let projections = try head.module.forward(features, batches: 2, in: head.pass)
    return try NTXent(temperature: Scalar(temperature)).parts(
      of: tape.apply(L2Normalize(), projections), on: tape, markingLogits: true)
  }
}
