import BisslAutograd
import BisslBilevel
import BisslCore
import BisslImaging
import BisslModels
import BisslObjectives

/// The kinds of object that cross the boundary.

final class VectorHandle: Exported {
  static let kind = "a vector"
  let tensor: Tensor
  init(_ tensor: Tensor) { self.tensor = tensor }
}

final class TextHandle: Exported {
  static let kind = "a text"
  let bytes: [UInt8]
  init(_ text: String) { bytes = Array(text.utf8) }
}

final class ModuleHandle: Exported {
  static let kind = "a module"
  let module: any Module
  init(_ module: any Module) { self.module = module }

  var layout: ParameterLayout { module.state.parameterLayout }

  func parameters() throws -> Parameters { try Parameters(module.state.parameters, layout) }
}

final class ObjectiveHandle: Exported {
  static let kind = "an objective"
  let objective: any Objective
  init(_ objective: any Objective) { self.objective = objective }

  /// The objective as a masked autoencoder.
  func masked(_ argument: String) throws -> MAE {
    guard let masked = objective as? MAE else { throw EngineError.type("\(argument): expected a masked autoencoder") }
    return masked
  }
}

final class EvaluationHandle: Exported {
  static let kind = "an evaluation"
  let evaluation: Evaluation
  /// Loss and gradients of the batch of all processes.
  private(set) lazy var sums = Result { try evaluation.summed() }
  /// The same loss, where a step has summed it already.
  var loss: Double?
  init(_ evaluation: Evaluation) { self.evaluation = evaluation }

  func summedLoss() throws -> Double { try loss ?? Double(sums.get().loss) }

  func backbone() throws -> Parameters { try EvaluationHandle.parameters(evaluation.backbone.state) }
  func head() throws -> Parameters { try EvaluationHandle.parameters(evaluation.head.state) }

  private static func parameters(_ state: ModuleState) throws -> Parameters {
    try Parameters(state.parameters, state.parameterLayout)
  }

  /// The loss and the gradients that there are, as a step takes them.
  func term(_ name: String, head headName: String, weight: Double) throws -> ProposedStep.Term {
    let gradients = [
      try evaluation.backboneGradient.map { try Gradient("backbone", of: backbone(), $0) },
      try evaluation.headGradient.map { try Gradient(headName, of: head(), $0) },
    ]
    return ProposedStep.Term(
      name, loss: evaluation.loss, weight: weight, gradients.compactMap { $0 }, commit: evaluation.commit)
  }

  /// Loss and both gradients, for the steps that need both.
  func complete(_ argument: String) throws -> EvaluatedLoss {
    guard let backbone = evaluation.backboneGradient, let head = evaluation.headGradient else {
      throw EngineError.value("\(argument): expected an evaluation with the gradients of backbone and head")
    }
    return EvaluatedLoss(loss: evaluation.loss, backboneGradient: backbone, headGradient: head)
  }
}

final class LinearizationHandle: Exported {
  static let kind = "a linearization"
  let linearization: PretextLinearization
  /// Loss and gradients of the batch of all processes.
  private(set) lazy var sums = Result { try linearization.summed() }
  init(_ linearization: PretextLinearization) { self.linearization = linearization }
}

final class RecordingHandle: Exported {
  static let kind = "a recording"
  let recording: Recording
  init(_ recording: Recording) { self.recording = recording }
}

final class TraceHandle: Exported {
  static let kind = "a trace"
  let trace: Trace
  init(_ trace: Trace) { self.trace = trace }
}

/// A value of a loss or of a backbone that is being recorded, or a constant, which belongs to none.
final class VariableHandle: Exported {
  static let kind = "a variable"
  let variable: Variable
  let recording: (any Recorder)?

  init(_ variable: Variable, of recording: (any Recorder)?) {
    self.variable = variable
    self.recording = variable.isConstant ? nil : recording
  }

  /// Throws where it was recorded elsewhere: its place on another tape means nothing on this one.
  func checked(for recording: any Recorder, _ argument: String) throws -> Variable {
    try require(
      self.recording == nil || self.recording === recording,
      .value("\(argument): it was recorded for another loss; use what this loss was given"))
    return variable
  }
}

final class OptimizerHandle: Exported {
  static let kind = "an optimizer"
  let optimizer: any Optimizer
  init(_ optimizer: any Optimizer) { self.optimizer = optimizer }
}

final class SolverHandle: Exported {
  static let kind = "a solver"
  let solver: any LinearSolver
  init(_ solver: any LinearSolver) { self.solver = solver }
}

/// An implicit system, with the segments of its vectors.
final class SystemHandle: Exported {
  static let kind = "an implicit system"
  let system: ImplicitSystem
  let layout: ParameterLayout

  init(_ system: ImplicitSystem, _ layout: ParameterLayout) {
    self.system = system
    self.layout = layout
  }
}

final class ProposedStepHandle: Exported {
  static let kind = "a training step"
  let step: ProposedStep
  init(_ step: ProposedStep) { self.step = step }
}

final class UpperStepHandle: Exported {
  static let kind = "an upper-level step"
  let step: UpperStep
  init(_ step: UpperStep) { self.step = step }
}

final class ReportHandle: Exported {
  static let kind = "a report"
  let solve: SolveReport
  init(_ solve: SolveReport) { self.solve = solve }
}

final class AugmentationHandle: Exported {
  static let kind = "an augmentation"
  let augmentation: Augmentation
  init(_ augmentation: Augmentation) { self.augmentation = augmentation }
}
