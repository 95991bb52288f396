import BisslAutograd
import BisslCore
import BisslKernels

/// A backbone that is stated outside of the engine, operation by operation. What it does to images of one shape is traced
/// once (`Trace`) and run again as a `Program` from then on, in every pass, so that it takes part in everything that a
/// backbone of the engine's own does. It must do the same to all images of one shape.
public final class TracedBackbone: Backbone {
  /// What it is made of, in state-dict order.
  public enum Part {
    case parameter(name: String, shape: [Int], initial: Initializer)
    case batchNorm(name: String, channels: Int)
  }

  public let state: ModuleState
  public let outputs: Int
  private let norms: [String: BatchNormLayer]
  private let traces: Traces

  /// What was traced, by the shape of the images. Copies of a backbone share it.
  private final class Traces {
    var programs: [Shape: TracedProgram] = [:]
    var maps: [FeatureMap] = []
  }

  public convenience init(_ parts: [Part], outputs: Int, seed: UInt64) throws {
    try require((1...1 << 24).contains(outputs), .value("num_features: expected a positive number, got \(outputs)"))
    try require(!parts.isEmpty, .value("backbone: it has no parameters; add them in __init__ with add_parameter"))
    var builder = ModuleBuilder()
    var norms: [String: BatchNormLayer] = [:]
    for part in parts {
      switch part {
      case .parameter(let name, let shape, let initial):
        let isWeight = name.hasSuffix(".weight") && (shape.count == 2 || shape.count == 4)
        _ =
          try isWeight
          ? builder.adaptableWeight(name, shape: shape, initial: initial)
          : builder.parameter(name, shape: shape, initial: initial)
      case .batchNorm(let name, let channels):
        norms[name] = try BatchNormLayer(name, channels: channels, in: &builder)
      }
    }
    let state = try builder.build(seed: seed)
    try require(Set(state.names).count == state.names.count, .value("backbone: a name of a parameter was given twice"))
    self.init(state: state, outputs: outputs, norms: norms, traces: Traces())
  }

  private init(state: ModuleState, outputs: Int, norms: [String: BatchNormLayer], traces: Traces) {
    self.state = state
    self.outputs = outputs
    self.norms = norms
    self.traces = traces
  }

  public func with(_ state: ModuleState) throws -> TracedBackbone {
    TracedBackbone(state: state, outputs: outputs, norms: norms, traces: traces)
  }

  /// Those of the traces made so far.
  public var maps: [FeatureMap] { traces.maps }

  public func features(
    of images: Variable, maps wanted: [Int], pooled: Bool, in pass: Pass
  ) throws -> (maps: [Variable], pooled: Variable?) {
    guard let traced = traces.programs[images.value.shape] else {
      throw EngineError.state("images: this backbone has not been traced for shape \(images.value.shape)")
    }
    // The pooled features are the first output of every program.
    let made = try traced.program.run(on: pass.tape, wanted: (pooled ? [0] : []) + wanted.map { $0 + 1 }) {
      vector, offset in
      if vector == traced.images { return images }
      guard let index = state.declared.segments.firstIndex(where: { $0.offset == offset }) else {
        throw EngineError.state("a traced backbone without a parameter at \(offset)")
      }
      return try pass.adaptedWeight(index)
    } marked: { index, inputs in
      try traced.norms[index](inputs[0], pass)
    }
    return (Array(made.dropFirst(pooled ? 1 : 0)), pooled ? made.first : nil)
  }

  public func run(stage index: Int, on x: Variable, reading: StageReading, in pass: Pass) throws -> Variable {
    throw EngineError.value("stage: a backbone written in Python has no stages that could be run on another input")
  }

  func norm(named name: String) throws -> BatchNormLayer {
    guard let norm = norms[name] else {
      throw EngineError.value(
        "batch norm: expected one of \(norms.keys.sorted().joined(separator: ", ")), got '\(name)'")
    }
    return norm
  }

  /// Keeps what `trace` recorded. Throws where its maps are others than those of traces before it.
  func take(_ program: TracedProgram, of shape: Shape, maps: [FeatureMap]) throws {
    try require(
      traces.programs.isEmpty || traces.maps == maps,
      .value("maps: a backbone must have the same maps for images of every shape"))
    traces.programs[shape] = program
    traces.maps = maps
  }
}

/// What a backbone does to images of one shape.
struct TracedProgram {
  let program: Program
  /// What stands for the images on the tape that was traced.
  let images: ParameterVector
  /// The batch norms that it marks, in order.
  let norms: [BatchNormLayer]
}
