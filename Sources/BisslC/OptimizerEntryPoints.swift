import BisslBilevel
import BisslCore
import BisslModels
import CBissl

private enum OptimizerKind: String, CaseIterable { case sgd, lars }

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

@_cdecl("bissl_adamw_create")
public func adamwCreate(
  _ weightDecay: Double, _ beta1: Double, _ beta2: Double, _ epsilon: Double, _ excludeVectors: Int32,
  _ optimizer: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let adam = try AdamW(
      weightDecay: weightDecay, betas: (beta1, beta2), epsilon: epsilon, excludesVectors: excludeVectors != 0)
    try give(OptimizerHandle(adam), to: optimizer)
  }
}

@_cdecl("bissl_optimizer_assign")
public func optimizerAssign(
  _ optimizer: bissl_handle?, _ module: bissl_handle?, _ settings: bissl_array,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let parameters = try object(module, "module", as: ModuleHandle.self).parameters()
    try object(optimizer, "optimizer", as: OptimizerHandle.self).optimizer.assign(
      segmentSettings(settings.tensor("settings")), to: parameters)
  }
}

/// Rows of (rate, weight decay, adapts).
private func segmentSettings(_ table: Tensor) throws -> [SegmentSettings] {
  try require(
    table.shape.rank == 2 && table.shape[1] == 3,
    .value("settings: expected shape (parameter tensors, 3), got \(table.shape)"))
  let values = table.array.map { Double($0) }
  return Swift.stride(from: 0, to: values.count, by: 3).map {
    SegmentSettings(rate: values[$0], weightDecay: values[$0 + 1], adapts: values[$0 + 2] != 0)
  }
}

@_cdecl("bissl_optimizer_state")
public func optimizerState(
  _ optimizer: bissl_handle?, _ module: bissl_handle?, _ name: UnsafePointer<CChar>?,
  _ vector: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let parameters = try object(module, "module", as: ModuleHandle.self).parameters()
    let state = try object(optimizer, "optimizer", as: OptimizerHandle.self).optimizer.state(of: parameters)
    let name = try text(name, "name")
    guard let tensor = state[name] else {
      let known = state.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
      throw EngineError.value("name: expected one of \(known), got '\(name)'")
    }
    try give(VectorHandle(tensor), to: vector)
  }
}
