import BisslCore
import BisslKernels

/// The sum along one axis, which disappears. The transpose of `Repeat`.
public struct Sum: LinearOperation {
  public let axis: Int

  public var name: String { "sum" }

  public init(axis: Int) { self.axis = axis }

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Void) {
    try expect(1, inputs)
    return (try sum(inputs[0], along: axis, for: name), ())
  }

  public func apply(at point: Point<Void>, to tangents: [Tensor?]) throws -> Tensor {
    try tangents[0].map { try sum($0, along: axis, for: name) } ?? Tensor.zeros(point.output.shape)
  }

  public func transpose(at point: Point<Void>, of cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    [wanted[0] ? try copies(point.inputs[0].shape[axis], of: cotangent, along: axis, for: name) : nil]
  }
}

/// `count` copies of x along a new axis. The transpose of `Sum`.
public struct Repeat: LinearOperation {
  public let axis: Int
  public let count: Int

  public var name: String { "repeat" }

  public init(axis: Int, count: Int) {
    self.axis = axis
    self.count = count
  }

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Void) {
    try expect(1, inputs)
    try check(count >= 1, "expected at least one copy, got \(count)")
    return (try copies(count, of: inputs[0], along: axis, for: name), ())
  }

  public func apply(at point: Point<Void>, to tangents: [Tensor?]) throws -> Tensor {
    try tangents[0].map { try copies(count, of: $0, along: axis, for: name) } ?? Tensor.zeros(point.output.shape)
  }

  public func transpose(at point: Point<Void>, of cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    [wanted[0] ? try sum(cotangent, along: axis, for: name) : nil]
  }
}

/// The axes in another order: axis i of the result is axis `axes[i]` of x.
public struct Transpose: LinearOperation {
  public let axes: [Int]

  public var name: String { "transpose" }

  public init(_ axes: [Int]) { self.axes = axes }

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Void) {
    try expect(1, inputs)
    let shape = inputs[0].shape
    try check(
      axes.sorted() == Array(0..<shape.rank),
      "expected every axis of shape \(shape) once, 0 to \(shape.rank - 1), got \(axes)")
    return (try permuted(inputs[0], axes), ())
  }

  public func apply(at point: Point<Void>, to tangents: [Tensor?]) throws -> Tensor {
    try tangents[0].map { try permuted($0, axes) } ?? Tensor.zeros(point.output.shape)
  }

  public func transpose(at point: Point<Void>, of cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    [wanted[0] ? try permuted(cotangent, axes.indices.sorted { axes[$0] < axes[$1] }) : nil]
  }

  /// The last axis is gathered at its stride in x, row after row of the result.
  private func permuted(_ x: Tensor, _ axes: [Int]) throws -> Tensor {
    let strides = x.shape.strides
    let shape = try Shape(axes.map { x.shape[$0] })
    let out = try makeTensor(shape)
    guard let last = axes.last else {
      out.pointer.update(from: x.source, count: 1)
      return out
    }
    let leading = axes.dropLast().map { (extent: x.shape[$0], stride: strides[$0]) }
    parallelRows(shape.rows, of: shape.channels) { rows in
      for row in rows {
        var (rest, offset) = (row, 0)
        for axis in leading.reversed() {
          offset += rest % axis.extent * axis.stride
          rest /= axis.extent
        }
        Axes.gather(
          x.source + offset, stride: strides[last], count: shape.channels, into: out.pointer + row * shape.channels)
      }
    }
    return out
  }
}

extension Shape {
  /// Elements from one index to the next, per axis.
  fileprivate var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in dimensions.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * dimensions[axis + 1] }
    return strides
  }

  /// The product of the extents before `axis`, and of those from `axis` on.
  fileprivate func split(at axis: Int) -> (outer: Int, inner: Int) {
    (dimensions[..<axis].reduce(1, *), dimensions[axis...].reduce(1, *))
  }
}

private func sum(_ x: Tensor, along axis: Int, for name: String) throws -> Tensor {
  try require(
    x.shape.dimensions.indices.contains(axis),
    .value("\(name): expected an axis of shape \(x.shape), 0 to \(x.shape.rank - 1), got \(axis)"))
  let terms = x.shape[axis]
  try require(terms > 0, .value("\(name): axis \(axis) of shape \(x.shape) has nothing to sum"))
  var dimensions = x.shape.dimensions
  dimensions.remove(at: axis)
  let (shape, outer, inner) = (try Shape(dimensions), x.shape.split(at: axis).outer, x.shape.split(at: axis + 1).inner)
  if outer == 1 { return try columnSums(x.reshaped(to: Shape(terms, inner)), for: name).reshaped(to: shape) }
  let out = try Tensor(shape, for: name)
  parallelRows(outer, of: terms * inner) { rows in
    for row in rows {
      let (start, target) = (x.source + row * terms * inner, out.pointer + row * inner)
      if inner == 1 {
        target[0] = Scalar(Reductions.sum(start, count: terms))
      } else {
        Reductions.sumOfRows(start, rows: terms, columns: inner, into: target)
      }
    }
  }
  return out
}

private func copies(_ count: Int, of x: Tensor, along axis: Int, for name: String) throws -> Tensor {
  try require(
    (0...x.shape.rank).contains(axis),
    .value("\(name): expected a place for an axis in shape \(x.shape), 0 to \(x.shape.rank), got \(axis)"))
  var dimensions = x.shape.dimensions
  dimensions.insert(count, at: axis)
  let (outer, inner) = x.shape.split(at: axis)
  let out = try Tensor(Shape(dimensions), for: name)
  parallelRows(outer, of: count * inner) { rows in
    Axes.repeatRows(x.source, copies: count, extent: inner, rows: rows, into: out.pointer)
  }
  return out
}
