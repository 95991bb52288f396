import BisslCore
import BisslModels
import BisslObjectives
import CBissl

@_cdecl("bissl_byol_step")
public func byolStep(
  _ objective: bissl_handle?, _ backbone: bissl_handle?, _ head: bissl_handle?, _ decay: Double,
  _ step: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let result = try byol(objective).step(
      backbone: object(backbone, "backbone", as: ModuleHandle.self).module,
      head: object(head, "head", as: ModuleHandle.self).module, decay: decay)
    try give(ObjectiveHandle(result), to: step)
  }
}

@_cdecl("bissl_byol_target")
public func byolTarget(
  _ objective: bissl_handle?, _ which: Int32, _ module: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    try require(which == 0 || which == 1, .value("which: expected 0 (backbone) or 1 (projector), got \(which)"))
    let target = try byol(objective).target
    try give(ModuleHandle(which == 0 ? target.backbone : target.projector), to: module)
  }
}

@_cdecl("bissl_byol_updates")
public func byolUpdates(
  _ objective: bissl_handle?, _ vector: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) { try give(VectorHandle(byol(objective).target.updates), to: vector) }
}

private func byol(_ handle: bissl_handle?) throws -> BYOL {
  guard let byol = try object(handle, "objective", as: ObjectiveHandle.self).objective as? BYOL else {
    throw EngineError.type("objective: expected BYOL, got another objective")
  }
  return byol
}
