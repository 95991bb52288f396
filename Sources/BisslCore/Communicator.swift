/// The processes that train together, each on its share of every batch. What they compute of their shares is summed here.
///
/// One kind of collective is all there is: with the same order of sums in every call, results are the same bits from run to
/// run. Rows are gathered as a sum too (`BatchShare`).
public protocol Communicator: AnyObject {
  var rank: Int { get }
  var size: Int { get }
  /// Every vector becomes its sum over all processes, with the same bits in each of them. Called by all of them in the same
  /// order.
  ///
  /// - Parameter purpose: what is summed, for messages of a process that waits for another.
  func sum(_ vectors: [Tensor], for purpose: String) throws
  /// The same for numbers in double precision.
  func sum(_ numbers: inout [Double], for purpose: String) throws
}

/// One process: every vector is its own sum, and no call costs anything.
public final class SingleProcess: Communicator {
  public static let shared = SingleProcess()
  public let rank = 0
  public let size = 1
  public func sum(_ vectors: [Tensor], for purpose: String) {}
  public func sum(_ numbers: inout [Double], for purpose: String) {}
}
