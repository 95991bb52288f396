import BisslCore

/// How a parameter or buffer gets its first values.
enum Initializer {
  case constant(Double)
  /// Normal with mean 0.
  case normal(deviation: Double)
  /// Uniform on [−bound, bound).
  case uniform(bound: Double)

  /// He et al. 2015 for ReLU networks with the variance of the backward pass kept (torchvision's choice).
  static func kaimingNormal(fanOut: Int) -> Initializer { .normal(deviation: (2 / Double(max(1, fanOut))).squareRoot()) }

  /// PyTorch's default for the weights and biases of linear layers.
  static func torchLinear(fanIn: Int) -> Initializer { .uniform(bound: 1 / Double(max(1, fanIn)).squareRoot()) }

  func fill(_ tensor: Tensor, random: inout Random) {
    let values = tensor.pointer
    switch self {
    case .constant(let value): values.update(repeating: Scalar(value), count: tensor.count)
    case .normal(let deviation):
      for i in 0..<tensor.count { values[i] = Scalar(deviation * random.normal()) }
    case .uniform(let bound):
      for i in 0..<tensor.count { values[i] = Scalar(random.uniform(-bound, bound)) }
    }
  }
}
