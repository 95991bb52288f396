import BisslAutograd
import BisslCore
import BisslKernels
import BisslModels

/// A loss of a backbone and a head while it is recorded: both modules on one tape, in training mode. It ends, once, in an
/// `Evaluation` or a `PretextLinearization`. In inference mode it computes predictions, and ends in neither. Nothing of the
/// modules changes.
///
/// In training mode, over several processes, it is of this one's share of the batch: the loss is that of the share as if it
/// were the batch, and weighs as much as the share (`BatchShare`).
public final class Recording: Recorder {
  public let tape: Tape
  private let backbone: (module: any Module, pass: Pass)
  private let head: (module: any Module, pass: Pass)
  private let mode: Pass.Mode
  private var hasEnded = false

  /// - Parameters:
  ///   - wantsBackbone, wantsHead: whose gradients are to come; the parameters of the other are constants.
  ///   - snapshot: the tape sees copies of the parameters, so that later changes do not touch what comes of it: a
  ///     linearization.
  ///   - mode: of both modules.
  ///   - communicator: joins the processes that have a share of the batch each.
  public init(
    backbone: any Module, head: any Module, wantsBackbone: Bool = true, wantsHead: Bool = true, snapshot: Bool = false,
    mode: Pass.Mode = .training, over communicator: any Communicator = Engine.communicator
  ) throws {
    let isAlone = communicator.size == 1 || mode == .inference
    let tape = Tape(share: isAlone ? .whole : BatchShare(over: communicator), isForProducts: snapshot)
    self.tape = tape
    self.mode = mode
    func pass(_ module: any Module, _ wanted: Bool) throws -> Pass {
      try Pass(
        module, on: tape, mode: mode, frozen: !wanted,
        snapshot: snapshot ? try module.state.parameters.copy() : nil)
    }
    self.backbone = (backbone, try pass(backbone, wantsBackbone))
    self.head = (head, try pass(head, wantsHead))
  }

  /// The backbone's maps of images (N, H, W, 3) by name and, where asked, its features; all are embeddings, as the head's
  /// outputs are. The images may be several batches of one size, one behind the other.
  public func features(
    of images: Tensor, batches: Int = 1, maps: [String] = [], pooled: Bool = true
  ) throws -> (maps: [Variable], pooled: Variable?) {
    try checkOpen()
    try require(
      batches > 0 && images.shape.rank > 0 && images.shape[0].isMultiple(of: batches),
      .value("batches: expected batches of one size, got images of shape \(images.shape) and \(batches) batches"))
    tape.share.begin(samples: images.shape[0] / batches)
    let network = try network()
    let wanted = try maps.map(network.index(ofMap:))
    let made = try backbone.pass.stacking(batches) {
      try network.features(of: Variable(constant: images), maps: wanted, pooled: pooled, in: backbone.pass)
    }
    for variable in made.maps { tape.embedding(variable) }
    return (made.maps, made.pooled.map(tape.embedding))
  }

  /// What a stage of the backbone makes of a value, which need not be the map before it.
  public func stage(_ name: String, of x: Variable, reading: StageReading) throws -> Variable {
    try checkOpen()
    let network = try network()
    return tape.embedding(try network.run(stage: network.index(ofMap: name), on: x, reading: reading, in: backbone.pass))
  }

  private func network() throws -> any Backbone {
    guard let network = backbone.module as? any Backbone else {
      throw EngineError.type("backbone: expected a network that answers features")
    }
    return network
  }

  /// The head applied to features.
  public func outputs(of features: Variable) throws -> Variable {
    try checkOpen()
    return tape.embedding(try head.module.forward(features, batches: 1, in: head.pass))
  }

  /// A parameter tensor of the head.
  public func headParameter(_ name: String) throws -> Variable {
    try checkOpen()
    return try head.pass.parameter(head.module.state.index(ofParameter: name))
  }

  /// Marks a value as one that the loss is a function of (`Tape.embedding`).
  public func embedding(_ variable: Variable) throws -> Variable {
    try checkOpen()
    return tape.embedding(variable)
  }

  /// Runs an operation on this recording's tape.
  public func apply(_ operation: any Operation, _ inputs: [Variable]) throws -> Variable {
    try checkOpen()
    if !tape.share.isWhole, let loss = operation as? NTXent, inputs.count == 1 {
      return try loss.parts(of: inputs[0], on: tape, markingLogits: false)
    }
    return try tape.apply(operation, inputs)
  }

  /// A loss that the protocol's objective states.
  func loss(of batch: Batch, as objective: any Objective) throws -> Variable {
    tape.share.begin(samples: batch.samples)
    return try objective.loss(of: batch, backbone: backbone, head: head)
  }

  /// The loss as it counts in the sum over processes.
  private func weighted(_ loss: Variable) throws -> Variable {
    tape.share.isWhole ? loss : try tape.apply(Scale(by: Scalar(tape.share.weight())), loss)
  }

  /// Loss and the wanted gradients.
  ///
  /// - Parameter objective: whose state the step that takes the evaluation is to commit.
  public func evaluation(of loss: Variable, as objective: (any Objective)? = nil) throws -> Evaluation {
    try end()
    let loss = try weighted(loss)
    let gradients = try tape.gradient(of: loss)
    return Evaluation(
      loss: try loss.value.item(), backboneGradient: backbone.pass.vector.flatMap { gradients[$0] },
      headGradient: head.pass.vector.flatMap { gradients[$0] },
      backbone: (backbone.module.state, backbone.pass.statistics), head: (head.module.state, head.pass.statistics),
      objective: objective, communicator: tape.share.communicator)
  }

  /// The loss expanded for Hessian products of the backbone, or, jointly, of backbone and head.
  public func linearization(of loss: Variable, jointly: Bool = false) throws -> PretextLinearization {
    try end()
    guard let theta = backbone.pass.vector, let phi = head.pass.vector else {
      throw EngineError.value("a linearization needs the gradients of backbone and head")
    }
    return try PretextLinearization(
      Linearization(tape, loss: weighted(loss), differentiated: jointly ? [theta, phi] : [theta]), backbone: theta,
      head: phi, jointly: jointly, over: tape.share.communicator)
  }

  private func end() throws {
    try checkOpen()
    try require(mode == .training, .state("this recording is in inference mode, which has no derivatives"))
    hasEnded = true
  }

  private func checkOpen() throws {
    try require(!hasEnded, .state("this loss was evaluated already: its tape has ended; record it anew"))
  }
}
