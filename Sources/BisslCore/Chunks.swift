import BisslKernels

// Parallel loops over rows and sums. Chunks depend on shapes alone, and what they produce is combined in their order:
// the same bits for any number of threads.

/// Elements that one chunk of a pointwise loop covers: large enough to outweigh the hand-over, small enough for L2.
public let pointwiseChunk = 1 << 14

/// Rows of `extent` elements that make up one chunk of about `pointwiseChunk` elements.
public func rowsPerChunk(of extent: Int) -> Int { max(1, pointwiseChunk / max(1, extent)) }

/// The greatest power of two that is no more than `count`, which is positive: a number of parts that most numbers of
/// threads share evenly.
public func powerOfTwo(atMost count: Int) -> Int { 1 << (Int.bitWidth - 1 - count.leadingZeroBitCount) }

/// How many partial sums, to be added in order, so many pieces of a sum make: enough for many threads, few enough for that to
/// cost little.
public func partialSums(of pieces: Int, atMost most: Int = .max) -> Int {
  powerOfTwo(atMost: max(1, min(pieces, max(4, pieces / 4), 64, most)))
}

/// Calls `body` with ranges of rows; `extent` is the work of one row in elements. Where that is none, nothing is done,
/// however many rows an empty tensor has.
public func parallelRows(_ rows: Int, of extent: Int, _ body: (_ rows: Range<Int>) -> Void) {
  if extent == 0 { return }
  parallelChunks(rows, of: rowsPerChunk(of: extent)) { _, range in body(range) }
}

/// Σ of `body` over ranges of rows; `extent` is the work of one row in elements.
public func sumOverRows(_ rows: Int, of extent: Int, _ body: (_ rows: Range<Int>) -> Double) -> Double {
  let size = rowsPerChunk(of: extent)
  var partial = [Double](repeating: 0, count: (rows + size - 1) / size)
  partial.withUnsafeMutableBufferPointer { buffer in
    let sums = buffer
    parallelChunks(rows, of: size) { chunk, range in sums[chunk] = body(range) }
  }
  return partial.reduce(0, +)
}

/// ⟨a, b⟩
public func innerProduct(_ a: Tensor, _ b: Tensor) -> Double {
  sumOverRows(a.count, of: 1) { range in
    Reductions.dot(a.source + range.lowerBound, b.source + range.lowerBound, count: range.count)
  }
}

/// Σ of the rows of x (…, C): chunks of rows make partial sums, which are summed in order.
public func columnSums(_ x: Tensor, for purpose: String) throws -> Tensor {
  let (rows, columns) = (x.shape.rows, x.shape.channels)
  let size = rowsPerChunk(of: columns)
  let partial = try Tensor(Shape((rows + size - 1) / size, columns), for: purpose)
  parallelChunks(rows, of: size) { chunk, range in
    Reductions.sumOfRows(
      x.source + range.lowerBound * columns, rows: range.count, columns: columns,
      into: partial.pointer + chunk * columns)
  }
  let out = try Tensor(Shape(columns), for: purpose)
  Reductions.sumOfRows(partial.source, rows: partial.shape[0], columns: columns, into: out.pointer)
  return out
}

extension Tensor {
  /// s·self
  public func scaled(by s: Scalar, for purpose: @autoclosure () -> String) throws -> Tensor {
    let out = try Tensor(shape, for: purpose())
    parallelChunks(count, of: pointwiseChunk) { _, range in
      Elementwise.scale(source + range.lowerBound, by: s, into: out.pointer + range.lowerBound, count: range.count)
    }
    return out
  }

  /// sum = the sum over the first axis of a matrix, row by row in order.
  public func sumOfRows(into sum: Tensor) {
    let (rows, columns) = (shape[0], shape[1])
    parallelChunks(columns, of: pointwiseChunk / 4) { _, range in
      let start = range.lowerBound
      (sum.pointer + start).update(from: source + start, count: range.count)
      for row in 1..<max(1, rows) {
        Elementwise.add(
          sum.source + start, source + row * columns + start, into: sum.pointer + start, count: range.count)
      }
    }
  }
}
