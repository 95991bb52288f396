import BisslCore
import BisslKernels

/// The numbers of a module: its parameters, divided into those that are trained and those that are frozen, and its buffers
/// (running statistics), each one flat vector with named segments in PyTorch's order. What is trained is *the* vector of
/// the module: gradients, solvers, optimisers and regularisers know no other.
public final class ModuleState: @unchecked Sendable {
  /// The trained parameters.
  public let parameterLayout: ParameterLayout
  public let bufferLayout: ParameterLayout
  public let frozenLayout: ParameterLayout
  public let parameters: Tensor
  public let buffers: Tensor
  /// The frozen parameters. Never written: copies of a state share them, and `freeze` puts others in their place.
  public private(set) var frozen: Tensor
  /// Names of parameters and buffers in PyTorch's order.
  public let names: [String]
  /// All parameters by index, as layers know them: those of the architecture, then those of adapters.
  let declared: ParameterLayout
  /// Where each of them lies.
  let places: [ParameterPlace]
  /// By the index of the weight that each adds to.
  let adapters: [Int: LowRankAdapter]
  /// Weights that an adapter can be added to.
  let adaptable: Set<Int>
  /// The buffer that counts committed training passes, where a module has one.
  private let passCounter: Int?

  /// - Parameters:
  ///   - isFrozen: whether the parameter at an index is frozen.
  ///   - values: the numbers of the parameter at an index.
  init(
    declared: ParameterLayout, adapters: [Int: LowRankAdapter], adaptable: Set<Int>, names: [String],
    buffers: (layout: ParameterLayout, values: Tensor, passCounter: Int?), isFrozen: (Int) -> Bool,
    values: (Int) throws -> Tensor
  ) throws {
    let division = try ParameterDivision(of: declared, names: names, isFrozen: isFrozen)
    self.declared = declared
    self.adapters = adapters
    self.adaptable = adaptable
    self.names = names
    (places, parameterLayout, frozenLayout) = (division.places, division.trained, division.frozen)
    (bufferLayout, self.buffers, passCounter) = buffers
    (parameters, frozen) = try division.filled(values)
  }

  /// - Parameter copying: the trained parameters and the buffers are copied.
  private init(copying state: ModuleState) throws {
    (parameterLayout, frozenLayout, bufferLayout) = (state.parameterLayout, state.frozenLayout, state.bufferLayout)
    (declared, places, adapters) = (state.declared, state.places, state.adapters)
    (adaptable, names, passCounter) = (state.adaptable, state.names, state.passCounter)
    (parameters, buffers, frozen) = (try state.parameters.copy(), try state.buffers.copy(), state.frozen)
  }

  public func copy() throws -> ModuleState { try ModuleState(copying: self) }

  /// The same parameters and buffers but for what is given. Nothing is shared.
  func divided(
    declared: ParameterLayout? = nil, adapters: [Int: LowRankAdapter]? = nil, names: [String]? = nil,
    isFrozen: (Int) -> Bool, values: (Int) throws -> Tensor
  ) throws -> ModuleState {
    try ModuleState(
      declared: declared ?? self.declared, adapters: adapters ?? self.adapters, adaptable: adaptable,
      names: names ?? self.names, buffers: (bufferLayout, buffers.copy(), passCounter), isFrozen: isFrozen,
      values: values)
  }

  /// The numbers of a declared parameter; shares memory.
  func values(of index: Int) throws -> Tensor {
    let shape = declared.segments[index].shape
    switch places[index] {
    case .trained(let offset): return try parameters.window(at: offset, shape)
    case .frozen(let offset): return try frozen.window(at: offset, shape)
    }
  }

  /// Puts other numbers in the place of the frozen ones. What was recorded before keeps those that it saw.
  public func freeze(_ values: Tensor) throws {
    try frozenLayout.check(values, "frozen parameters")
    frozen = values
  }

  /// A copy of the first segments, those that make up `parameterCount` parameters and `bufferCount` buffers; of a module
  /// whose parameters are all trained.
  func prefix(parameters parameterCount: Int, buffers bufferCount: Int) throws -> ModuleState {
    let (first, firstBuffers) = (try declared.prefix(parameterCount), try bufferLayout.prefix(bufferCount))
    let kept = Set((first.segments + firstBuffers.segments).map(\.name))
    return try ModuleState(
      declared: first, adapters: [:], adaptable: [], names: names.filter(kept.contains),
      buffers: (
        firstBuffers, buffers.window(at: 0, Shape(bufferCount)).copy(),
        passCounter.flatMap { firstBuffers.segments.indices.contains($0) ? $0 : nil }
      ), isFrozen: { _ in false }, values: values(of:))
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
