import BisslBilevel
import BisslCore
import CBissl

private enum OptimizerKind: String, CaseIterable { case sgd, lars }
private enum SolverKind: String, CaseIterable { case cg, identity, none }

@_cdecl("bissl_optimizer_create")
public func optimizerCreate(
  _ kind: UnsafePointer<CChar>?, _ weightDecay: Double, _ momentum: Double, _ nesterov: Int32,
  _ trustCoefficient: Double, _ excludeVectors: Int32, _ optimizer: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let made: any Optimizer =
      switch try choice(kind, "kind", as: OptimizerKind.self) {
      case .sgd:
        try SGD(
          weightDecay: weightDecay, momentum: momentum, nesterov: nesterov != 0, excludesVectors: excludeVectors != 0)
      case .lars:
        try LARS(
          weightDecay: weightDecay, momentum: momentum, trustCoefficient: trustCoefficient, nesterov: nesterov != 0,
          excludesVectors: excludeVectors != 0)
      }
    try give(OptimizerHandle(made), to: optimizer)
  }
}

@_cdecl("bissl_optimizer_momentum")
public func optimizerMomentum(
  _ optimizer: bissl_handle?, _ module: bissl_handle?, _ vector: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let parameters = try object(module, "module", as: ModuleHandle.self).parameters()
    let momentum = try object(optimizer, "optimizer", as: OptimizerHandle.self).optimizer.momentum(of: parameters)
    try give(VectorHandle(momentum), to: vector)
  }
}

@_cdecl("bissl_optimizer_step")
public func optimizerStep(
  _ optimizer: bissl_handle?, _ learningRate: Double, _ backbone: bissl_handle?, _ head: bissl_handle?,
  _ evaluation: bissl_handle?, _ clipNorm: Double, _ norm: UnsafeMutablePointer<Double>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let backbone = try object(backbone, "backbone", as: ModuleHandle.self)
    let head = try object(head, "head", as: ModuleHandle.self)
    let result = try object(evaluation, "evaluation", as: EvaluationHandle.self).evaluation
    try backbone.module.state.checkFits(result.backboneStatistics, "backbone")
    try head.module.state.checkFits(result.headStatistics, "head")
    let step = try SingleLevelStep(clipping: JointClipping(limit: clipNorm))
    let before = try step(
      loss: result.loss,
      [
        result.backboneGradient.map { try Gradient("backbone", of: backbone.parameters(), $0) },
        result.headGradient.map { try Gradient("head", of: head.parameters(), $0) },
      ].compactMap { $0 },
      optimizer: object(optimizer, "optimizer", as: OptimizerHandle.self).optimizer, learningRate: learningRate)
    backbone.module.state.commit(result.backboneStatistics)
    head.module.state.commit(result.headStatistics)
    write(before, to: norm)
  }
}

@_cdecl("bissl_solver_create")
public func solverCreate(
  _ kind: UnsafePointer<CChar>?, _ iterations: Int64, _ layerwise: Int32, _ policy: UnsafePointer<CChar>?,
  _ trueResidual: Int32, _ solver: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let made: any LinearSolver =
      switch try choice(kind, "kind", as: SolverKind.self) {
      case .cg:
        try ConjugateGradient(
          iterations: Int(iterations), layerwise: layerwise != 0, policy: choice(policy, "nonfinite"),
          reportsTrueResidual: trueResidual != 0)
      case .identity: IdentityImplicitTerm()
      case .none: DiscardedImplicitTerm()
      }
    try give(SolverHandle(made), to: solver)
  }
}

@_cdecl("bissl_lower_step")
public func lowerStep(
  _ lowerBackbone: bissl_handle?, _ lowerHead: bissl_handle?, _ upperBackbone: bissl_handle?,
  _ evaluation: bissl_handle?, _ optimizer: bissl_handle?, _ learningRate: Double, _ lam: Double, _ clipNorm: Double,
  _ report: UnsafeMutablePointer<Double>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let backbone = try object(lowerBackbone, "lower backbone", as: ModuleHandle.self)
    let head = try object(lowerHead, "lower head", as: ModuleHandle.self)
    let pretext = try object(evaluation, "evaluation", as: EvaluationHandle.self)
    try backbone.module.state.checkFits(pretext.evaluation.backboneStatistics, "lower backbone")
    try head.module.state.checkFits(pretext.evaluation.headStatistics, "lower head")
    let step = try LowerStep(lam: lam, clipping: JointClipping(limit: clipNorm))
    let result = try step(
      pretext.complete("evaluation"), backbone: backbone.parameters(), head: head.parameters(),
      upperBackbone: object(upperBackbone, "upper backbone", as: ModuleHandle.self).parameters(),
      optimizer: object(optimizer, "optimizer", as: OptimizerHandle.self).optimizer, learningRate: learningRate)
    backbone.module.state.commit(pretext.evaluation.backboneStatistics)
    head.module.state.commit(pretext.evaluation.headStatistics)
    for (index, value) in [result.loss, result.regularizer, result.gradientNorm].enumerated() { report?[index] = value }
  }
}

@_cdecl("bissl_upper_step")
public func upperStep(
  _ upperBackbone: bissl_handle?, _ upperHead: bissl_handle?, _ linearization: bissl_handle?, _ atLower: bissl_handle?,
  _ atUpper: bissl_handle?, _ solver: bissl_handle?, _ optimizer: bissl_handle?, _ learningRate: Double, _ lam: Double,
  _ damping: Double, _ clipNorm: Double, _ report: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let backbone = try object(upperBackbone, "upper backbone", as: ModuleHandle.self)
    let head = try object(upperHead, "upper head", as: ModuleHandle.self)
    let point = try object(linearization, "linearization", as: LinearizationHandle.self).linearization
    let upper = try object(atUpper, "at_upper", as: EvaluationHandle.self)
    try backbone.module.state.checkFits(upper.evaluation.backboneStatistics, "upper backbone")
    try head.module.state.checkFits(upper.evaluation.headStatistics, "upper head")
    let step = try UpperStep(
      lam: lam, damping: damping, solver: object(solver, "solver", as: SolverHandle.self).solver,
      clipping: JointClipping(limit: clipNorm))
    let result = try step(
      atLower: object(atLower, "at_lower", as: EvaluationHandle.self).complete("at_lower"),
      atUpper: upper.complete("at_upper"), hessianProduct: point.product, backbone: backbone.parameters(),
      head: head.parameters(), optimizer: object(optimizer, "optimizer", as: OptimizerHandle.self).optimizer,
      learningRate: learningRate)
    backbone.module.state.commit(upper.evaluation.backboneStatistics)
    head.module.state.commit(upper.evaluation.headStatistics)
    try give(ReportHandle(v: result.v, solve: result.solve, step: result), to: report)
  }
}

@_cdecl("bissl_solve")
public func solve(
  _ linearization: bissl_handle?, _ v: bissl_array, _ layoutOf: bissl_handle?, _ solver: bissl_handle?, _ lam: Double,
  _ damping: Double, _ report: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let point = try object(linearization, "linearization", as: LinearizationHandle.self).linearization
    let system = try ImplicitSystem(lam: lam, damping: damping, hessianProduct: point.product)
    let v = try v.tensor("v", copying: true)
    let result = try object(solver, "solver", as: SolverHandle.self).solver.solve(
      system.product, v, object(layoutOf, "layout_of", as: ModuleHandle.self).layout)
    try give(ReportHandle(v: v, solve: result), to: report)
  }
}

@_cdecl("bissl_report_describe")
public func reportDescribe(
  _ report: bissl_handle?, _ text: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let report = try object(report, "report", as: ReportHandle.self)
    let repaired = report.solve.repaired.map {
      JSON.object(("segment", JSON.string($0.segment)), ("iteration", "\($0.iteration)"))
    }
    try give(
      TextHandle(
        JSON.object(
          ("loss_at_theta_p", report.step.map { JSON.number($0.lossAtLower) } ?? "null"),
          ("loss_at_theta_d", report.step.map { JSON.number($0.lossAtUpper) } ?? "null"),
          ("gradient_norm", report.step.map { JSON.number($0.gradientNorm) } ?? "null"),
          ("iterations", "\(report.solve.iterations)"), ("residuals", JSON.numbers(report.solve.residuals)),
          ("curvature", JSON.numbers(report.solve.curvature)),
          ("negative_segments", JSON.numbers(report.solve.negativeSegments)),
          ("finite", report.solve.finite ? "true" : "false"), ("repaired", JSON.array(repaired)),
          ("true_residual", report.solve.trueResidual.map(JSON.number) ?? "null"))), to: text)
  }
}

@_cdecl("bissl_report_v")
public func reportV(
  _ report: bissl_handle?, _ vector: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) { try give(VectorHandle(object(report, "report", as: ReportHandle.self).v), to: vector) }
}

@_cdecl("bissl_report_v_ij")
public func reportVIJ(
  _ report: bissl_handle?, _ vector: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) { try give(VectorHandle(object(report, "report", as: ReportHandle.self).solve.solution), to: vector) }
}
