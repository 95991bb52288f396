import BisslAutograd
import BisslBilevel
import BisslCore
import BisslModels
import BisslObjectives
import CBissl

private enum SolverKind: String, CaseIterable {
  case cg, minres, krylov, neumann, identity, none

  /// What the kind does not know is refused.
  func solver(_ options: Options) throws -> any LinearSolver {
    let known: [SolverKind: [String]] = [
      .cg: ["layerwise", "guard"], .minres: ["tolerance"], .krylov: ["tolerance", "adapts"], .neumann: ["scale"],
    ]
    try options.requireKnown(["iterations", "nonfinite", "true_residual"] + (known[self] ?? []), to: "solver \(rawValue)")
    let measured = try options.flag("true_residual", default: false)
    let count = try options.integer("iterations", in: 1...1 << 32, default: 1)
    let policy: NonFinitePolicy = try options.choice("nonfinite")
    return switch self {
    case .cg:
      try ConjugateGradient(
        iterations: count, layerwise: options.flag("layerwise"), guard: options.choice("guard"), policy: policy,
        reportsTrueResidual: measured)
    case .minres:
      try MINRES(
        iterations: count, tolerance: options.number("tolerance"), policy: policy, reportsTrueResidual: measured)
    case .krylov:
      try Krylov(
        iterations: count, tolerance: options.number("tolerance"), adapts: options.flag("adapts"), policy: policy,
        reportsTrueResidual: measured)
    case .neumann:
      try NeumannSeries(
        terms: count, scale: options.list("scale", default: []).first, policy: policy, reportsTrueResidual: measured)
    case .identity: IdentityImplicitTerm(reportsTrueResidual: measured)
    case .none: DiscardedImplicitTerm(reportsTrueResidual: measured)
    }
  }
}

@_cdecl("bissl_solver_create")
public func solverCreate(
  _ kind: UnsafePointer<CChar>?, _ settings: bissl_settings, _ solver: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let made = try choice(kind, "kind", as: SolverKind.self).solver(settings.options("settings"))
    try give(SolverHandle(made), to: solver)
  }
}

@_cdecl("bissl_system_create")
public func systemCreate(
  _ linearization: bissl_handle?, _ backbone: bissl_handle?, _ lam: Double, _ damping: Double,
  _ rule: UnsafePointer<CChar>?, _ curvature: UnsafePointer<CChar>?, _ system: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let point = try object(linearization, "linearization", as: LinearizationHandle.self).linearization
    let curvature = try choice(curvature, "product", as: Curvature.self)
    let made = try ImplicitSystem(lam: lam, damping: damping, rule: choice(rule, "damping_rule")) {
      try point.product($0, curvature)
    }
    try give(SystemHandle(made, object(backbone, "backbone", as: ModuleHandle.self).layout), to: system)
  }
}

@_cdecl("bissl_joint_system_create")
public func jointSystemCreate(
  _ linearization: bissl_handle?, _ backbone: bissl_handle?, _ head: bissl_handle?, _ lam: Double, _ damping: Double,
  _ headDamping: Double, _ curvature: UnsafePointer<CChar>?, _ system: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let point = try object(linearization, "linearization", as: LinearizationHandle.self).linearization
    let curvature = try choice(curvature, "product", as: Curvature.self)
    let own = try object(backbone, "backbone", as: ModuleHandle.self).layout
    let layout = try own.appending(object(head, "head", as: ModuleHandle.self).layout, named: "head.")
    let made = try ImplicitSystem(
      lam: lam, damping: damping, headDamping: headDamping, backboneCount: own.count
    ) { try point.product($0, curvature) }
    try give(SystemHandle(made, layout), to: system)
  }
}

@_cdecl("bissl_system_product")
public func systemProduct(
  _ system: bissl_handle?, _ direction: bissl_array, _ vector: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let handle = try object(system, "system", as: SystemHandle.self)
    try give(VectorHandle(handle.system.product(direction.tensor("d"))), to: vector)
  }
}

@_cdecl("bissl_solve")
public func solve(
  _ system: bissl_handle?, _ v: bissl_array, _ start: bissl_array, _ solver: bissl_handle?,
  _ report: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let handle = try object(system, "system", as: SystemHandle.self)
    let start = try start.tensor("start")
    let result = try object(solver, "solver", as: SolverHandle.self).solver.solve(
      handle.system.product, v.tensor("v"), from: start.count == 0 ? nil : start, handle.layout)
    try give(ReportHandle(result), to: report)
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
          ("iterations", "\(report.solve.iterations)"), ("residuals", JSON.numbers(report.solve.residuals)),
          ("curvature", JSON.numbers(report.solve.curvature)),
          ("negative_segments", JSON.numbers(report.solve.negativeSegments)),
          ("finite", report.solve.finite ? "true" : "false"), ("repaired", JSON.array(repaired)),
          ("products", "\(report.solve.products)"), ("diverged", report.solve.diverged ? "true" : "false"),
          ("true_residual", report.solve.trueResidual.map(JSON.number) ?? "null"),
          ("smallest_ritz", report.solve.smallestRitz.map(JSON.number) ?? "null"),
          ("shrinkage", JSON.number(report.solve.shrinkage)))), to: text)
  }
}

@_cdecl("bissl_report_solution")
public func reportSolution(
  _ report: bissl_handle?, _ vector: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) { try give(VectorHandle(object(report, "report", as: ReportHandle.self).solve.solution), to: vector) }
}
