import BisslCore
import BisslKernels

/// The numbers of a module: its trainable parameters and its buffers (running statistics), each one flat vector with
/// named segments.
public final class ModuleState: @unchecked Sendable {
  public let parameterLayout: ParameterLayout
  public let bufferLayout: ParameterLayout
  public let parameters: Tensor
  public let buffers: Tensor
  /// Names of parameters and buffers in PyTorch's order.
  public let names: [String]
  /// The buffer that counts committed training passes, where a module has one.
  private let passCounter: Int?

  init(
    parameterLayout: ParameterLayout, bufferLayout: ParameterLayout, parameters: Tensor, buffers: Tensor, names: [String],
    passCounter: Int?
  ) {
    self.parameterLayout = parameterLayout
    self.bufferLayout = bufferLayout
    self.parameters = parameters
    self.buffers = buffers
    self.names = names
    self.passCounter = passCounter
  }

  public func copy() throws -> ModuleState {
    ModuleState(
      parameterLayout: parameterLayout, bufferLayout: bufferLayout, parameters: try parameters.copy(),
      buffers: try buffers.copy(), names: names, passCounter: passCounter)
  }

  /// A copy of the first segments, those that make up `parameterCount` parameters and `bufferCount` buffers.
  func prefix(parameters parameterCount: Int, buffers bufferCount: Int) throws -> ModuleState {
    let (first, firstBuffers) = (try parameterLayout.prefix(parameterCount), try bufferLayout.prefix(bufferCount))
    let kept = Set((first.segments + firstBuffers.segments).map(\.name))
    return ModuleState(
      parameterLayout: first, bufferLayout: firstBuffers,
      parameters: try parameters.window(at: 0, Shape(parameterCount)).copy(),
      buffers: try buffers.window(at: 0, Shape(bufferCount)).copy(), names: names.filter(kept.contains),
      passCounter: passCounter.flatMap { firstBuffers.segments.indices.contains($0) ? $0 : nil })
  }

  /// Moves the running statistics by what training-mode passes measured, in order: momentum 0.1, unbiased variance, as
  /// PyTorch. Counts the step's pass.
  public func commit(_ statistics: [BatchStatistics]) {
    if let passCounter { buffers.pointer[bufferLayout.segments[passCounter].offset] += 1 }
    for entry in statistics {
      let mean = buffers.pointer + bufferLayout.segments[entry.layer.runningMean].offset
      let variance = buffers.pointer + bufferLayout.segments[entry.layer.runningVariance].offset
      let unbiased = Double(entry.count) / Double(max(1, entry.count - 1))
      for c in entry.mean.indices {
        mean[c] = Scalar(0.9 * Double(mean[c]) + 0.1 * entry.mean[c])
        variance[c] = Scalar(0.9 * Double(variance[c]) + 0.1 * entry.variance[c] * unbiased)
      }
      buffers.pointer[bufferLayout.segments[entry.layer.batchesTracked].offset] += 1
    }
  }
}

/// What one training-mode pass through one batch norm measured.
public struct BatchStatistics: Sendable {
  let layer: BatchNormLayer
  let mean: [Double]
  let variance: [Double]
  let count: Int
}

/// Collects a module's segments while its layers are laid out.
struct ModuleBuilder {
  private var parameters = ParameterLayout()
  private var buffers = ParameterLayout()
  private var parameterInitializers: [Initializer] = []
  private var bufferInitializers: [Initializer] = []
  private var names: [String] = []
  private var passCounter: Int?

  /// Numbers laid out so far.
  var parameterCount: Int { parameters.count }
  var bufferCount: Int { buffers.count }

  mutating func parameter(_ name: String, _ shape: Int..., initial: Initializer) throws -> Int {
    try parameter(name, shape: shape, initial: initial)
  }

  mutating func parameter(_ name: String, shape: [Int], initial: Initializer) throws -> Int {
    parameterInitializers.append(initial)
    names.append(name)
    return try parameters.append(name, Shape(shape))
  }

  mutating func buffer(_ name: String, _ shape: Int..., initial: Initializer) throws -> Int {
    bufferInitializers.append(initial)
    names.append(name)
    return try buffers.append(name, Shape(shape))
  }

  /// A buffer that counts the training passes that steps have committed.
  mutating func passCounter(_ name: String) throws -> Int {
    let index = try buffer(name, initial: .constant(0))
    passCounter = index
    return index
  }

  /// Every parameter draws from a stream of its own: its first values depend on the seed and its place alone.
  func build(seed: UInt64) throws -> ModuleState {
    ModuleState(
      parameterLayout: parameters, bufferLayout: buffers,
      parameters: try filled(parameters, parameterInitializers, seed),
      buffers: try filled(buffers, bufferInitializers, seed), names: names, passCounter: passCounter)
  }

  private func filled(_ layout: ParameterLayout, _ initializers: [Initializer], _ seed: UInt64) throws -> Tensor {
    try Interrupt.whole {
      let vector = try Tensor(Shape(layout.count), for: "the parameters of a module")
      for (index, (segment, initializer)) in zip(layout.segments, initializers).enumerated() {
        initializer.fill(try vector.window(at: segment.offset, segment.shape), key: seed, stream: UInt64(index))
      }
      return vector
    }
  }
}
