import BisslCore

/// An operation that combines rows of different samples. Where several processes have a share of a batch each, its rules
/// communicate, so that they are those of the whole batch; all other operations see their share alone. A tape makes every
/// such operation that it records one over its own share.
///
/// Whether a rule communicates must follow from what is wanted and which tangents there are, never from values: all
/// processes have to meet in it.
public protocol CollectiveOperation: Operation {
  /// The same operation on a share.
  func over(_ share: BatchShare) -> Self
}
