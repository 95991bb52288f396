import BisslCore
import BisslKernels

/// Where in the training a number was found not to be finite.
public enum Level: String, CaseIterable, Sendable {
  /// Pretraining, head warm-up, fine-tuning: everything with one level.
  case single = "training step"
  case lower = "lower level"
  case upper = "upper level"

  func requireFinite(loss: Scalar, _ name: String) throws {
    try require(
      loss.isFinite,
      .nonFinite(
        "\(rawValue): the \(name) loss is \(loss); nothing was changed. "
          + "Lower the learning rate or look at the batch"))
  }

  /// Throws, naming the first segment whose sum of squares is not finite.
  func requireFinite(squaredNorms: [Double], _ layout: ParameterLayout, _ name: String) throws {
    guard let index = squaredNorms.firstIndex(where: { !$0.isFinite }) else { return }
    throw EngineError.nonFinite(
      "\(rawValue): the \(name) is not finite in segment '\(layout.segments[index].name)'; nothing was changed. "
        + "Lower the learning rate or look at the batch")
  }
}
