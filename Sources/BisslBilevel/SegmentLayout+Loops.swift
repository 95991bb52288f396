import BisslCore

// Loops over all chunks of a vector in one parallel region, however many segments there are. Results do not depend on
// the number of threads: partial sums are taken per chunk and added up in chunk order.
extension SegmentLayout {
  /// Per segment, the sum of `kernel` over its chunks.
  func sums(_ kernel: (_ segment: Int, _ range: Range<Int>) -> Double) throws -> [Double] {
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
    ThreadPool.shared.run(chunks.count) { kernel(chunks[$0].segment, chunks[$0].range) }
    try Interrupt.check()
  }

  /// Calls `kernel` for every chunk, whatever happens: for changes in place, which must not be left half done.
  func forEveryChunk(_ kernel: (_ segment: Int, _ range: Range<Int>) -> Void) {
    ThreadPool.shared.runToCompletion(chunks.count) { kernel(chunks[$0].segment, chunks[$0].range) }
  }
}

extension ThreadPool {
  /// As `run`, but chunks that an interruption skipped are made up for on the calling thread.
  func runToCompletion(_ count: Int, _ body: (Int) -> Void) {
    var done = [Bool](repeating: false, count: count)
    done.withUnsafeMutableBufferPointer { done in
      run(count) {
        body($0)
        done[$0] = true
      }
      for chunk in 0..<count where !done[chunk] { body(chunk) }
    }
  }
}
