import BisslKernels

extension Tensor {
  /// decay·self + (1 − decay)·other, taken as a step from self, so that equal tensors stay equal to the bit.
  public func movingAverage(with other: Tensor, decay: Double) throws -> Tensor {
    try require(other.shape == shape, .value("a moving average of \(shape) with \(other.shape)"))
    return try Interrupt.whole {
      let result = try Tensor(shape, for: "a moving average")
      parallelChunks(count, of: 1 << 15) { _, range in
        let start = range.lowerBound
        VectorUpdates.addScaledDifference(
          source + start, Scalar(1 - decay), other.source + start, source + start, into: result.pointer + start,
          count: range.count)
      }
      return result
    }
  }
}
