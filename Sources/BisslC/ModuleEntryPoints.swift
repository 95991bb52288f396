import BisslCore
import BisslModels
import CBissl

@_cdecl("bissl_resnet_create")
public func resnetCreate(
  _ block: UnsafePointer<CChar>?, _ layers: UnsafePointer<Int64>?, _ layerCount: Int64, _ widths: UnsafePointer<Int64>?,
  _ widthCount: Int64, _ stem: UnsafePointer<CChar>?, _ activation: UnsafePointer<CChar>?, _ seed: UInt64,
  _ module: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let configuration = try ResNet.Configuration(
      block: choice(block, "block"), layers: integers(layers, layerCount, "layers"),
      widths: integers(widths, widthCount, "widths"), stem: choice(stem, "stem"),
      activation: choice(activation, "activation"))
    try give(ModuleHandle(ResNet(configuration, seed: seed)), to: module)
  }
}

@_cdecl("bissl_projector_create")
public func projectorCreate(
  _ inputs: Int64, _ widths: UnsafePointer<Int64>?, _ widthCount: Int64, _ seed: UInt64,
  _ module: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let widths = try integers(widths, widthCount, "projector")
    try give(ModuleHandle(Projector(inputs: Int(inputs), widths: widths, seed: seed)), to: module)
  }
}

@_cdecl("bissl_byol_head_create")
public func byolHeadCreate(
  _ inputs: Int64, _ projector: UnsafePointer<Int64>?, _ projectorCount: Int64, _ predictor: UnsafePointer<Int64>?,
  _ predictorCount: Int64, _ seed: UInt64, _ module: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let head = try ProjectorAndPredictor(
      inputs: Int(inputs), projector: integers(projector, projectorCount, "projector"),
      predictor: integers(predictor, predictorCount, "predictor"), seed: seed)
    try give(ModuleHandle(head), to: module)
  }
}

@_cdecl("bissl_linear_create")
public func linearCreate(
  _ inputs: Int64, _ outputs: Int64, _ seed: UInt64, _ module: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    try give(ModuleHandle(LinearHead(inputs: Int(inputs), outputs: Int(outputs), seed: seed)), to: module)
  }
}

@_cdecl("bissl_vit_create")
public func vitCreate(
  _ imageSize: Int64, _ patchSize: Int64, _ width: Int64, _ depth: Int64, _ heads: Int64, _ hidden: Int64,
  _ positions: UnsafePointer<CChar>?, _ pooling: UnsafePointer<CChar>?, _ dropPath: Double, _ seed: UInt64,
  _ module: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let configuration = try VisionTransformer.Configuration(
      imageSize: Int(imageSize), patchSize: Int(patchSize), width: Int(width), depth: Int(depth), heads: Int(heads),
      hidden: Int(hidden), positions: choice(positions, "positions"), pooling: choice(pooling, "pooling"),
      dropPath: dropPath)
    try give(ModuleHandle(VisionTransformer(configuration, seed: seed)), to: module)
  }
}

@_cdecl("bissl_mae_decoder_create")
public func maeDecoderCreate(
  _ inputs: Int64, _ imageSize: Int64, _ patchSize: Int64, _ width: Int64, _ depth: Int64, _ heads: Int64,
  _ seed: UInt64, _ module: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let configuration = try MaskedDecoder.Configuration(
      inputs: Int(inputs), imageSize: Int(imageSize), patchSize: Int(patchSize), width: Int(width), depth: Int(depth),
      heads: Int(heads))
    try give(ModuleHandle(MaskedDecoder(configuration, seed: seed)), to: module)
  }
}

@_cdecl("bissl_parameters_create")
public func parametersCreate(
  _ shapes: bissl_settings, _ module: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) { try give(ModuleHandle(ParameterTable(shapes.shapes("parameters"))), to: module) }
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
      ("names", JSON.array(module.state.names.map(JSON.string))))
    try give(TextHandle(description), to: text)
  }
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
