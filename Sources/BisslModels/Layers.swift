import BisslAutograd
import BisslCore
import BisslKernels

/// A convolution with square windows: the indices of its weight and bias, and the operation.
struct ConvolutionLayer {
  let weight: Int
  let bias: Int?
  let kernel, stride, groups: Int
  private let padding: Int

  /// - Parameters:
  ///   - padding: half a window unless given.
  ///   - groups: of channels, each convolved on its own.
  init(
    _ name: String, inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, padding: Int? = nil, groups: Int = 1,
    bias hasBias: Bool = false, weights: Initializer? = nil, in builder: inout ModuleBuilder
  ) throws {
    let shape = [outputs, inputs / groups, kernel, kernel]
    let initial = weights ?? .kaimingNormal(fanOut: outputs / groups * kernel * kernel)
    weight =
      try groups == 1
      ? builder.adaptableWeight(name + ".weight", shape: shape, initial: initial)
      : builder.parameter(name + ".weight", shape: shape, initial: initial)
    bias = try hasBias ? builder.parameter(name + ".bias", outputs, initial: .constant(0)) : nil
    self.kernel = kernel
    self.stride = stride
    self.groups = groups
    self.padding = padding ?? kernel / 2
  }

  func callAsFunction(_ x: Variable, _ pass: Pass) throws -> Variable { try self(x, stride: nil, 1, pass) }

  /// With another stride than its own where one is given, and windows spread by `dilation`.
  func callAsFunction(_ x: Variable, stride other: Int?, _ dilation: Int, _ pass: Pass) throws -> Variable {
    let operation = Convolution(
      stride: Extent2(other ?? stride), padding: Extent2(padding * dilation), dilation: Extent2(dilation), groups: groups)
    var y = try pass.tape.apply(operation, x, pass.parameter(weight))
    if let adapter = try pass.adapter(of: weight) {
      y = try pass.tape.apply(Add(), y, addition(of: adapter, to: x, operation, pass))
    }
    return try bias.map { try pass.tape.apply(AddBias(), y, pass.parameter($0)) } ?? y
  }

  /// s·B(A∗x): a convolution with few outputs, and one of 1×1 windows.
  private func addition(
    of adapter: RecordedAdapter, to x: Variable, _ operation: Convolution, _ pass: Pass
  ) throws -> Variable {
    let tape = pass.tape
    let (outputs, rank) = (adapter.b.value.shape[0], adapter.b.value.shape[1])
    let inputs = adapter.a.value.shape[1] / (kernel * kernel)
    let a = try tape.apply(Reshape(to: [rank, inputs, kernel, kernel]), adapter.a)
    let hidden = try tape.apply(Scale(by: adapter.scale), tape.apply(operation, x, a))
    return try tape.apply(Convolution(), hidden, tape.apply(Reshape(to: [outputs, rank, 1, 1]), adapter.b))
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
    let shift = try pass.tape.share.isWhole ? nil : pass.buffer(runningMean)
    let operation = BatchNorm(mode: try mode(pass), relu: activation == .relu, shift: shift)
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
    weight = try builder.adaptableWeight(
      name + "weight", shape: weightShape ?? [outputs, inputs], initial: weights ?? initial)
    bias = hasBias ? try builder.parameter(name + "bias", outputs, initial: biases ?? initial) : nil
    matrix = weightShape == nil ? nil : Reshape(to: [outputs, inputs])
  }

  func callAsFunction(_ x: Variable, _ pass: Pass) throws -> Variable {
    let w = try matrix.map { try pass.tape.apply($0, pass.parameter(weight)) } ?? pass.parameter(weight)
    if let adapter = try pass.adapter(of: weight) {
      return try pass.tape.apply(
        LowRankLinear(scale: adapter.scale), [x, w, adapter.a, adapter.b] + (bias.map { [try pass.parameter($0)] } ?? []))
    }
    guard let bias else { return try pass.tape.apply(MatrixProduct(transposeRight: true), x, w) }
    return try pass.tape.apply(Linear(), x, w, pass.parameter(bias))
  }
}

/// The nonlinearity of a network.
public enum Activation: String, CaseIterable, Sendable { case relu, gelu }
