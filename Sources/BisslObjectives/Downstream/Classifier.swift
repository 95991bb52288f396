import BisslAutograd
import BisslCore
import BisslModels

/// Classification with a linear head and cross-entropy, mean over the batch.
public final class Classifier: Objective {
  public init() {}

  public func loss(
    of batch: Batch, backbone: (module: any Module, pass: Pass), head: (module: any Module, pass: Pass)
  ) throws -> Variable {
    try require(
      batch.tensors.count == 1,
      .value("batch: a classifier expects (images, labels), got \(batch.tensors.count) arrays"))
    let images = batch.tensors[0].shape
    try require(
      images.rank > 0 && batch.labels.count == images[0],
      .value("labels: expected one per image, got \(batch.labels.count) labels for images of shape \(images)"))
    let features = try backbone.module.forward(Variable(constant: batch.tensors[0]), in: backbone.pass)
    let logits = try head.module.forward(features, in: head.pass)
    return try backbone.pass.tape.apply(SoftmaxCrossEntropy(labels: batch.labels), logits)
  }
}
