import BisslAutograd
import BisslBilevel
import BisslCore
import BisslModels
import BisslObjectives
import CBissl

// Every training step is proposed first, from evaluations, and then taken; the boundary has both halves apart because what
// comes between them, such as a solve, is the caller's.

@_cdecl("bissl_step_propose")
public func stepPropose(
  _ level: UnsafePointer<CChar>?, _ terms: bissl_settings, _ evaluations: UnsafePointer<bissl_handle?>?,
  _ count: Int64, _ step: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let (level, options) = (try choice(level, "level", as: Level.self), try terms.options("terms"))
    let names = options.names
    let evaluations = try objects(evaluations, count, "evaluations", allowed: 1...2, as: EvaluationHandle.self)
    try require(
      evaluations.count == names.count,
      .value("evaluations: expected one for each of the \(names.count) terms, got \(count)"))
    let terms = try zip(names, evaluations).map { name, evaluation in
      // With two losses, as in a weighted sum, each has a head of its own.
      try evaluation.term(name, head: names.count == 1 ? "head" : "\(name) head", weight: options.number(name))
    }
    let made = try ProposedStep(level, terms, over: Engine.communicator)
    for (evaluation, loss) in zip(evaluations, made.losses) { evaluation.loss = loss }
    try give(ProposedStepHandle(made), to: step)
  }
}

@_cdecl("bissl_step_proximal")
public func stepProximal(
  _ step: bissl_handle?, _ lam: Double, _ anchor: bissl_handle?, _ regularizer: UnsafeMutablePointer<Double>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let anchor = try object(anchor, "anchor", as: ModuleHandle.self).parameters()
    let value = try object(step, "step", as: ProposedStepHandle.self).step.addProximalTerm(lam: lam, anchor: anchor)
    write(value, to: regularizer)
  }
}

@_cdecl("bissl_step_commit")
public func stepCommit(
  _ step: bissl_handle?, _ optimizer: bissl_handle?, _ learningRate: Double, _ clipNorm: Double,
  _ norm: UnsafeMutablePointer<Double>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let value = try object(step, "step", as: ProposedStepHandle.self).step.commit(
      object(optimizer, "optimizer", as: OptimizerHandle.self).optimizer, clipping: JointClipping(limit: clipNorm),
      learningRate: learningRate)
    write(value, to: norm)
  }
}

@_cdecl("bissl_upper_propose")
public func upperPropose(
  _ atLower: bissl_handle?, _ atUpper: bissl_handle?, _ step: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let upper = try object(atUpper, "at_upper", as: EvaluationHandle.self)
    let result = try UpperStep(
      atLower: object(atLower, "at_lower", as: EvaluationHandle.self).complete("at_lower"),
      atUpper: upper.complete("at_upper"), backbone: upper.backbone(), head: upper.head(),
      over: Engine.communicator, commit: upper.evaluation.commit)
    try give(UpperStepHandle(result), to: step)
  }
}

@_cdecl("bissl_upper_v")
public func upperV(
  _ step: bissl_handle?, _ vector: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) { try give(VectorHandle(object(step, "step", as: UpperStepHandle.self).step.v), to: vector) }
}

@_cdecl("bissl_upper_commit")
public func upperCommit(
  _ step: bissl_handle?, _ implicitTerm: bissl_array, _ optimizer: bissl_handle?, _ learningRate: Double,
  _ clipNorm: Double, _ report: UnsafeMutablePointer<Double>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let upper = try object(step, "step", as: UpperStepHandle.self).step
    let norm = try upper.commit(
      implicitTerm: implicitTerm.tensor("v_ij"),
      optimizer: object(optimizer, "optimizer", as: OptimizerHandle.self).optimizer,
      clipping: JointClipping(limit: clipNorm), learningRate: learningRate)
    for (index, value) in [upper.lossAtLower, upper.lossAtUpper, norm].enumerated() { report?[index] = value }
  }
}
