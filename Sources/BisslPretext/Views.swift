import BisslCore
import BisslModels

extension Batch {
  /// The two views of an objective's batch, of one shape and at least `least` images each.
  func views(for objective: String, least: Int, _ reason: String) throws -> [Tensor] {
    try require(
      tensors.count == 2 && labels.isEmpty,
      .value("batch: \(objective) expects two views (view1, view2), got \(tensors.count) arrays"))
    let (first, second) = (tensors[0].shape, tensors[1].shape)
    try require(
      first == second, .value("batch: the two views must have the same shape, got \(first) and \(second)"))
    let count = first.rank > 0 ? first[0] : 0
    try require(count >= least, .value("batch: \(objective) needs at least \(least) pairs, got \(count): \(reason)"))
    return tensors
  }
}
