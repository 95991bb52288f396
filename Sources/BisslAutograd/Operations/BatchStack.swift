import BisslCore
import BisslKernels

/// The rows of a tensor as batches of one size, one behind the other. Work on them is cut into blocks of rows, none of
/// two batches. What belongs to the channels of each batch is a vector of `batches`·`channels` values.
struct BatchStack {
  let batches: Int
  /// Of one batch.
  let rows: Int
  let channels: Int

  struct Block {
    let index, batch: Int
    let rows: Int
    /// Rows of its batch before it.
    let before: Int
    /// Its elements: the first, and how many.
    let start, count: Int
  }

  init(_ shape: Shape, batches: Int) {
    self.batches = batches
    rows = shape.rows / batches
    channels = shape.channels
  }

  // MARK: Blocks

  private var blocksPerBatch: Int { (rows + blockRows - 1) / blockRows }
  /// Half a chunk: the blocks of seven tensors fit the second-level cache together.
  private var blockRows: Int { max(1, rowsPerChunk(of: channels) / 2) }

  private func block(_ index: Int) -> Block {
    let (batch, first) = (index / blocksPerBatch, index % blocksPerBatch * blockRows)
    let count = min(blockRows, rows - first)
    return Block(
      index: index, batch: batch, rows: count, before: first, start: (batch * rows + first) * channels,
      count: count * channels)
  }

  func forEachBlock(_ body: (_ block: Block) -> Void) {
    ThreadPool.shared.run(batches * blocksPerBatch) { index in body(block(index)) }
  }

  /// As `forEachBlock`, and lends memory for `scratch` times the elements of a block.
  func forEachBlock(scratch: Int, _ body: (_ block: Block, _ scratch: Destination) -> Void) throws {
    try ThreadPool.shared.run(batches * blocksPerBatch, scratch: scratch * blockRows * channels, for: "batch norm") {
      index, scratch in body(block(index), scratch)
    }
  }

  /// What `body` makes of each block, `quantities`·`channels` values, handed to `merge` in the blocks' order, some channels
  /// at a time. `scratch`: as `forEachBlock`.
  func reduce(
    quantities: Int, scratch: Int = 0, _ body: (_ block: Block, _ sums: Destination, _ scratch: Destination) -> Void,
    merge: (_ block: Block, _ sums: Source, _ channels: Range<Int>) -> Void
  ) throws {
    let width = quantities * channels
    let partial = try Tensor.zeros(Shape(batches * blocksPerBatch, width))
    try forEachBlock(scratch: scratch) { block, scratch in body(block, partial.pointer + block.index * width, scratch) }
    parallelChunks(channels, of: Self.mergedChannels) { _, channels in
      for index in 0..<partial.shape[0] { merge(block(index), partial.source + index * width, channels) }
    }
  }

  /// Channels that are merged at a time: some cache lines of each block's values.
  private static let mergedChannels = 64

  /// Means over the rows of each batch of what `body` sums over those of a block, from zeros: a vector per quantity.
  func means(
    quantities: Int, scratch: Int = 0, _ body: (_ block: Block, _ sums: Destination, _ scratch: Destination) -> Void
  ) throws -> [[Double]] {
    let width = quantities * channels
    var totals = [Double](repeating: 0, count: batches * width)
    try totals.withUnsafeMutableBufferPointer { buffer in
      guard let totals = buffer.baseAddress else { return }
      try reduce(quantities: quantities, scratch: scratch, body) { block, sums, range in
        for start in stride(from: range.lowerBound, to: width, by: channels) {
          Reductions.add(sums + start, to: totals + block.batch * width + start, count: range.count)
        }
      }
    }
    return (0..<quantities).map { quantity in
      (0..<batches).flatMap { batch in
        (0..<channels).map { c in totals[batch * width + quantity * channels + c] / Double(rows) }
      }
    }
  }

  // MARK: Vectors

  var zeros: [Double] { [Double](repeating: 0, count: batches * channels) }

  /// A vector of the channels, once for each batch.
  func repeated(_ vector: Tensor) -> [Double] {
    let values = vector.array.map { Double($0) }
    return (0..<batches).flatMap { _ in values }
  }

  /// Σ over the rows of all batches, from their means.
  func total(_ means: [Double]) throws -> Tensor {
    let sums = (0..<channels).map { c in (0..<batches).reduce(0) { $0 + means[$1 * channels + c] } * Double(rows) }
    return try Tensor(sums.map { Scalar($0) }, Shape(channels))
  }

  /// The values of each batch.
  func parts(_ vector: [Double]) -> [[Double]] {
    (0..<batches).map { Array(vector[$0 * channels..<($0 + 1) * channels]) }
  }

  /// The values of each batch as loops take them.
  func kernelVectors(_ vector: [Double]) -> [[Scalar]] { parts(vector).map { $0.map { Scalar($0) } } }
}
