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
    let views = try batch.views(for: "SimCLR", least: 2, "there are no negatives").stacked()
    let tape = backbone.pass.tape
    let features = try backbone.module.forward(views, batches: 2, in: backbone.pass)
    let projections = try head.module.forward(features, batches: 2, in: head.pass)
    return try crossEntropy(of: tape.apply(L2Normalize(), projections), on: tape)
  }

  /// NT-Xent as its parts: the logits z zᵀ/τ, in which it is convex, are an embedding. `NTXent` is the same in one.
  private func crossEntropy(of z: Variable, on tape: Tape) throws -> Variable {
    let scaled = try tape.apply(Scale(by: 1 / Scalar(temperature)), z)
    let similarities = try tape.apply(MatrixProduct(transposeRight: true), scaled, z)
    let count = z.value.shape[0]
    let excluded = try Tensor.zeros(Shape(count, count))
    for row in 0..<count { excluded.pointer[row * (count + 1)] = -.infinity }
    let logits = tape.embedding(try tape.apply(Add(), similarities, Variable(constant: excluded)))
    let otherViews = (0..<count).map { ($0 + count / 2) % count }
    return try tape.apply(SoftmaxCrossEntropy(labels: otherViews), logits)
  }
}
