import BisslAutograd
import BisslCore
import BisslModels
import BisslObjectives
import CBissl

@_cdecl("bissl_recording_create")
public func recordingCreate(
  _ backbone: bissl_handle?, _ head: bissl_handle?, _ wantsBackbone: Int32, _ wantsHead: Int32, _ snapshot: Int32,
  _ training: Int32, _ recording: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let result = try Recording(
      backbone: object(backbone, "backbone", as: ModuleHandle.self).module,
      head: object(head, "head", as: ModuleHandle.self).module, wantsBackbone: wantsBackbone != 0,
      wantsHead: wantsHead != 0, snapshot: snapshot != 0, mode: training != 0 ? .training : .inference)
    try give(RecordingHandle(result), to: recording)
  }
}

@_cdecl("bissl_recording_features")
public func recordingFeatures(
  _ recording: bissl_handle?, _ images: bissl_array, _ batches: Int64, _ maps: bissl_settings, _ pooled: Int32,
  _ variables: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let recording = try object(recording, "recording", as: RecordingHandle.self).recording
    let made = try recording.features(
      of: images.tensor("images", copying: true), batches: Int(batches), maps: maps.options("maps").names,
      pooled: pooled != 0)
    try giveAll((made.maps + [made.pooled].compactMap { $0 }).map { VariableHandle($0, of: recording) }, to: variables)
  }
}

@_cdecl("bissl_recording_stage")
public func recordingStage(
  _ recording: bissl_handle?, _ name: UnsafePointer<CChar>?, _ x: bissl_handle?, _ stride: Int64, _ dilation: Int64,
  _ variable: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let recording = try object(recording, "recording", as: RecordingHandle.self).recording
    let x = try object(x, "x", as: VariableHandle.self).checked(for: recording, "x")
    let reading = try StageReading(stride: stride == 0 ? nil : Int(stride), dilation: Int(dilation))
    try give(VariableHandle(recording.stage(text(name, "name"), of: x, reading: reading), of: recording), to: variable)
  }
}

@_cdecl("bissl_recording_outputs")
public func recordingOutputs(
  _ recording: bissl_handle?, _ features: bissl_handle?, _ variable: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let recording = try object(recording, "recording", as: RecordingHandle.self).recording
    let features = try object(features, "features", as: VariableHandle.self).checked(for: recording, "features")
    try give(VariableHandle(recording.outputs(of: features), of: recording), to: variable)
  }
}

@_cdecl("bissl_recording_parameter")
public func recordingParameter(
  _ recording: bissl_handle?, _ name: UnsafePointer<CChar>?, _ variable: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let recording = try object(recording, "recording", as: RecordingHandle.self).recording
    try give(VariableHandle(recording.headParameter(text(name, "name")), of: recording), to: variable)
  }
}

@_cdecl("bissl_recording_embedding")
public func recordingEmbedding(
  _ recording: bissl_handle?, _ value: bissl_handle?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let recording = try object(recording, "recording", as: RecordingHandle.self).recording
    let variable = try object(value, "value", as: VariableHandle.self).checked(for: recording, "value")
    _ = try recording.embedding(variable)
  }
}

@_cdecl("bissl_recording_evaluate")
public func recordingEvaluate(
  _ recording: bissl_handle?, _ loss: bissl_handle?, _ evaluation: UnsafeMutablePointer<bissl_handle?>?,
  _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let recording = try object(recording, "recording", as: RecordingHandle.self).recording
    try give(EvaluationHandle(recording.evaluation(of: recordedLoss(loss, recording))), to: evaluation)
  }
}

@_cdecl("bissl_recording_linearize")
public func recordingLinearize(
  _ recording: bissl_handle?, _ loss: bissl_handle?, _ jointly: Int32,
  _ linearization: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let recording = try object(recording, "recording", as: RecordingHandle.self).recording
    let made = try recording.linearization(of: recordedLoss(loss, recording), jointly: jointly != 0)
    try give(LinearizationHandle(made), to: linearization)
  }
}

/// A scalar that depends on a parameter.
private func recordedLoss(_ handle: bissl_handle?, _ recording: Recording) throws -> Variable {
  let loss = try object(handle, "loss", as: VariableHandle.self).checked(for: recording, "loss")
  try require(
    loss.value.count == 1,
    .value("loss: expected one number, got shape \(loss.value.shape): take its mean"))
  try require(!loss.isConstant, .value("loss: it does not depend on any parameter that is trained"))
  return loss
}

@_cdecl("bissl_variable_create")
public func variableCreate(
  _ values: bissl_array, _ variable: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    try give(VariableHandle(Variable(constant: values.tensor("values", copying: true)), of: nil), to: variable)
  }
}

@_cdecl("bissl_variable_describe")
public func variableDescribe(
  _ variable: bissl_handle?, _ text: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let variable = try object(variable, "variable", as: VariableHandle.self).variable
    let description = JSON.object(
      ("shape", JSON.integers(variable.value.shape.dimensions)), ("constant", variable.isConstant ? "true" : "false"))
    try give(TextHandle(description), to: text)
  }
}

@_cdecl("bissl_variable_value")
public func variableValue(
  _ variable: bissl_handle?, _ vector: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let value = try object(variable, "variable", as: VariableHandle.self).variable.value
    try give(VectorHandle(value.copy().flattened()), to: vector)
  }
}

@_cdecl("bissl_catalogue_describe")
public func catalogueDescribe(
  _ text: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    try give(TextHandle(JSON.array(Catalogue.entries.map(JSON.entry))), to: text)
  }
}

@_cdecl("bissl_operation_apply")
public func operationApply(
  _ name: UnsafePointer<CChar>?, _ settings: bissl_settings, _ inputs: UnsafePointer<bissl_handle?>?,
  _ inputCount: Int64, _ variable: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let operation = try Catalogue.operation(named: text(name, "operation"), settings.options("settings"))
    let handles = try objects(inputs, inputCount, "inputs", allowed: 1...1 << 10, as: VariableHandle.self)
    guard let recording = handles.lazy.compactMap(\.recording).first else {
      let result = try Tape(recording: false).apply(operation, handles.map(\.variable))
      return try give(VariableHandle(result, of: nil), to: variable)
    }
    let inputs = try handles.enumerated().map { try $1.checked(for: recording, "input \($0)") }
    try give(VariableHandle(recording.apply(operation, inputs), of: recording), to: variable)
  }
}

