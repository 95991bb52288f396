import BisslAutograd
import BisslCore
import BisslModels
import BisslObjectives
import CBissl

@_cdecl("bissl_objective_create")
public func objectiveCreate(
  _ kind: UnsafePointer<CChar>?, _ settings: bissl_settings, _ modules: UnsafePointer<bissl_handle?>?, _ count: Int64,
  _ objective: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let kind = try choice(kind, "kind", as: ObjectiveKind.self)
    let given = try objects(modules, count, "modules", allowed: 0...2, as: ModuleHandle.self)
    try give(ObjectiveHandle(kind.objective(settings.options("settings"), of: given.map(\.module))), to: objective)
  }
}

@_cdecl("bissl_mae_predict")
public func maePredict(
  _ objective: bissl_handle?, _ backbone: bissl_handle?, _ head: bissl_handle?, _ batch: UnsafePointer<bissl_array>?,
  _ batchCount: Int64, _ prediction: UnsafeMutablePointer<bissl_handle?>?,
  _ mask: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let result = try object(objective, "objective", as: ObjectiveHandle.self).masked("objective").predict(
      read(batch, batchCount), backbone: object(backbone, "backbone", as: ModuleHandle.self).module,
      head: object(head, "head", as: ModuleHandle.self).module)
    try give(VectorHandle(result.prediction.flattened()), to: prediction)
    try give(VectorHandle(result.mask.flattened()), to: mask)
  }
}

@_cdecl("bissl_objective_evaluate")
public func objectiveEvaluate(
  _ objective: bissl_handle?, _ backbone: bissl_handle?, _ head: bissl_handle?, _ batch: UnsafePointer<bissl_array>?,
  _ batchCount: Int64, _ wantsBackbone: Int32, _ wantsHead: Int32, _ evaluation: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let result = try object(objective, "objective", as: ObjectiveHandle.self).objective.evaluate(
      read(batch, batchCount), backbone: object(backbone, "backbone", as: ModuleHandle.self).module,
      head: object(head, "head", as: ModuleHandle.self).module, wantsBackbone: wantsBackbone != 0,
      wantsHead: wantsHead != 0)
    try give(EvaluationHandle(result), to: evaluation)
  }
}

@_cdecl("bissl_objective_linearize")
public func objectiveLinearize(
  _ objective: bissl_handle?, _ backbone: bissl_handle?, _ head: bissl_handle?, _ batch: UnsafePointer<bissl_array>?,
  _ batchCount: Int64, _ jointly: Int32, _ linearization: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let result = try object(objective, "objective", as: ObjectiveHandle.self).objective.linearize(
      read(batch, batchCount, copying: true), backbone: object(backbone, "backbone", as: ModuleHandle.self).module,
      head: object(head, "head", as: ModuleHandle.self).module, jointly: jointly != 0)
    try give(LinearizationHandle(result), to: linearization)
  }
}

/// Floating-point arrays are tensors, an int64 array holds the labels.
private func read(_ arrays: UnsafePointer<bissl_array>?, _ count: Int64, copying: Bool = false) throws -> Batch {
  guard let arrays, (1...8).contains(count) else {
    throw EngineError.value("batch: expected 1 to 8 arrays, got \(count)")
  }
  var tensors: [Tensor] = []
  var labels: [Int] = []
  for index in 0..<Int(count) {
    if arrays[index].dtype == Int32(BISSL_INT64.rawValue) {
      labels = try arrays[index].labels("labels")
    } else {
      tensors.append(try arrays[index].tensor("images", copying: copying))
    }
  }
  return Batch(tensors: tensors, labels: labels)
}

@_cdecl("bissl_evaluation_loss")
public func evaluationLoss(
  _ evaluation: bissl_handle?, _ loss: UnsafeMutablePointer<Double>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    write(try object(evaluation, "evaluation", as: EvaluationHandle.self).summedLoss(), to: loss)
  }
}

@_cdecl("bissl_evaluation_gradient")
public func evaluationGradient(
  _ evaluation: bissl_handle?, _ which: Int32, _ vector: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let sums = try object(evaluation, "evaluation", as: EvaluationHandle.self).sums.get()
    try give(gradient(which, sums.backboneGradient, sums.headGradient), to: vector)
  }
}

@_cdecl("bissl_linearization_loss")
public func linearizationLoss(
  _ linearization: bissl_handle?, _ loss: UnsafeMutablePointer<Double>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let sums = try object(linearization, "linearization", as: LinearizationHandle.self).sums.get()
    write(Double(sums.loss), to: loss)
  }
}

@_cdecl("bissl_linearization_gradient")
public func linearizationGradient(
  _ linearization: bissl_handle?, _ which: Int32, _ vector: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let sums = try object(linearization, "linearization", as: LinearizationHandle.self).sums.get()
    try give(gradient(which, sums.backboneGradient, sums.headGradient), to: vector)
  }
}

@_cdecl("bissl_linearization_product")
public func linearizationProduct(
  _ linearization: bissl_handle?, _ direction: bissl_array, _ curvature: UnsafePointer<CChar>?,
  _ vector: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let point = try object(linearization, "linearization", as: LinearizationHandle.self).linearization
    let curvature = try choice(curvature, "product", as: Curvature.self)
    try give(VectorHandle(point.product(direction.tensor("u"), curvature)), to: vector)
  }
}

/// 0: the backbone's, 1: the head's.
private func gradient(_ which: Int32, _ backbone: Tensor?, _ head: Tensor?) throws -> VectorHandle {
  try require(which == 0 || which == 1, .value("which: expected 0 (backbone) or 1 (head), got \(which)"))
  guard let tensor = which == 0 ? backbone : head else {
    throw EngineError.value("the gradient of the \(which == 0 ? "backbone" : "head") was not asked for")
  }
  return VectorHandle(tensor)
}
