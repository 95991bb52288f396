import BisslAutograd
import BisslBilevel
import BisslCore
import BisslModels
import BisslObjectives
import CBissl

private enum SolverKind: String, CaseIterable { case cg, minres, neumann, identity, none }

@_cdecl("bissl_solver_create")
public func solverCreate(
  _ kind: UnsafePointer<CChar>?, _ iterations: Int64, _ layerwise: Int32, _ scale: Double, _ tolerance: Double,
  _ policy: UnsafePointer<CChar>?, _ trueResidual: Int32, _ solver: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let (count, measured) = (Int(iterations), trueResidual != 0)
    let made: any LinearSolver =
      switch try choice(kind, "kind", as: SolverKind.self) {
      case .cg:
        try ConjugateGradient(
          iterations: count, layerwise: layerwise != 0, policy: choice(policy, "nonfinite"),
          reportsTrueResidual: measured)
      case .minres:
        try MINRES(
          iterations: count, tolerance: tolerance, policy: choice(policy, "nonfinite"), reportsTrueResidual: measured)
      case .neumann:
        try NeumannSeries(
          terms: count, scale: scale == 0 ? nil : scale, policy: choice(policy, "nonfinite"),
          reportsTrueResidual: measured)
      case .identity: IdentityImplicitTerm(reportsTrueResidual: measured)
      case .none: DiscardedImplicitTerm(reportsTrueResidual: measured)
      }
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
          ("true_residual", report.solve.trueResidual.map(JSON.number) ?? "null"))), to: text)
  }
}

@_cdecl("bissl_report_solution")
public func reportSolution(
  _ report: bissl_handle?, _ vector: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) { try give(VectorHandle(object(report, "report", as: ReportHandle.self).solve.solution), to: vector) }
}
