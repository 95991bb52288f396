import BisslCore

/// Batch normalisation over all axes but the last, with an optional residual and an optional ReLU:
/// y = relu(γ x̂ + β + residual), x̂ = (x − μ)/√(σ² + ε). Inputs: x, γ, β and, where there is one, the residual.
///
/// In training mode μ and σ² are the batch's own (σ² biased) and take part in every derivative; in inference mode they
/// are constants. The rules below write z for the value before the ReLU, r for 1/√(σ² + ε), ⟨·⟩ for the mean over the
/// batch, and use x̂̇ = r(ẋ − ⟨ẋ⟩ − x̂⟨x̂ẋ⟩), ṙ = −r²⟨x̂ẋ⟩. A ReLU's mask is constant almost everywhere.
public struct BatchNorm: Operation {
  public enum Mode {
    case training
    /// Running statistics, one value per channel.
    case inference(mean: Tensor, variance: Tensor)
  }

  /// What the rules keep, and what running statistics are made from.
  public struct Saved {
    public let mean: [Double]
    /// The biased variance.
    public let variance: [Double]
    /// Values per channel.
    public let count: Int
    let inverse: [Double]
  }

  public let mode: Mode
  public let epsilon: Double
  public let relu: Bool

  public var name: String { "batch_norm" }

  public init(mode: Mode = .training, epsilon: Double = 1e-5, relu: Bool = false) {
    self.mode = mode
    self.epsilon = epsilon
    self.relu = relu
  }

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Saved) {
    try checkShapes(inputs)
    let x = inputs[0]
    let (mean, variance) = try statistics(of: x)
    let inverse = variance.map { 1 / ($0 + epsilon).squareRoot() }
    let saved = Saved(mean: mean, variance: variance, count: x.shape.rows, inverse: inverse)
    return (try output(inputs, saved), saved)
  }

  public var remaking: (([Tensor], Saved) throws -> Tensor)? { output }

  private func output(_ inputs: [Tensor], _ saved: Saved) throws -> Tensor {
    let x = inputs[0]
    let scale = zip(inputs[1].array, saved.inverse).map { Double($0) * $1 }
    let y = try makeTensor(x.shape)
    let (means, scales, shifts) = (scalars(saved.mean), scalars(scale), inputs[2].array)
    forEachBlock(x.shape) { rows, start in
      let out = y.pointer + start
      let count = rows * x.shape.channels
      Normalization.affine(
        x.source + start, rows: rows, channels: x.shape.channels, mean: means, scale: scales, shift: shifts, into: out)
      if inputs.count == 4 {
        Elementwise.add(Source(out), inputs[3].source + start, into: out, count: count)
      }
      if relu { Activations.relu(Source(out), into: out, count: count) }
    }
    return y
  }

  public func jvp(at point: Point<Saved>, tangents: [Tensor?]) throws -> Tensor? {
    let (x, s) = (point.inputs[0], point.saved)
    let gamma = point.inputs[1].array
    let (mean, meanNormalized) =
      try tangents[0].map { isTraining ? try means(of: $0, at: point) : zeros(x) } ?? zeros(x)
    let gammaTangent = tangents[1]?.array
    let betaTangent = tangents[2]?.array
    // ż = γr·ẋ + (γ̇ − γr⟨x̂ẋ⟩)·x̂ + β̇ − γr⟨ẋ⟩ + residual tangent
    let own = s.inverse.indices.map { Double(gamma[$0]) * s.inverse[$0] }
    let normalized = own.indices.map { (value(gammaTangent, $0) - own[$0] * meanNormalized[$0]) * s.inverse[$0] }
    let shift = own.indices.map { value(betaTangent, $0) - own[$0] * mean[$0] }
    let out = try makeTensor(x.shape)
    let (center, owns, normals, shifts) = (scalars(s.mean), scalars(own), scalars(normalized), scalars(shift))
    let channels = x.shape.channels
    forEachBlock(x.shape) { rows, start in
      let block = out.pointer + start
      Normalization.affine(
        x.source + start, rows: rows, channels: channels, mean: center, scale: normals, shift: shifts, into: block)
      if let tangent = tangents[0] {
        Normalization.addScaled(tangent.source + start, rows: rows, channels: channels, scale: owns, to: block)
      }
      if tangents.count == 4, let tangent = tangents[3] {
        Elementwise.add(Source(block), tangent.source + start, into: block, count: rows * channels)
      }
      if relu {
        Normalization.masked(Source(block), where: point.output.source + start, into: block, count: rows * channels)
      }
    }
    return out
  }

  public func vjp(at point: Point<Saved>, cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    let (x, s) = (point.inputs[0], point.saved)
    let z = try masked(cotangent, at: point)
    let count = Double(s.count)
    let (mean, meanNormalized) = try means(of: z, at: point)
    // x̄ = γr(z̄ − ⟨z̄⟩ − x̂⟨z̄x̂⟩), the two means only where they belong to the batch
    var input: Tensor?
    if wanted[0] {
      let gamma = point.inputs[1].array
      let own = s.inverse.indices.map { Double(gamma[$0]) * s.inverse[$0] }
      input = try combination(
        of: x, at: point, terms: [(z, own)],
        normalized: own.indices.map { isTraining ? -own[$0] * meanNormalized[$0] : 0 },
        shift: own.indices.map { isTraining ? -own[$0] * mean[$0] : 0 })
    }
    return [
      input,
      wanted[1] ? try vector(meanNormalized.map { $0 * count }) : nil,
      wanted[2] ? try vector(mean.map { $0 * count }) : nil,
    ] + (wanted.count == 4 ? [wanted[3] ? z : nil] : [])
  }

  public func vjpTangent(
    at point: Point<Saved>, tangents: [Tensor?], cotangent: Tensor, cotangentTangent: Tensor?, wanted: [Bool]
  ) throws -> [Tensor?] {
    let (x, s) = (point.inputs[0], point.saved)
    let count = Double(s.count)
    let gamma = point.inputs[1].array
    let gammaTangent = tangents[1]?.array
    let z = try masked(cotangent, at: point)
    let zTangent = try cotangentTangent.map { try masked($0, at: point) }
    let (a, b) = try means(of: z, at: point)
    let (aTangent, q) = try zTangent.map { try means(of: $0, at: point) } ?? zeros(x)
    let (p1, p2) = try tangents[0].map { try means(of: $0, at: point) } ?? zeros(x)
    let p3 = try tangents[0].map { try meanProduct(z, $0) } ?? zeros(x).plain
    // The tangent of ⟨z̄x̂⟩.
    let bTangent = s.inverse.indices.map { c in
      q[c] + s.inverse[c] * (isTraining ? p3[c] - a[c] * p1[c] - b[c] * p2[c] : p3[c])
    }
    var input: Tensor?
    if wanted[0] {
      // The tangent of x̄ = γr(z̄ − a − x̂b), with (γr)̇ = γ̇r − γr²⟨x̂ẋ⟩; in inference mode a = b = 0 and ṙ = 0.
      let r = s.inverse
      let own = r.indices.map { Double(gamma[$0]) * r[$0] }
      let ownTangent = r.indices.map { c in value(gammaTangent, c) * r[c] - (isTraining ? own[c] * r[c] * p2[c] : 0) }
      var terms = [(z, ownTangent)]
      if let zTangent { terms.append((zTangent, own)) }
      if isTraining, let tangent = tangents[0] {
        terms.append((tangent, r.indices.map { -own[$0] * b[$0] * r[$0] }))
      }
      input = try combination(
        of: x, at: point, terms: terms,
        normalized: r.indices.map { c in
          isTraining ? -ownTangent[c] * b[c] + own[c] * (b[c] * r[c] * p2[c] - bTangent[c]) : 0
        },
        shift: r.indices.map { c in
          isTraining ? -ownTangent[c] * a[c] + own[c] * (b[c] * r[c] * p1[c] - aTangent[c]) : 0
        })
    }
    return [
      input,
      wanted[1] ? try vector(bTangent.map { $0 * count }) : nil,
      wanted[2] && zTangent != nil ? try vector(aTangent.map { $0 * count }) : nil,
    ] + (wanted.count == 4 ? [wanted[3] ? zTangent : nil] : [])
  }
}

// MARK: - Pieces of the rules

extension BatchNorm {
  private var isTraining: Bool {
    if case .training = mode { return true }
    return false
  }

  private func checkShapes(_ inputs: [Tensor]) throws {
    try check(inputs.count == 3 || inputs.count == 4, "expected input, weight, bias and perhaps a residual")
    let x = inputs[0].shape
    try check(x.rank >= 2, "expected an input of at least two axes, got shape \(x)")
    for (vector, role) in zip(inputs[1...2], ["weight", "bias"]) {
      try check(
        vector.shape.dimensions == [x.channels], "expected a \(role) of shape (\(x.channels),), got \(vector.shape)")
    }
    if inputs.count == 4 {
      try check(inputs[3].shape == x, "expected a residual of the input's shape \(x), got \(inputs[3].shape)")
    }
    if isTraining {
      try check(
        x.rows > 1,
        "training needs more than one value per channel, got input of shape \(x): use a batch of at least 2")
    }
  }

  /// Mean and biased variance per channel.
  private func statistics(of x: Tensor) throws -> (mean: [Double], variance: [Double]) {
    switch mode {
    case .inference(let mean, let variance):
      try check(
        mean.count == x.shape.channels && variance.count == x.shape.channels,
        "expected running statistics of \(x.shape.channels) channels, got \(mean.count) and \(variance.count)")
      return (mean.array.map { Double($0) }, variance.array.map { Double($0) })
    case .training:
      return try batchStatistics(of: x)
    }
  }

  /// Blocks give their own mean and squared deviations, merged in order (Chan, Golub, LeVeque 1979): no cancellation
  /// however large the mean.
  private func batchStatistics(of x: Tensor) throws -> (mean: [Double], variance: [Double]) {
    let channels = x.shape.channels
    let size = rowsPerChunk(of: channels)
    let partial = try partialSums(x.shape, quantities: 2) { rows, start, sums in
      Normalization.moments(
        x.source + start, rows: rows, channels: channels, mean: sums, squares: sums + channels)
    }
    var mean = [Double](repeating: 0, count: channels)
    var squares = mean
    var seen = 0.0
    for block in 0..<partial.shape[0] {
      let rows = Double(min(size, x.shape.rows - block * size))
      let values = partial.source + block * 2 * channels
      for c in 0..<channels {
        let delta = Double(values[c]) - mean[c]
        mean[c] += delta * rows / (seen + rows)
        squares[c] += Double(values[channels + c]) + delta * delta * seen * rows / (seen + rows)
      }
      seen += rows
    }
    return (mean, squares.map { $0 / seen })
  }

  /// ⟨a⟩ and ⟨a x̂⟩ per channel.
  private func means(of a: Tensor, at point: Point<Saved>) throws -> (plain: [Double], normalized: [Double]) {
    let (x, channels) = (point.inputs[0], a.shape.channels)
    let (mean, inverse) = (scalars(point.saved.mean), scalars(point.saved.inverse))
    let partial = try partialSums(a.shape, quantities: 2) { rows, start, sums in
      Normalization.sums(
        of: a.source + start, and: x.source + start, rows: rows, channels: channels, mean: mean, inverse: inverse,
        plain: sums, normalized: sums + channels)
    }
    let totals = total(partial).map { $0 / Double(a.shape.rows) }
    return (Array(totals[..<channels]), Array(totals[channels...]))
  }

  /// ⟨a b⟩ per channel.
  private func meanProduct(_ a: Tensor, _ b: Tensor) throws -> [Double] {
    let partial = try partialSums(a.shape, quantities: 1) { rows, start, sums in
      Normalization.productSums(
        a.source + start, b.source + start, rows: rows, channels: a.shape.channels, into: sums)
    }
    return total(partial).map { $0 / Double(a.shape.rows) }
  }

  /// Σ coefficient·term + normalized·x̂ + shift, the coefficients per channel.
  private func combination(
    of x: Tensor, at point: Point<Saved>, terms: [(Tensor, [Double])], normalized: [Double], shift: [Double]
  ) throws -> Tensor {
    let out = try makeTensor(x.shape)
    let mean = scalars(point.saved.mean)
    let scale = scalars(zip(normalized, point.saved.inverse).map { $0 * $1 })
    let shifts = scalars(shift)
    let coefficients = terms.map { scalars($0.1) }
    forEachBlock(x.shape) { rows, start in
      Normalization.affine(
        x.source + start, rows: rows, channels: x.shape.channels, mean: mean, scale: scale, shift: shifts,
        into: out.pointer + start)
      for (term, coefficient) in zip(terms, coefficients) {
        Normalization.addScaled(
          term.0.source + start, rows: rows, channels: x.shape.channels, scale: coefficient, to: out.pointer + start)
      }
    }
    return out
  }

  /// z̄ from ȳ.
  private func masked(_ cotangent: Tensor, at point: Point<Saved>) throws -> Tensor {
    if !relu { return cotangent }
    let out = try makeTensor(cotangent.shape)
    parallelChunks(out.count, of: pointwiseChunk) { _, range in
      let start = range.lowerBound
      Normalization.masked(
        cotangent.source + start, where: point.output.source + start, into: out.pointer + start, count: range.count)
    }
    return out
  }

  // MARK: Blocks of rows

  private func forEachBlock(_ shape: Shape, _ body: (_ rows: Int, _ start: Int) -> Void) {
    parallelRows(shape.rows, of: shape.channels) { range in body(range.count, range.lowerBound * shape.channels) }
  }

  /// One row of `quantities`·channels sums per block.
  private func partialSums(
    _ shape: Shape, quantities: Int, _ body: (_ rows: Int, _ start: Int, _ sums: Destination) -> Void
  ) throws -> Tensor {
    let size = rowsPerChunk(of: shape.channels)
    let width = quantities * shape.channels
    let partial = try makeTensor(Shape((shape.rows + size - 1) / size, width))
    parallelChunks(shape.rows, of: size) { block, range in
      body(range.count, range.lowerBound * shape.channels, partial.pointer + block * width)
    }
    return partial
  }

  private func total(_ partial: Tensor) -> [Double] {
    let width = partial.shape[1]
    var sums = [Double](repeating: 0, count: width)
    for block in 0..<partial.shape[0] {
      for i in 0..<width { sums[i] += Double(partial.source[block * width + i]) }
    }
    return sums
  }

  // MARK: Per-channel vectors

  private func zeros(_ x: Tensor) -> (plain: [Double], normalized: [Double]) {
    let zero = [Double](repeating: 0, count: x.shape.channels)
    return (zero, zero)
  }

  private func value(_ vector: [Scalar]?, _ index: Int) -> Double { vector.map { Double($0[index]) } ?? 0 }

  private func scalars(_ values: [Double]) -> [Scalar] { values.map { Scalar($0) } }

  private func vector(_ values: [Double]) throws -> Tensor { try Tensor(scalars(values), Shape(values.count)) }
}
