import BisslAutograd
import BisslCore
import BisslKernels
import BisslModels

/// Classification with any number of classes per image: a linear head and binary cross-entropy of every pair of an image
/// and a class, mean over the pairs that count. Targets t are (N, C): 1, 0, or -1 for a pair that is left out.
///
/// −t log σ(x) − (1 − t) log(1 − σ(x)) = softplus((1 − 2t)·x), which does not cancel for confident logits.
///
/// A pair that is left out weighs 0. The others weigh (all pairs) / (counted pairs), so that `Mean` over all is their
/// mean; where no pair counts, the loss is 0. Over several processes the pairs are those of all.
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
    let targets = try checked(batch.tensors[1], of: logits.value.shape)
    let tape = backbone.pass.tape
    let signed = try tape.apply(Multiply(), logits, constant(targets) { $0 == leftOut ? 0 : 1 - 2 * $0 })
    let losses = try tape.apply(Softplus(), signed)
    // Whether a process has such pairs must not decide whether it meets the others in the count.
    let isWeighted = !tape.share.isWhole || targets.array.contains(leftOut)
    return try tape.apply(Mean(), isWeighted ? weighted(losses, targets, on: tape) : losses)
  }

  private let leftOut: Scalar = -1

  private func weighted(_ losses: Variable, _ targets: Tensor, on tape: Tape) throws -> Variable {
    let counted = Double(targets.array.count { $0 != leftOut })
    let sums = try tape.share.sum([Double(targets.shape.count), counted], for: "the number of labels that count")
    let weight = Scalar(sums[0]) / Scalar(max(sums[1], 1))
    return try tape.apply(Multiply(), losses, constant(targets) { $0 == leftOut ? 0 : weight })
  }

  private func constant(_ targets: Tensor, _ value: (Scalar) -> Scalar) throws -> Variable {
    Variable(constant: try Tensor(targets.array.map(value), targets.shape))
  }

  private func checked(_ targets: Tensor, of shape: Shape) throws -> Tensor {
    try require(
      targets.shape == shape,
      .value("targets: expected one number per image and class, shape \(shape), got \(targets.shape)"))
    let values = targets.array
    if let index = values.firstIndex(where: { $0 != 0 && $0 != 1 && $0 != leftOut }) {
      throw EngineError.value(
        "targets: expected 0 or 1, or -1 for a pair that is left out, got \(values[index]) for image "
          + "\(index / shape[1]), class \(index % shape[1])")
    }
    return targets
  }
}
