import BisslCore
import BisslKernels

/// A training step before it is taken, whichever level it is of: what gradients there are, added up over losses and
/// summed over processes, and what is to change besides parameters. Nothing has changed yet. `commit` changes everything,
/// once, when nothing can fail any more.
public final class ProposedStep {
  /// A weighted loss whose gradients take part.
  public struct Term {
    /// In messages, such as "pretext".
    public let name: String
    public let loss: Scalar
    public let weight: Double
    public let gradients: [Gradient]
    /// Moves running statistics and what state the objective has.
    public let commit: () -> Void

    public init(
      _ name: String, loss: Scalar, weight: Double = 1, _ gradients: [Gradient], commit: @escaping () -> Void = {}
    ) {
      self.name = name
      self.loss = loss
      self.weight = weight
      self.gradients = gradients
      self.commit = commit
    }
  }

  public let level: Level
  /// The loss of each term before the step, summed over processes.
  public let losses: [Double]
  /// Of every parameter vector that is to move.
  public internal(set) var gradients: [Gradient]
  private let commits: [() -> Void]
  private var isTaken = false

  /// - Parameter others: vectors that are to be summed along with the gradients, in place.
  /// - Throws: `nonFinite` naming the loss, `value` where there is no gradient. Whatever the values, all processes have met
  ///   in the sum before, and all of them throw.
  public init(
    _ level: Level, _ terms: [Term], summedWith others: [Tensor] = [],
    over communicator: any Communicator = SingleProcess.shared
  ) throws {
    self.level = level
    commits = terms.map(\.commit)
    gradients = try ProposedStep.combined(terms, copying: communicator.size > 1)
    try require(!gradients.isEmpty, .value("a training step was asked for without any gradient"))
    let losses = try Tensor(terms.map(\.loss), Shape(terms.count))
    if communicator.size > 1 {
      try Interrupt.check()
      try communicator.sum(gradients.map(\.vector) + others + [losses], for: "gradients of the \(level.rawValue)")
    }
    for (term, loss) in zip(terms, losses.array) { try level.requireFinite(loss: loss, term.name) }
    self.losses = losses.array.map { Double($0) }
  }

  /// Changes the parameters in place, and what else the step changes.
  ///
  /// - Parameter implicitTerm: added to the backbone's gradient.
  /// - Returns: the joint ℓ2 norm of all gradients before clipping.
  /// - Throws: `nonFinite` naming the segment, `value` for what does not fit, `state` where it was taken before. Nothing is
  ///   changed then.
  public func commit(
    _ optimizer: any Optimizer, clipping: JointClipping, learningRate: Double, adding implicitTerm: Tensor? = nil
  ) throws -> Double {
    try require(!isTaken, .state("this training step was taken already: propose another"))
    try Setting.requireNonNegative(learningRate, "learning rate")
    let gradients = try implicitTerm.map { term in
      try replacing("backbone") { layout, own in try layout.combining(term, 1, own) }
    } ?? self.gradients
    let norm = try JointClipping.norm(of: gradients, at: level)
    try optimizer.step(gradients, scaledBy: clipping.coefficient(forNorm: norm), learningRate: learningRate)
    for commit in commits { commit() }
    isTaken = true
    return norm
  }

  /// The gradients, one of them made anew.
  func replacing(
    _ name: String, _ make: (_ layout: ParameterLayout, _ own: Tensor) throws -> Tensor
  ) throws -> [Gradient] {
    try gradients.map { gradient in
      if gradient.name != name { return gradient }
      let parameters = gradient.parameters
      return try Gradient(name, of: parameters, make(parameters.layout, gradient.vector))
    }
  }

  /// Σ weight·gradient of each parameter vector, in the order in which the terms bring them.
  ///
  /// - Parameter copying: whether also a gradient that stands alone is copied, because it will be changed.
  private static func combined(_ terms: [Term], copying: Bool) throws -> [Gradient] {
    var combined: [Gradient] = []
    for term in terms {
      for gradient in term.gradients {
        let (layout, weight) = (gradient.parameters.layout, term.weight)
        if let index = combined.firstIndex(where: { $0.parameters.isSame(as: gradient.parameters) }) {
          let known = combined[index]
          let sum = try layout.combining(known.vector, weight, gradient.vector)
          combined[index] = try Gradient(known.name, of: known.parameters, sum)
        } else {
          let isKept = weight == 1 && !copying
          let vector = try isKept ? gradient.vector : layout.scaled(gradient.vector, by: weight)
          combined.append(try Gradient(gradient.name, of: gradient.parameters, vector))
        }
      }
    }
    return combined
  }
}

extension Parameters {
  /// Whether both are the same memory.
  fileprivate func isSame(as other: Parameters) -> Bool {
    vector.storage === other.vector.storage && vector.offset == other.vector.offset
  }
}
