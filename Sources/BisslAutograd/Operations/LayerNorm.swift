import BisslCore
import BisslKernels

/// Layer normalisation (Ba et al. 2016) over the last axis, affine: y = γ x̂ + β, x̂ = r(x − μ), r = 1/√(σ² + ε), μ and
/// σ² (biased) of the row. Inputs: x (…, C), γ (C,), β (C,).
///
/// With ⟨·⟩ the mean over a row, the Jacobian of x̂ is P a = r(a − ⟨a⟩ − x̂⟨a x̂⟩), symmetric, and Ṗ its tangent along ẋ:
/// ẏ = γ Pẋ + γ̇ x̂ + β̇;  x̄ = P(γȳ), γ̄ = Σ ȳ x̂, β̄ = Σ ȳ over the rows, and
/// x̄̇ = P(γ̇ȳ + γȳ̇) + Ṗ(γȳ), γ̄̇ = Σ (ȳ̇ x̂ + ȳ Pẋ), β̄̇ = Σ ȳ̇.
///
/// Two numbers per row are kept, μ and r; x̂ is rematerialised where it is needed, in a row of scratch memory.
public struct LayerNorm: Operation {
  public let epsilon: Double

  public var name: String { "layer_norm" }

  public init(epsilon: Double = 1e-6) { self.epsilon = epsilon }

  /// Saves (μ, r) of every row, (rows, 2).
  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Tensor) {
    try validate(inputs)
    let x = inputs[0]
    let (y, moments) = (try makeTensor(x.shape), try makeTensor(Shape(x.shape.rows, 2)))
    let count = x.shape.channels
    parallelRows(x.shape.rows, of: count) { rows in
      for row in rows {
        let out = y.pointer + row * count
        let (mean, inverse) = UnitVariance.moments(
          x.source + row * count, epsilon: epsilon, scratch: out, count: count)
        (moments.pointer[2 * row], moments.pointer[2 * row + 1]) = (mean, inverse)
        write(row, of: inputs, moments, into: out)
      }
    }
    return (y, moments)
  }

  public var rematerialization: (([Tensor], Tensor) throws -> Tensor)? {
    { inputs, moments in
      let (x, y) = (inputs[0], try makeTensor(inputs[0].shape))
      parallelRows(x.shape.rows, of: x.shape.channels) { rows in
        for row in rows { write(row, of: inputs, moments, into: y.pointer + row * x.shape.channels) }
      }
      return y
    }
  }

  /// A row of y, from the moments of that of x.
  private func write(_ row: Int, of inputs: [Tensor], _ moments: Tensor, into out: Destination) {
    let count = inputs[0].shape.channels
    UnitVariance.normalize(
      inputs[0].source + row * count, mean: moments.source[2 * row], inverse: moments.source[2 * row + 1], into: out,
      count: count)
    Elementwise.multiply(out, inputs[1].source, into: out, count: count)
    Elementwise.add(out, inputs[2].source, into: out, count: count)
  }

  public func jvp(at point: Point<Tensor>, tangents: [Tensor?]) throws -> Tensor? {
    let gamma = point.inputs[1].source
    let out = try makeTensor(point.output.shape)
    try forEachRow(at: point) { row, scratch in
      let target = out.pointer + row.start
      if let tangent = tangents[0]?.source {
        row.project(tangent + row.start, into: target)
        Elementwise.multiply(target, gamma, into: target, count: row.count)
      } else {
        target.update(repeating: 0, count: row.count)
      }
      if let tangent = tangents[1]?.source {
        Elementwise.addProduct(row.normalized, tangent, to: target, count: row.count)
      }
      if let tangent = tangents[2]?.source { Elementwise.add(target, tangent, into: target, count: row.count) }
    }
    return out
  }

  public func vjp(at point: Point<Tensor>, cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    let gamma = point.inputs[1].source
    let input = wanted[0] ? try makeTensor(point.output.shape) : nil
    let sums = try sumsOverRows(at: point) { row, scratch, sums in
      let cotangent = cotangent.source + row.start
      if let input {
        Elementwise.multiply(gamma, cotangent, into: scratch, count: row.count)
        row.project(scratch, into: input.pointer + row.start)
      }
      Elementwise.addProduct(cotangent, row.normalized, to: sums.weight, count: row.count)
      Elementwise.add(sums.bias, cotangent, into: sums.bias, count: row.count)
    }
    return [input, wanted[1] ? sums.weight : nil, wanted[2] ? sums.bias : nil]
  }

  public func vjpTangent(
    at point: Point<Tensor>, tangents: [Tensor?], cotangent: Tensor, cotangentTangent: Tensor?, wanted: [Bool]
  ) throws -> [Tensor?] {
    let input = wanted[0] ? try makeTensor(point.output.shape) : nil
    let sums = try sumsOverRows(at: point) { row, scratch, sums in
      let cotangent = cotangent.source + row.start
      if let input {
        inputTangent(
          at: point, row, tangents, cotangent, cotangentTangent, scratch: scratch, into: input.pointer + row.start)
      }
      if let tangent = tangents[0] {
        row.project(tangent.source + row.start, into: scratch)
        Elementwise.addProduct(cotangent, scratch, to: sums.weight, count: row.count)
      }
      if let cotangentTangent {
        let change = cotangentTangent.source + row.start
        Elementwise.addProduct(change, row.normalized, to: sums.weight, count: row.count)
        Elementwise.add(sums.bias, change, into: sums.bias, count: row.count)
      }
    }
    return [
      input, wanted[1] ? sums.weight : nil, wanted[2] && cotangentTangent != nil ? sums.bias : nil,
    ]
  }

  /// P(γ̇ȳ + γȳ̇) + Ṗ(γȳ) of one row
  private func inputTangent(
    at point: Point<Tensor>, _ row: Row, _ tangents: [Tensor?], _ cotangent: Source, _ cotangentTangent: Tensor?,
    scratch: Destination, into out: Destination
  ) {
    let gamma = point.inputs[1].source
    scratch.update(repeating: 0, count: row.count)
    if let tangent = tangents[1] { Elementwise.addProduct(tangent.source, cotangent, to: scratch, count: row.count) }
    if let change = cotangentTangent {
      Elementwise.addProduct(gamma, change.source + row.start, to: scratch, count: row.count)
    }
    row.project(scratch, into: out)
    guard let tangent = tangents[0] else { return }
    Elementwise.multiply(gamma, cotangent, into: scratch, count: row.count)
    UnitVariance.addCurvature(
      row.normalized, inverse: row.inverse, tangent: tangent.source + row.start, scratch, to: out, count: row.count)
  }

  private func validate(_ inputs: [Tensor]) throws {
    try expect(3, inputs)
    let x = inputs[0].shape
    try check(x.rank >= 1 && x.channels > 0, "expected an input of shape (…, channels), got \(x)")
    for (vector, role) in zip(inputs[1...], ["weight", "bias"]) {
      try check(
        vector.shape.dimensions == [x.channels], "expected a \(role) of shape (\(x.channels),), got \(vector.shape)")
    }
  }
}

// MARK: - Rows

/// One row of x: where it begins, and its x̂.
private struct Row {
  let start: Int
  let count: Int
  let inverse: Scalar
  let normalized: Source

  /// out = P a
  func project(_ a: Source, into out: Destination) {
    UnitVariance.project(normalized, inverse: inverse, a, into: out, count: count)
  }
}

extension LayerNorm {
  /// Calls `body` with every row and a row of scratch memory.
  private func forEachRow(at point: Point<Tensor>, _ body: (_ row: Row, _ scratch: Destination) -> Void) throws {
    try forEachChunk(at: point) { _, rows, scratch in
      for index in rows { body(row(index, at: point, in: scratch), scratch + point.output.shape.channels) }
    }
  }

  /// As `forEachRow`, and hands out what is summed over rows: chunks make partial sums, which are summed in order.
  private func sumsOverRows(
    at point: Point<Tensor>,
    _ body: (_ row: Row, _ scratch: Destination, _ sums: (weight: Destination, bias: Destination)) -> Void
  ) throws -> (weight: Tensor, bias: Tensor) {
    let count = point.output.shape.channels
    let size = rowsPerChunk(of: count)
    let partial = try Tensor.zeros(Shape((point.output.shape.rows + size - 1) / size, 2 * count))
    try forEachChunk(at: point) { chunk, rows, scratch in
      let sums = partial.pointer + chunk * 2 * count
      for index in rows { body(row(index, at: point, in: scratch), scratch + count, (sums, sums + count)) }
    }
    let total = try makeTensor(Shape(2 * count))
    Reductions.sumOfRows(partial.source, rows: partial.shape[0], columns: 2 * count, into: total.pointer)
    return (try total.window(at: 0, Shape(count)), try total.window(at: count, Shape(count)))
  }

  private func forEachChunk(
    at point: Point<Tensor>, _ body: (_ chunk: Int, _ rows: Range<Int>, _ scratch: Destination) -> Void
  ) throws {
    let (rows, count) = (point.output.shape.rows, point.output.shape.channels)
    let size = rowsPerChunk(of: count)
    try ThreadPool.shared.run((rows + size - 1) / size, scratch: 2 * count, for: name) { chunk, scratch in
      body(chunk, chunk * size..<min(rows, (chunk + 1) * size), scratch)
    }
  }

  private func row(_ index: Int, at point: Point<Tensor>, in scratch: Destination) -> Row {
    let count = point.output.shape.channels
    let (mean, inverse) = (point.saved.source[2 * index], point.saved.source[2 * index + 1])
    UnitVariance.normalize(
      point.inputs[0].source + index * count, mean: mean, inverse: inverse, into: scratch, count: count)
    return Row(start: index * count, count: count, inverse: inverse, normalized: Source(scratch))
  }
}
