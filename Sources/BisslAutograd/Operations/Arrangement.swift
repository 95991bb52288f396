import BisslCore
import BisslKernels

/// The same elements under another shape; shares memory with its input.
public struct Reshape: LinearOperation {
  public let dimensions: [Int]

  public var name: String { "reshape" }

  public init(to dimensions: [Int]) { self.dimensions = dimensions }

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Void) {
    try expect(1, inputs)
    let shape = try Shape(dimensions)
    try check(
      shape.count == inputs[0].count,
      "an input of shape \(inputs[0].shape) has \(inputs[0].count) elements, \(shape) needs \(shape.count)")
    return (try inputs[0].reshaped(to: shape), ())
  }

  public func apply(at point: Point<Void>, to tangents: [Tensor?]) throws -> Tensor {
    try tangents[0]?.reshaped(to: point.output.shape) ?? Tensor.zeros(point.output.shape)
  }

  public func transpose(at point: Point<Void>, of cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    [wanted[0] ? try cotangent.reshaped(to: point.inputs[0].shape) : nil]
  }
}

/// Inputs (nᵢ, …) one after another along the first axis.
public struct Concatenate: LinearOperation {
  public var name: String { "concatenate" }

  public init() {}

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Void) {
    let shape = try joinedShape(inputs.map(\.shape))
    return (try join(inputs, of: inputs.map(\.shape), into: shape), ())
  }

  public func apply(at point: Point<Void>, to tangents: [Tensor?]) throws -> Tensor {
    try join(tangents, of: point.inputs.map(\.shape), into: point.output.shape)
  }

  /// The segments share memory with the cotangent.
  public func transpose(at point: Point<Void>, of cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    let offsets = self.offsets(of: point.inputs.map(\.shape))
    return try wanted.indices.map { i in
      wanted[i] ? try cotangent.window(at: offsets[i], point.inputs[i].shape) : nil
    }
  }

  private func joinedShape(_ shapes: [Shape]) throws -> Shape {
    try check(!shapes.isEmpty, "expected at least one input, got none")
    let first = shapes[0]
    try check(first.rank >= 1, "scalars have no axis to join along: reshape them to (1,)")
    let trailing = first.dimensions.dropFirst()
    for (index, shape) in shapes.enumerated() {
      try check(
        shape.rank == first.rank && shape.dimensions.dropFirst() == trailing,
        "input \(index) of shape \(shape) does not fit the first, of shape \(first): all but the first axis must agree")
    }
    let total = shapes.reduce((partialValue: 0, overflow: false)) { sum, shape in
      sum.overflow ? sum : sum.partialValue.addingReportingOverflow(shape[0])
    }
    try check(!total.overflow, "the inputs together have too many rows to count")
    return try Shape([total.partialValue] + trailing)
  }

  private func offsets(of shapes: [Shape]) -> [Int] {
    shapes.indices.map { end in shapes[..<end].reduce(0) { $0 + $1.count } }
  }

  /// A missing part is zero.
  private func join(_ parts: [Tensor?], of shapes: [Shape], into shape: Shape) throws -> Tensor {
    let out = try makeTensor(shape)
    for ((part, partShape), offset) in zip(zip(parts, shapes), offsets(of: shapes)) {
      let target = out.pointer + offset
      guard let part else {
        target.update(repeating: 0, count: partShape.count)
        continue
      }
      parallelChunks(part.count, of: pointwiseChunk) { _, range in
        Elementwise.copy(part.source + range.lowerBound, into: target + range.lowerBound, count: range.count)
      }
    }
    return out
  }
}
