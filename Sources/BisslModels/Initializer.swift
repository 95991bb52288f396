import BisslCore
import BisslKernels

/// How a parameter or buffer gets its first values.
enum Initializer {
  case constant(Double)
  /// Normal with mean 0.
  case normal(deviation: Double)
  /// Uniform on [−bound, bound).
  case uniform(bound: Double)
  /// A table, written to the segment's memory.
  case table((Destination) -> Void)

  /// He et al. 2015 for ReLU networks with the variance of the backward pass kept (torchvision's choice).
  static func kaimingNormal(fanOut: Int) -> Initializer {
    .normal(deviation: (2 / Double(max(1, fanOut))).squareRoot())
  }

  /// PyTorch's default for the weights and biases of linear layers.
  static func torchLinear(fanIn: Int) -> Initializer { .uniform(bound: 1 / Double(max(1, fanIn)).squareRoot()) }

  /// Glorot & Bengio 2010.
  static func xavierUniform(fanIn: Int, fanOut: Int) -> Initializer {
    .uniform(bound: (6 / Double(max(1, fanIn + fanOut))).squareRoot())
  }

  /// Fills `tensor` from one stream of the generator. Two numbers use one block of it, so that chunks know where theirs
  /// begin.
  func fill(_ tensor: Tensor, key: UInt64, stream: UInt64) {
    let values = tensor.pointer
    if case .table(let write) = self { return write(values) }
    parallelChunks(tensor.count, of: 4096) { _, range in
      var random = Random(key: key, stream: stream, counter: UInt64(range.lowerBound / 2))
      for index in Swift.stride(from: range.lowerBound, to: range.upperBound, by: 2) {
        let (first, second) = pair(&random)
        values[index] = Scalar(first)
        if index + 1 < range.upperBound { values[index + 1] = Scalar(second) }
      }
    }
  }

  private func pair(_ random: inout Random) -> (Double, Double) {
    switch self {
    case .constant(let value): return (value, value)
    case .normal(let deviation):
      let (first, second) = random.normalPair()
      return (deviation * first, deviation * second)
    case .uniform(let bound): return (random.uniform(-bound, bound), random.uniform(-bound, bound))
    case .table: return (0, 0)
    }
  }
}
