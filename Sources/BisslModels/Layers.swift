import BisslAutograd
import BisslCore

/// A convolution without bias: the index of its weight, and the operation.
struct ConvolutionLayer {
  let weight: Int
  let operation: Convolution

  init(
    _ name: String, inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, in builder: inout ModuleBuilder
  ) throws {
    weight = try builder.parameter(
      name + ".weight", outputs, inputs, kernel, kernel, initial: .kaimingNormal(fanOut: outputs * kernel * kernel))
    operation = Convolution(stride: Extent2(stride), padding: Extent2(kernel / 2))
  }

  func callAsFunction(_ x: Variable, _ pass: Pass) throws -> Variable {
    try pass.tape.apply(operation, x, pass.parameter(weight))
  }
}

/// Batch norm with affine parameters and running statistics, ε 1e-5.
struct BatchNormLayer: Sendable {
  let weight, bias, runningMean, runningVariance, batchesTracked: Int

  init(_ name: String, channels: Int, in builder: inout ModuleBuilder) throws {
    weight = try builder.parameter(name + ".weight", channels, initial: .constant(1))
    bias = try builder.parameter(name + ".bias", channels, initial: .constant(0))
    runningMean = try builder.buffer(name + ".running_mean", channels, initial: .constant(0))
    runningVariance = try builder.buffer(name + ".running_var", channels, initial: .constant(1))
    batchesTracked = try builder.buffer(name + ".num_batches_tracked", initial: .constant(0))
  }

  /// activation(batch norm(x) + residual)
  func callAsFunction(
    _ x: Variable, _ pass: Pass, residual: Variable? = nil, activation: Activation? = nil
  ) throws -> Variable {
    let operation = BatchNorm(mode: try mode(pass), relu: activation == .relu)
    let inputs = try [x, pass.parameter(weight), pass.parameter(bias)] + (residual.map { [$0] } ?? [])
    let (y, saved) = try pass.tape.applyKeeping(operation, inputs)
    if pass.mode == .training {
      pass.statistics += saved.moments.map {
        BatchStatistics(layer: self, mean: $0.mean, variance: $0.variance, count: saved.count)
      }
    }
    return activation == .gelu ? try pass.tape.apply(GELU(), y) : y
  }

  private func mode(_ pass: Pass) throws -> BatchNorm.Mode {
    switch pass.mode {
    case .training: .training(batches: pass.batches)
    case .inference: .inference(mean: try pass.buffer(runningMean), variance: try pass.buffer(runningVariance))
    }
  }
}

/// y = x Wᵀ + b with W (outputs, inputs), which a state dict may know under another shape.
struct LinearLayer {
  let weight: Int
  let bias: Int?
  private let matrix: Reshape?

  /// - Parameters:
  ///   - weightShape: of W in a state dict, where it is not (outputs, inputs).
  ///   - weights, biases: PyTorch's default unless given.
  init(
    _ name: String, inputs: Int, outputs: Int, bias hasBias: Bool = true, weightShape: [Int]? = nil,
    weights: Initializer? = nil, biases: Initializer? = nil, in builder: inout ModuleBuilder
  ) throws {
    let initial = Initializer.torchLinear(fanIn: inputs)
    weight = try builder.parameter(
      name + "weight", shape: weightShape ?? [outputs, inputs], initial: weights ?? initial)
    bias = hasBias ? try builder.parameter(name + "bias", outputs, initial: biases ?? initial) : nil
    matrix = weightShape == nil ? nil : Reshape(to: [outputs, inputs])
  }

  func callAsFunction(_ x: Variable, _ pass: Pass) throws -> Variable {
    let w = try matrix.map { try pass.tape.apply($0, pass.parameter(weight)) } ?? pass.parameter(weight)
    guard let bias else { return try pass.tape.apply(MatrixProduct(transposeRight: true), x, w) }
    return try pass.tape.apply(Linear(), x, w, pass.parameter(bias))
  }
}

/// The nonlinearity of a network.
public enum Activation: String, CaseIterable, Sendable { case relu, gelu }
