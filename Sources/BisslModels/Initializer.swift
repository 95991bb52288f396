import BisslCore
import BisslKernels

/// How a parameter or buffer gets its first values.
public enum Initializer {
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

  /// By name, for a parameter tensor whose first extent counts outputs: "zeros", "ones", "constant" (with a number),
  /// "normal" (with a standard deviation), "uniform" (with a bound), "kaiming", "xavier" or "torch", PyTorch's default of
  /// linear layers.
  public init(named name: String, number: Double?, shape: [Int]) throws {
    // The number of elements is proved not to overflow where it is counted; a bound keeps products of it apart from that.
    let (fanIn, window) = (try Shape(Array(shape.dropFirst())).count, try Shape(Array(shape.dropFirst(2))).count)
    let outputs = max(1, shape.first ?? 1)
    try require(
      outputs < 1 << 31 && window < 1 << 31, .value("init: shape \(shape) is larger than a parameter can be"))
    func required() throws -> Double {
      guard let number, number.isFinite else {
        throw EngineError.value("init: '\(name)' needs a finite number, such as (\"\(name)\", 0.02)")
      }
      return number
    }
    switch name {
    case "zeros": self = .constant(0)
    case "ones": self = .constant(1)
    case "constant": self = .constant(try required())
    case "normal": self = .normal(deviation: try required())
    case "uniform": self = .uniform(bound: try required())
    case "kaiming": self = .kaimingNormal(fanOut: outputs * window)
    case "xavier": self = .xavierUniform(fanIn: fanIn, fanOut: outputs * window)
    case "torch": self = .torchLinear(fanIn: fanIn)
    default:
      throw EngineError.value(
        "init: expected 'zeros', 'ones', 'kaiming', 'xavier', 'torch', ('constant', x), ('normal', deviation) or "
          + "('uniform', bound), got '\(name)'")
    }
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
