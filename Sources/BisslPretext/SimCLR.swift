import BisslAutograd
import BisslCore
import BisslModels

/// SimCLR (Chen et al. 2020): NT-Xent between the projections of two views. The views pass the network as two batches,
/// each with batch-norm statistics of its own.
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
    let views = try batch.views(for: "SimCLR", least: 2, "there are no negatives")
    let tape = backbone.pass.tape
    let projections = try views.map { view in
      let features = try backbone.module.forward(Variable(constant: view), in: backbone.pass)
      return try tape.apply(L2Normalize(), head.module.forward(features, in: head.pass))
    }
    return try tape.apply(NTXent(temperature: Scalar(temperature)), tape.apply(Concatenate(), projections))
  }
}
