import BisslKernels

/// A dense row-major array: a window of a `Storage`. Operations treat tensors as values and write only to tensors they
/// have just made; the parameter vectors of a module are the one exception, changed in place by optimisers.
public struct Tensor: @unchecked Sendable {
  public let shape: Shape
  public let storage: Storage
  public let offset: Int
  /// Where operations keep other forms of this tensor; nil for most.
  public private(set) var prepared: PreparedForms?

  /// An uninitialised tensor.
  public init(_ shape: Shape, for purpose: @autoclosure () -> String = "a tensor") throws {
    self.shape = shape
    offset = 0
    storage = try Storage(count: shape.count, for: "\(purpose()) of shape \(shape)")
  }

  /// A window of `storage` that begins at `offset`.
  public init(_ shape: Shape, in storage: Storage, at offset: Int) throws {
    try require(
      offset >= 0 && offset <= storage.count && shape.count <= storage.count - offset,
      .value("a window of shape \(shape) at \(offset) exceeds the \(storage.count) elements of its storage"))
    self.shape = shape
    self.storage = storage
    self.offset = offset
  }

  public static func zeros(_ shape: Shape) throws -> Tensor { try filled(shape, with: 0) }

  public static func filled(_ shape: Shape, with value: Scalar) throws -> Tensor {
    let tensor = try Tensor(shape)
    // To completion: who makes it may not look for a request to stop before it is used.
    let chunks = (shape.count + pointwiseChunk - 1) / pointwiseChunk
    ThreadPool.shared.runToCompletion(chunks) { chunk in
      let start = chunk * pointwiseChunk
      (tensor.pointer + start).update(repeating: value, count: min(pointwiseChunk, shape.count - start))
    }
    return tensor
  }

  public init(_ values: [Scalar], _ shape: Shape) throws {
    try require(values.count == shape.count, .value("\(values.count) values do not fill the shape \(shape)"))
    try self.init(shape)
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { pointer.update(from: base, count: values.count) }
    }
  }

  public static func scalar(_ value: Scalar) throws -> Tensor { try Tensor([value], .scalar) }

  /// The same tensor, with a place for prepared forms. It must not change while the result is in use.
  public func preparing() -> Tensor {
    var tensor = self
    tensor.prepared = PreparedForms()
    return tensor
  }

  /// A form of this tensor: the one kept, or a new one, kept where there is a place for it.
  public func form(_ kind: PreparedForms.Kind, make: () throws -> Tensor) throws -> Tensor {
    try prepared?.form(kind, make: make) ?? make()
  }

  public var pointer: Destination { storage.pointer + offset }
  public var source: Source { Source(pointer) }
  public var count: Int { shape.count }
  public var array: [Scalar] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  /// The value of a one-element tensor.
  public func item() throws -> Scalar {
    try require(count == 1, .value("a tensor of shape \(shape) is not a scalar"))
    return pointer[0]
  }

  public func copy() throws -> Tensor {
    let result = try Tensor(shape)
    result.pointer.update(from: source, count: count)
    return result
  }

  /// The same elements under another shape; shares memory and the place for prepared forms.
  public func reshaped(to shape: Shape) throws -> Tensor {
    try require(shape.count == count, .value("\(self.shape) cannot be seen as \(shape)"))
    var tensor = try Tensor(shape, in: storage, at: offset)
    tensor.prepared = prepared
    return tensor
  }

  /// The same elements in one axis; shares memory.
  public func flattened() throws -> Tensor { try reshaped(to: Shape(count)) }

  /// A window of `shape` that begins `start` elements in; shares memory.
  public func window(at start: Int, _ shape: Shape) throws -> Tensor {
    try require(
      start >= 0 && start <= count && shape.count <= count - start,
      .value("a window of \(shape) at \(start) exceeds \(self.shape)"))
    return try Tensor(shape, in: storage, at: offset + start)
  }
}
