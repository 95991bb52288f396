import BisslCore
import BisslKernels

/// The rows of all processes: of each one's (rows, C), one behind the other in the order of processes. The rows may be
/// several batches of one size, one behind the other; so are then those of all. Where there is one process, the input.
///
/// A row's adjoint is the sum over processes of what each makes of the row. Both ways are a sum over processes of a whole
/// set of rows, in which those that a process has nothing to say of are zeros.
public struct Gather: CollectiveOperation, LinearOperation {
  public let batches: Int
  private var share = BatchShare.whole

  public var name: String { "gather" }

  /// Not where it communicates.
  public var isCheapToDifferentiate: Bool { share.isWhole }

  public init(batches: Int = 1) { self.batches = batches }

  public func over(_ share: BatchShare) -> Gather {
    var operation = self
    operation.share = share
    return operation
  }

  /// Saves where the rows of each batch stand among those of all processes.
  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Place) {
    try expect(1, inputs)
    let x = inputs[0].shape
    try check(x.rank == 2, "expected rows of shape (rows, channels), got \(x)")
    try check(
      batches > 0 && x[0].isMultiple(of: batches),
      "expected batches of one size, got an input of shape \(x) and \(batches) batches")
    let (first, total) = try share.rows(x[0] / batches)
    let place = Place(first: first, count: x[0] / batches, total: total, width: x[1])
    return (try gathered(inputs[0], place), place)
  }

  public func apply(at point: Point<Place>, to tangents: [Tensor?]) throws -> Tensor {
    try tangents[0].map { try gathered($0, point.saved) } ?? Tensor.zeros(point.output.shape)
  }

  public func transpose(at point: Point<Place>, of cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    guard wanted[0] else { return [nil] }
    if share.isWhole { return [cotangent] }
    let (sum, out) = (try cotangent.copy(), try makeTensor(point.inputs[0].shape))
    try share.sum(sum, for: "the adjoints of gathered rows")
    point.saved.forEachBatch(batches) { own, all, count in
      Elementwise.copy(sum.source + all, into: out.pointer + own, count: count)
    }
    return [out]
  }

  private func gathered(_ x: Tensor, _ place: Place) throws -> Tensor {
    if share.isWhole { return x }
    let out = try Tensor.zeros(Shape(batches * place.total, place.width))
    place.forEachBatch(batches) { own, all, count in
      Elementwise.copy(x.source + own, into: out.pointer + all, count: count)
    }
    try share.sum(out, for: "gathered rows")
    return out
  }

  /// Where the rows of one process stand in each batch of all.
  public struct Place {
    let first, count, total, width: Int

    /// Elements of each batch: where this process's begin among its own and among all, and how many there are.
    func forEachBatch(_ batches: Int, _ body: (_ own: Int, _ all: Int, _ count: Int) -> Void) {
      for batch in 0..<batches {
        body(batch * count * width, (batch * total + first) * width, count * width)
      }
    }
  }
}
