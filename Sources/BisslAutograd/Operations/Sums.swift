import BisslCore
import BisslKernels

/// a + b of one shape.
public struct Add: LinearOperation {
  public var name: String { "add" }

  public init() {}

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Void) {
    try expect(2, inputs)
    let (a, b) = (inputs[0], inputs[1])
    try check(a.shape == b.shape, "expected inputs of one shape, got \(a.shape) and \(b.shape)")
    return (try a.adding(b), ())
  }

  public func apply(at point: Point<Void>, to tangents: [Tensor?]) throws -> Tensor {
    guard let a = tangents[0] else { return try tangents[1] ?? Tensor.zeros(point.output.shape) }
    return try tangents[1].map { try a.adding($0) } ?? a
  }

  public func transpose(at point: Point<Void>, of cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    wanted.map { $0 ? cotangent : nil }
  }
}

/// factor·x.
public struct Scale: LinearOperation {
  public let factor: Scalar

  public var name: String { "scale" }

  public init(by factor: Scalar) { self.factor = factor }

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Void) {
    try expect(1, inputs)
    return (try inputs[0].scaled(by: factor, for: name), ())
  }

  public func apply(at point: Point<Void>, to tangents: [Tensor?]) throws -> Tensor {
    try tangents[0]?.scaled(by: factor, for: name) ?? Tensor.zeros(point.output.shape)
  }

  public func transpose(at point: Point<Void>, of cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    [wanted[0] ? try cotangent.scaled(by: factor, for: name) : nil]
  }
}

/// x (…, C) plus a vector (C,) in every row.
public struct AddBias: LinearOperation {
  public var name: String { "add_bias" }

  public init() {}

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Void) {
    try expect(2, inputs)
    let (x, bias) = (inputs[0], inputs[1])
    try check(x.shape.rank >= 1, "expected an input of shape (…, channels), got a scalar")
    try check(
      bias.shape.rank == 1 && bias.count == x.shape.channels,
      "expected a bias of shape (\(x.shape.channels),) for an input of shape \(x.shape), got \(bias.shape)")
    return (try sum(x, bias), ())
  }

  public func apply(at point: Point<Void>, to tangents: [Tensor?]) throws -> Tensor {
    switch (tangents[0], tangents[1]) {
    case (let x?, let bias?): return try sum(x, bias)
    case (let x?, nil): return x
    case (nil, let bias?): return try broadcast(bias, to: point.output.shape)
    case (nil, nil): return try Tensor.zeros(point.output.shape)
    }
  }

  public func transpose(at point: Point<Void>, of cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    [wanted[0] ? cotangent : nil, wanted[1] ? try columnSums(cotangent, for: name) : nil]
  }

  private func sum(_ x: Tensor, _ bias: Tensor) throws -> Tensor {
    let out = try makeTensor(x.shape)
    let columns = bias.count
    parallelRows(x.shape.rows, of: columns) { rows in
      let start = rows.lowerBound * columns
      Rows.addVector(
        x.source + start, row: columns, bias.source, rows: rows.count, columns: columns, into: out.pointer + start)
    }
    return out
  }

  private func broadcast(_ bias: Tensor, to shape: Shape) throws -> Tensor {
    let out = try makeTensor(shape)
    parallelRows(shape.rows, of: bias.count) { rows in
      Rows.broadcast(
        bias.source, scaledBy: 1, rows: rows.count, columns: bias.count,
        into: out.pointer + rows.lowerBound * bias.count)
    }
    return out
  }
}

/// The mean of all elements, a scalar.
public struct Mean: LinearOperation {
  public var name: String { "mean" }

  public init() {}

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Void) {
    try expect(1, inputs)
    try check(inputs[0].count > 0, "an input of shape \(inputs[0].shape) has no elements to average")
    return (try mean(inputs[0]), ())
  }

  public func apply(at point: Point<Void>, to tangents: [Tensor?]) throws -> Tensor {
    try tangents[0].map(mean) ?? Tensor.scalar(0)
  }

  public func transpose(at point: Point<Void>, of cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    let x = point.inputs[0]
    return [wanted[0] ? try Tensor.filled(x.shape, with: cotangent.item() / Scalar(x.count)) : nil]
  }

  private func mean(_ x: Tensor) throws -> Tensor {
    let sum = sumOverRows(x.count, of: 1) { Reductions.sum(x.source + $0.lowerBound, count: $0.count) }
    return try Tensor.scalar(Scalar(sum / Double(x.count)))
  }
}
