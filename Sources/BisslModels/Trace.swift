import BisslAutograd
import BisslCore

/// Something that operations are recorded in.
public protocol Recorder: AnyObject {
  func apply(_ operation: any Operation, _ inputs: [Variable]) throws -> Variable
}

/// A `TracedBackbone` while it tells what it does to images of one shape. Values are those of images of zeros; only what is
/// done to them counts.
public final class Trace: Recorder {
  public let images: Variable
  private let backbone: TracedBackbone
  private let tape = Tape()
  private let imageVector, parameterVector: ParameterVector
  private var parameters: [Int: Variable] = [:]
  private var norms: [(layer: BatchNormLayer, result: Variable)] = []
  private var maps: [(description: FeatureMap, value: Variable)] = []
  private var hasEnded = false

  /// Throws unless `shape` is one of images, (batch, height, width, 3).
  public init(of backbone: TracedBackbone, shape: Shape) throws {
    try checkImageShape(shape)
    self.backbone = backbone
    imageVector = tape.add(try Tensor.zeros(Shape(shape.count)))
    images = try tape.parameter(imageVector, at: 0, shape)
    parameterVector = tape.add(try backbone.state.declaredValues())
  }

  public func apply(_ operation: any Operation, _ inputs: [Variable]) throws -> Variable {
    try checkOpen()
    return try tape.apply(operation, inputs)
  }

  /// A parameter tensor of the backbone.
  public func parameter(_ name: String) throws -> Variable {
    try checkOpen()
    let segments = backbone.state.declared.segments
    guard let index = segments.firstIndex(where: { $0.name == name }) else {
      throw EngineError.value("backbone: it has no parameter \(name)")
    }
    if let known = parameters[index] { return known }
    let parameter = try tape.parameter(parameterVector, at: segments[index].offset, segments[index].shape)
    parameters[index] = parameter
    return parameter
  }

  /// Batch norm of x (…, channels), with the statistics of the batch and affine parameters.
  public func batchNorm(_ name: String, of x: Variable) throws -> Variable {
    try checkOpen()
    let layer = try backbone.norm(named: name)
    let segments = backbone.state.bufferLayout.segments
    func buffer(_ index: Int) throws -> Tensor {
      try backbone.state.buffers.window(at: segments[index].offset, segments[index].shape)
    }
    let operation = BatchNorm(
      mode: .inference(mean: try buffer(layer.runningMean), variance: try buffer(layer.runningVariance)))
    let names = backbone.state.declared.segments
    let result = try tape.apply(
      operation, [x, parameter(names[layer.weight].name), parameter(names[layer.bias].name)])
    norms.append((layer, result))
    return result
  }

  /// Names a value as the backbone's map of that name.
  public func map(_ name: String, _ value: Variable, stride: Int) throws {
    try checkOpen()
    let shape = value.value.shape
    try require(
      shape.rank == 4 || shape.rank == 3,
      .value("map '\(name)': expected (N, H, W, channels) or (N, tokens, channels), got shape \(shape)"))
    try require((1...1 << 20).contains(stride), .value("map '\(name)': expected a positive stride, got \(stride)"))
    try require(
      !maps.contains { $0.description.name == name }, .value("map '\(name)': it was given twice"))
    maps.append((FeatureMap(name: name, channels: shape.channels, stride: stride), value))
  }

  /// Ends the trace: from now on the backbone knows what it does to images of this shape.
  public func end(features: Variable) throws {
    try checkOpen()
    let expected = try Shape(images.value.shape[0], backbone.outputs)
    try require(
      features.value.shape == expected,
      .value("features: expected shape \(expected) of images \(images.value.shape), got \(features.value.shape)"))
    let program = try Program(tape, outputs: [features] + maps.map(\.value), marked: norms.map(\.result))
    try backbone.take(
      TracedProgram(program: program, images: imageVector, norms: norms.map(\.layer)), of: images.value.shape,
      maps: maps.map(\.description))
    hasEnded = true
  }

  private func checkOpen() throws {
    try require(!hasEnded, .state("this trace has ended: values of a backbone live only while its features are made"))
  }
}
