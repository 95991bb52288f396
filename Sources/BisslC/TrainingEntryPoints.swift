import BisslBilevel
import BisslCore
import BisslModels
import BisslObjectives
import CBissl

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
    try pretext.evaluation.check(backbone: backbone.module, head: head.module)
    let step = try LowerStep(lam: lam, clipping: JointClipping(limit: clipNorm))
    let result = try step(
      pretext.complete("evaluation"), backbone: backbone.parameters(), head: head.parameters(),
      upperBackbone: object(upperBackbone, "upper backbone", as: ModuleHandle.self).parameters(),
      optimizer: object(optimizer, "optimizer", as: OptimizerHandle.self).optimizer, learningRate: learningRate)
    pretext.evaluation.commit()
    for (index, value) in [result.loss, result.regularizer, result.gradientNorm].enumerated() { report?[index] = value }
  }
}

@_cdecl("bissl_upper_begin")
public func upperBegin(
  _ upperBackbone: bissl_handle?, _ upperHead: bissl_handle?, _ atLower: bissl_handle?, _ atUpper: bissl_handle?,
  _ step: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let backbone = try object(upperBackbone, "upper backbone", as: ModuleHandle.self)
    let head = try object(upperHead, "upper head", as: ModuleHandle.self)
    let upper = try object(atUpper, "at_upper", as: EvaluationHandle.self)
    try upper.evaluation.check(backbone: backbone.module, head: head.module)
    let result = try UpperStep(
      atLower: object(atLower, "at_lower", as: EvaluationHandle.self).complete("at_lower"),
      atUpper: upper.complete("at_upper"), backbone: backbone.parameters(), head: head.parameters())
    try give(UpperStepHandle(result, upper.evaluation), to: step)
  }
}

@_cdecl("bissl_upper_v")
public func upperV(
  _ step: bissl_handle?, _ vector: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) { try give(VectorHandle(object(step, "step", as: UpperStepHandle.self).step.v), to: vector) }
}

@_cdecl("bissl_upper_take")
public func upperTake(
  _ step: bissl_handle?, _ implicitTerm: bissl_array, _ optimizer: bissl_handle?, _ learningRate: Double,
  _ clipNorm: Double, _ report: UnsafeMutablePointer<Double>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let upper = try object(step, "step", as: UpperStepHandle.self)
    let result = try upper.step.take(
      implicitTerm: implicitTerm.tensor("v_ij"),
      optimizer: object(optimizer, "optimizer", as: OptimizerHandle.self).optimizer,
      clipping: JointClipping(limit: clipNorm), learningRate: learningRate)
    upper.evaluation.commit()
    let values = [result.lossAtLower, result.lossAtUpper, result.gradientNorm]
    for (index, value) in values.enumerated() { report?[index] = value }
  }
}
