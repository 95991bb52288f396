import BisslCore
import BisslKernels

/// Collects a module's segments while its layers are laid out.
struct ModuleBuilder {
  private var parameters = ParameterLayout()
  private var buffers = ParameterLayout()
  private var parameterInitializers: [Initializer] = []
  private var bufferInitializers: [Initializer] = []
  private var names: [String] = []
  private var passCounter: Int?
  private var adaptable: Set<Int> = []

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

  /// A matrix, or the weight of a convolution without groups, that a layer uses with its `LowRankAdapter`.
  mutating func adaptableWeight(_ name: String, shape: [Int], initial: Initializer) throws -> Int {
    let index = try parameter(name, shape: shape, initial: initial)
    adaptable.insert(index)
    return index
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
    let values = try filled(parameters, parameterInitializers, seed)
    return try ModuleState(
      declared: parameters, adapters: [:], adaptable: adaptable, names: names,
      buffers: (buffers, filled(buffers, bufferInitializers, seed), passCounter), isFrozen: { _ in false }
    ) { try values.window(at: parameters.segments[$0].offset, parameters.segments[$0].shape) }
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
