import BisslAutograd
import BisslCore

/// BYOL's head: a projector, and on top of it a predictor of the same form that answers vectors of the projector's
/// length. One state holds both, the projector first; parameter names are the authors', `projector.0.weight`, …,
/// `predictor.0.weight`, …
public final class ProjectorAndPredictor: Module {
  public let state: ModuleState
  public let inputs: Int
  public let outputs: Int
  private let projector: Perceptron
  private let predictor: Perceptron
  /// How much of the state is the projector's.
  private let projectorParameterCount: Int
  private let projectorBufferCount: Int

  public convenience init(inputs: Int, projector: [Int], predictor: [Int], seed: UInt64) throws {
    try self.init(inputs: inputs, projector: projector, predictor: predictor) { try $0.build(seed: seed) }
  }

  private init(
    inputs: Int, projector: [Int], predictor: [Int], state: (ModuleBuilder) throws -> ModuleState
  ) throws {
    var builder = ModuleBuilder()
    self.projector = try Perceptron("projector", inputs: inputs, widths: projector, in: &builder)
    (projectorParameterCount, projectorBufferCount) = (builder.parameterCount, builder.bufferCount)
    outputs = self.projector.outputs
    self.predictor = try Perceptron("predictor", inputs: outputs, widths: predictor, in: &builder)
    try require(
      self.predictor.outputs == outputs,
      .value(
        "predictor: its last width must be the projector's, \(outputs), for it predicts projections; "
          + "got \(predictor)"))
    self.inputs = inputs
    self.state = try state(builder)
  }

  private init(_ head: ProjectorAndPredictor, with state: ModuleState) {
    (inputs, outputs, projector, predictor) = (head.inputs, head.outputs, head.projector, head.predictor)
    (projectorParameterCount, projectorBufferCount) = (head.projectorParameterCount, head.projectorBufferCount)
    self.state = state
  }

  public func with(_ state: ModuleState) throws -> ProjectorAndPredictor { ProjectorAndPredictor(self, with: state) }

  /// The prediction, (N, outputs).
  public func forward(_ x: Variable, in pass: Pass) throws -> Variable { try predictor(projector(x, pass), pass) }

  /// The projector's part of the parameters; shares memory.
  public func projectorParameters() throws -> Tensor {
    try state.parameters.window(at: 0, Shape(projectorParameterCount))
  }

  /// A projector of its own with this one's parameters and running statistics.
  public func copyOfProjector() throws -> Projector {
    Projector(projector, try state.prefix(parameters: projectorParameterCount, buffers: projectorBufferCount))
  }
}
