import BisslAutograd
import BisslCore

/// A backbone or a head: a function of features with a state.
public protocol Module: AnyObject {
  var state: ModuleState { get }
  /// Channels or features that go in, and features that come out.
  var inputs: Int { get }
  var outputs: Int { get }
  /// Records the module on the tape of `pass`.
  func forward(_ x: Variable, in pass: Pass) throws -> Variable
  /// The same architecture with other numbers.
  func with(_ state: ModuleState) throws -> Self
}

/// One module taking part in one tape. Passing several batches (two views) through the same `Pass` shares its leaves.
public final class Pass {
  public enum Mode { case training, inference }

  public let tape: Tape
  public let mode: Mode
  /// The module's vector on the tape; nil when it is frozen.
  public let vector: ParameterVector?
  /// What training-mode batch norm measured, in order. Committed by the step that uses this pass, or never.
  public internal(set) var statistics: [BatchStatistics] = []
  /// How many batches of one size pass through as one (`Module.forward(_:batches:in:)`). Where it throws,
  /// what it measured is forgotten: it may be asked again.
  private(set) var batches = 1
  /// Leaves of the tape, made where they are first used: a sweep from the end has done with a leaf when it meets it.
  private var parameters: [Int: Variable] = [:]
  /// The trained parameters, and those that are constants whatever is differentiated.
  private let values, constants: Tensor
  let state: ModuleState

  /// - Parameters:
  ///   - frozen: all parameters are constants: nothing is differentiated with respect to them.
  ///   - snapshot: trained parameters to use in place of the module's own.
  public init(
    _ module: any Module, on tape: Tape, mode: Mode, frozen: Bool = false, snapshot: Tensor? = nil
  ) throws {
    self.tape = tape
    self.mode = mode
    state = module.state
    values = snapshot ?? state.parameters
    constants = state.frozen
    vector = frozen ? nil : tape.add(values)
  }

  /// A declared parameter: a leaf of the tape where it is trained, a constant where it is frozen.
  public func parameter(_ index: Int) throws -> Variable {
    if let known = parameters[index] { return known }
    let shape = state.declared.segments[index].shape
    let parameter: Variable
    switch (state.places[index], vector) {
    case (.trained(let offset), let vector?): parameter = try tape.parameter(vector, at: offset, shape)
    case (.trained(let offset), nil): parameter = Variable(constant: try values.window(at: offset, shape))
    case (.frozen(let offset), nil): parameter = Variable(constant: try constants.window(at: offset, shape))
    // Products with it may be taken again and again.
    case (.frozen(let offset), _): parameter = Variable(constant: try constants.window(at: offset, shape).preparing())
    }
    parameters[index] = parameter
    return parameter
  }

  /// Runs `body` for several batches of one size, one behind the other (`Module.forward(_:batches:in:)`). Where it throws,
  /// what it measured is forgotten: it may be asked again.
  public func stacking<T>(_ batches: Int, _ body: () throws -> T) rethrows -> T {
    let measured = statistics.count
    self.batches = batches
    defer { self.batches = 1 }
    do { return try body() } catch {
      statistics.removeSubrange(measured...)
      throw error
    }
  }

  func buffer(_ index: Int) throws -> Tensor {
    let segment = state.bufferLayout.segments[index]
    return try state.buffers.window(at: segment.offset, segment.shape)
  }
}

extension Module {
  /// An independent copy. Frozen parameters, which nothing writes, are shared.
  public func copy() throws -> Self { try with(state.copy()) }

  /// As `forward` for several batches of one size that stand one behind the other along the first axis: batch norm takes
  /// the statistics of each. The same as passing them one by one, except that each weight is used once and that drop path
  /// draws for all of them at once.
  public func forward(_ x: Variable, batches: Int, in pass: Pass) throws -> Variable {
    try pass.stacking(batches) { try forward(x, in: pass) }
  }

  /// The module applied in inference mode.
  public func apply(_ x: Tensor) throws -> Tensor {
    let pass = try Pass(self, on: Tape(recording: false), mode: .inference, frozen: true)
    return try forward(Variable(constant: x), in: pass).value
  }

  /// Moves running statistics by one training-mode pass over `x`; no parameter changes.
  public func observe(_ x: Tensor) throws {
    let pass = try Pass(self, on: Tape(recording: false), mode: .training, frozen: true)
    _ = try forward(Variable(constant: x), in: pass)
    state.commit(pass.statistics)
  }
}
