import BisslAutograd
import BisslCore
import BisslModels

extension Batch {
  /// The two views of an objective's batch, of one shape and at least `least` images each.
  func views(for objective: String, least: Int, _ reason: String) throws -> Views {
    try require(
      tensors.count == 2 && labels.isEmpty,
      .value("batch: \(objective) expects two views (view1, view2), got \(tensors.count) arrays"))
    let (first, second) = (tensors[0].shape, tensors[1].shape)
    try require(
      first == second, .value("batch: the two views must have the same shape, got \(first) and \(second)"))
    let count = first.rank > 0 ? first[0] : 0
    try require(count >= least, .value("batch: \(objective) needs at least \(least) pairs, got \(count): \(reason)"))
    return Views(first: tensors[0], second: tensors[1])
  }
}

/// Two views of the same images.
struct Views {
  let first, second: Tensor

  var exchanged: Views { Views(first: second, second: first) }

  /// Both as one tensor, one behind the other, as networks take two batches at once.
  func stacked() throws -> Variable {
    Variable(constant: try Concatenate().forward([first, second]).output)
  }
}
