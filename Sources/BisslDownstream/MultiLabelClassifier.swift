import BisslAutograd
import BisslCore
import BisslModels

/// Classification with any number of classes per image: a linear head and binary cross-entropy of every class, mean
/// over batch and classes. Targets t are (N, C), each 0 or 1.
///
/// −t log σ(x) − (1 − t) log(1 − σ(x)) = softplus((1 − 2t)·x), which does not cancel for confident logits.
public final class MultiLabelClassifier: Objective {
  public init() {}

  public func loss(
    of batch: Batch, backbone: (module: any Module, pass: Pass), head: (module: any Module, pass: Pass)
  ) throws -> Variable {
    try require(
      batch.tensors.count == 2 && batch.labels.isEmpty,
      .value("batch: a multi-label classifier expects (images, targets) of floats, got \(batch.tensors.count) of them"))
    let features = try backbone.module.forward(Variable(constant: batch.tensors[0]), in: backbone.pass)
    let logits = try head.module.forward(features, in: head.pass)
    let signs = try Variable(constant: signs(batch.tensors[1], of: logits.value.shape))
    let tape = backbone.pass.tape
    return try tape.apply(Mean(), tape.apply(Softplus(), tape.apply(Multiply(), logits, signs)))
  }

  /// 1 − 2t
  private func signs(_ targets: Tensor, of shape: Shape) throws -> Tensor {
    try require(
      targets.shape == shape,
      .value("targets: expected one 0 or 1 per image and class, shape \(shape), got \(targets.shape)"))
    let values = targets.array
    if let index = values.firstIndex(where: { $0 != 0 && $0 != 1 }) {
      throw EngineError.value(
        "targets: expected 0 or 1, got \(values[index]) for image \(index / shape[1]), class \(index % shape[1])")
    }
    return try Tensor(values.map { 1 - 2 * $0 }, shape)
  }
}
