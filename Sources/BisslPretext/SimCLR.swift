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
    try require(
      batch.tensors.count == 2 && batch.labels.isEmpty,
      .value("batch: SimCLR expects two views (view1, view2), got \(batch.tensors.count) arrays"))
    let (first, second) = (batch.tensors[0].shape, batch.tensors[1].shape)
    try require(
      first == second, .value("batch: the two views must have the same shape, got \(first) and \(second)"))
    try require(
      first.rank > 0 && first[0] >= 2,
      .value("batch: a contrastive batch needs at least 2 pairs, got \(first.rank > 0 ? first[0] : 0): there are no negatives"))
    let tape = backbone.pass.tape
    let projections = try batch.tensors.map { view in
      let features = try backbone.module.forward(Variable(constant: view), in: backbone.pass)
      return try tape.apply(L2Normalize(), head.module.forward(features, in: head.pass))
    }
    return try tape.apply(NTXent(temperature: Scalar(temperature)), tape.apply(Concatenate(), projections))
  }
}
