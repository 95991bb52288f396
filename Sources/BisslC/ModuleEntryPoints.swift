import BisslAutograd
import BisslCore
import BisslModels
import CBissl

@_cdecl("bissl_module_create")
public func moduleCreate(
  _ kind: UnsafePointer<CChar>?, _ settings: bissl_settings, _ seed: UInt64,
  _ module: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let made = try choice(kind, "kind", as: ModuleKind.self).module(settings.options("settings"), seed: seed)
    try give(ModuleHandle(made), to: module)
  }
}

@_cdecl("bissl_module_clone")
public func moduleClone(
  _ module: bissl_handle?, _ copy: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) { try give(ModuleHandle(object(module, "module", as: ModuleHandle.self).module.copy()), to: copy) }
}

@_cdecl("bissl_module_describe")
public func moduleDescribe(
  _ module: bissl_handle?, _ text: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let module = try object(module, "module", as: ModuleHandle.self).module
    let description = JSON.object(
      ("inputs", "\(module.inputs)"), ("outputs", "\(module.outputs)"),
      ("parameters", describe(module.state.parameterLayout)), ("buffers", describe(module.state.bufferLayout)),
      ("frozen", describe(module.state.frozenLayout)), ("adapters", describeAdapters(module.state)),
      ("adaptable", JSON.array(module.state.adaptableLayers.map(JSON.string))),
      ("names", JSON.array(module.state.names.map(JSON.string))), ("maps", describeMaps(module)))
    try give(TextHandle(description), to: text)
  }
}

/// What a backbone's maps are, none for a head.
private func describeMaps(_ module: any Module) -> String {
  JSON.array(
    ((module as? any Backbone)?.maps ?? []).map {
      JSON.object(("name", JSON.string($0.name)), ("channels", "\($0.channels)"), ("stride", "\($0.stride)"))
    })
}

private func describeAdapters(_ state: ModuleState) -> String {
  JSON.array(
    state.layerAdapters.map { layer, adapter in
      JSON.object(
        ("layer", JSON.string(layer)), ("rank", "\(adapter.rank)"), ("alpha", JSON.number(adapter.alpha)))
    })
}

private func describe(_ layout: ParameterLayout) -> String {
  JSON.array(
    layout.segments.map {
      JSON.object(("name", JSON.string($0.name)), ("shape", JSON.integers($0.shape.dimensions)))
    })
}

@_cdecl("bissl_module_parameters")
public func moduleParameters(
  _ module: bissl_handle?, _ vector: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    try give(VectorHandle(object(module, "module", as: ModuleHandle.self).module.state.parameters), to: vector)
  }
}

@_cdecl("bissl_module_buffers")
public func moduleBuffers(
  _ module: bissl_handle?, _ vector: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    try give(VectorHandle(object(module, "module", as: ModuleHandle.self).module.state.buffers), to: vector)
  }
}

@_cdecl("bissl_module_frozen")
public func moduleFrozen(
  _ module: bissl_handle?, _ vector: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    try give(VectorHandle(object(module, "module", as: ModuleHandle.self).module.state.frozen.copy()), to: vector)
  }
}

@_cdecl("bissl_module_set_frozen")
public func moduleSetFrozen(
  _ module: bissl_handle?, _ values: bissl_array, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    try object(module, "module", as: ModuleHandle.self).module.state.freeze(values.tensor("values", copying: true))
  }
}

@_cdecl("bissl_module_freeze")
public func moduleFreeze(
  _ module: bissl_handle?, _ names: bissl_settings, _ copy: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let backbone = try backbone(module, "module")
    try give(ModuleHandle(backbone.with(backbone.state.freezing(names.options("names").names))), to: copy)
  }
}

@_cdecl("bissl_module_adapt")
public func moduleAdapt(
  _ module: bissl_handle?, _ adapters: bissl_settings, _ seed: UInt64, _ copy: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let backbone = try backbone(module, "module")
    let state = try backbone.state.adapted(adapters.options("adapters").adapters, seed: seed)
    try give(ModuleHandle(backbone.with(state)), to: copy)
  }
}

@_cdecl("bissl_module_merge")
public func moduleMerge(
  _ module: bissl_handle?, _ copy: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let backbone = try backbone(module, "module")
    try give(ModuleHandle(backbone.with(backbone.state.merged())), to: copy)
  }
}

@_cdecl("bissl_module_apply")
public func moduleApply(
  _ module: bissl_handle?, _ input: bissl_array, _ output: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let result = try object(module, "module", as: ModuleHandle.self).module.apply(input.tensor("input"))
    try give(VectorHandle(result.reshaped(to: Shape(result.count))), to: output)
  }
}

@_cdecl("bissl_module_observe")
public func moduleObserve(
  _ module: bissl_handle?, _ input: bissl_array, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) { try object(module, "module", as: ModuleHandle.self).module.observe(input.tensor("input")) }
}

@_cdecl("bissl_module_maps")
public func moduleMaps(
  _ module: bissl_handle?, _ images: bissl_array, _ names: bissl_settings,
  _ maps: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let made = try backbone(module, "module").featureMaps(
      of: images.tensor("images"), names.options("names").names)
    try giveAll(made.map { VariableHandle(Variable(constant: $0), of: nil) }, to: maps)
  }
}

func backbone(_ handle: bissl_handle?, _ argument: String) throws -> any Backbone {
  guard let backbone = try object(handle, argument, as: ModuleHandle.self).module as? any Backbone else {
    throw EngineError.type("\(argument): expected a backbone, got a head")
  }
  return backbone
}
