import BisslCore

// Loops over all chunks of a vector in one parallel region, however many segments there are. Results do not depend on
// the number of threads: partial sums are taken per chunk and added up in chunk order.
extension ParameterLayout {
  /// Per segment, the sum of `kernel` over its chunks.
  func sums(_ kernel: (_ segment: Int, _ range: Range<Int>) -> Double) throws -> [Double] {
    let chunks = chunks
    var partial = [Double](repeating: 0, count: chunks.count)
    partial.withUnsafeMutableBufferPointer { partial in
      ThreadPool.shared.run(chunks.count) { partial[$0] = kernel(chunks[$0].segment, chunks[$0].range) }
    }
    try Interrupt.check()
    var sums = [Double](repeating: 0, count: segments.count)
    for (chunk, value) in zip(chunks, partial) { sums[chunk.segment] += value }
    return sums
  }

  /// Calls `kernel` for every chunk. After an interruption, which is thrown, what it wrote is unfinished.
  func forEachChunk(_ kernel: (_ segment: Int, _ range: Range<Int>) -> Void) throws {
    let chunks = chunks
    ThreadPool.shared.run(chunks.count) { kernel(chunks[$0].segment, chunks[$0].range) }
    try Interrupt.check()
  }

  /// Calls `kernel` for every chunk: for changes in place, which an interruption waits for.
  func forEveryChunk(_ kernel: (_ segment: Int, _ range: Range<Int>) -> Void) {
    let chunks = chunks
    ThreadPool.shared.runToCompletion(chunks.count) { kernel(chunks[$0].segment, chunks[$0].range) }
  }
}
