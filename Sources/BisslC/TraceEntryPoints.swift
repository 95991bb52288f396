import BisslCore
import BisslModels
import CBissl

@_cdecl("bissl_trace_create")
public func traceCreate(
  _ module: bissl_handle?, _ shape: UnsafePointer<Int64>?, _ rank: Int64, _ trace: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    guard let backbone = try object(module, "module", as: ModuleHandle.self).module as? TracedBackbone else {
      throw EngineError.type("module: expected a backbone that is traced, got another module")
    }
    try give(TraceHandle(Trace(of: backbone, shape: Shape(integers(shape, rank, "shape")))), to: trace)
  }
}

@_cdecl("bissl_trace_images")
public func traceImages(
  _ trace: bissl_handle?, _ variable: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let trace = try object(trace, "trace", as: TraceHandle.self).trace
    try give(VariableHandle(trace.images, of: trace), to: variable)
  }
}

@_cdecl("bissl_trace_parameter")
public func traceParameter(
  _ trace: bissl_handle?, _ name: UnsafePointer<CChar>?, _ variable: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let trace = try object(trace, "trace", as: TraceHandle.self).trace
    try give(VariableHandle(trace.parameter(text(name, "name")), of: trace), to: variable)
  }
}

@_cdecl("bissl_trace_batch_norm")
public func traceBatchNorm(
  _ trace: bissl_handle?, _ name: UnsafePointer<CChar>?, _ x: bissl_handle?,
  _ variable: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let trace = try object(trace, "trace", as: TraceHandle.self).trace
    let x = try object(x, "x", as: VariableHandle.self).checked(for: trace, "x")
    try give(VariableHandle(trace.batchNorm(text(name, "name"), of: x), of: trace), to: variable)
  }
}

@_cdecl("bissl_trace_map")
public func traceMap(
  _ trace: bissl_handle?, _ name: UnsafePointer<CChar>?, _ x: bissl_handle?, _ stride: Int64,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let trace = try object(trace, "trace", as: TraceHandle.self).trace
    let x = try object(x, "x", as: VariableHandle.self).checked(for: trace, "x")
    try trace.map(text(name, "name"), x, stride: Int(stride))
  }
}

@_cdecl("bissl_trace_end")
public func traceEnd(
  _ trace: bissl_handle?, _ features: bissl_handle?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let trace = try object(trace, "trace", as: TraceHandle.self).trace
    try trace.end(features: object(features, "features", as: VariableHandle.self).checked(for: trace, "features"))
  }
}
