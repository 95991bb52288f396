import BisslAutograd
import BisslCore

/// Linear-BN-ReLU for all widths but the last, then Linear without bias. Parameter names are those of a torch
/// Sequential: `projector.0.weight`, `projector.1.weight`, `projector.3.weight`, …
struct Perceptron {
  let inputs: Int
  let outputs: Int
  private let hidden: [(linear: LinearLayer, norm: BatchNormLayer)]
  private let last: LinearLayer

  /// - Parameter name: "projector" or "predictor"; it begins the names of the parameters and the messages.
  init(_ name: String, inputs: Int, widths: [Int], in builder: inout ModuleBuilder) throws {
    guard let final = widths.last, widths.count <= 16, widths.allSatisfy({ (1...1 << 20).contains($0) }) else {
      throw EngineError.value("\(name): expected 1 to 16 positive widths, got \(widths)")
    }
    try require(
      (1...1 << 20).contains(inputs), .value("\(name): expected a positive number of features, got \(inputs)"))
    var hidden: [(LinearLayer, BatchNormLayer)] = []
    var channels = inputs
    for (index, width) in widths.dropLast().enumerated() {
      let linear = try LinearLayer("\(name).\(3 * index).", inputs: channels, outputs: width, in: &builder)
      hidden.append((linear, try BatchNormLayer("\(name).\(3 * index + 1)", channels: width, in: &builder)))
      channels = width
    }
    last = try LinearLayer("\(name).\(3 * hidden.count).", inputs: channels, outputs: final, bias: false, in: &builder)
    self.hidden = hidden
    self.inputs = inputs
    outputs = final
  }

  func callAsFunction(_ x: Variable, _ pass: Pass) throws -> Variable {
    try checkFeatures(x, inputs)
    var y = x
    for (linear, norm) in hidden { y = try norm(linear(y, pass), pass, activation: .relu) }
    return try last(y, pass)
  }
}
