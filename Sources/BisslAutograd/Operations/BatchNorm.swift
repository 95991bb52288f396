import BisslCore
import BisslKernels

/// Batch normalisation over all axes but the last, with an optional residual and an optional ReLU:
/// y = relu(γ x̂ + β + residual), x̂ = (x − μ)/√(σ² + ε). Inputs: x, γ, β and, where there is one, the residual.
///
/// In training mode μ and σ² are the batch's own (σ² biased) and take part in every derivative; in inference mode they
/// are constants. The rules below write z for the value before the ReLU, r for 1/√(σ² + ε), ⟨·⟩ for the mean over the
/// batch, and use x̂̇ = r(ẋ − ⟨ẋ⟩ − x̂⟨x̂ẋ⟩), ṙ = −r²⟨x̂ẋ⟩. A ReLU's mask is constant almost everywhere.
///
/// Over several processes the batch is that of all of them: in training mode every rule takes its means from one sum over
/// processes, all its quantities and batches together. x̄ is that of this process's rows; γ̄ and β̄ are its part of them.
public struct BatchNorm: CollectiveOperation {
  public enum Mode {
    /// The first axis may hold several batches of one size, each normalised by itself: all that stands between two batch
    /// norms then sees them as one.
    case training(batches: Int = 1)
    /// Running statistics, one value per channel.
    case inference(mean: Tensor, variance: Tensor)
  }

  /// What the rules keep, and what running statistics are made from. Vectors are those of a `BatchStack`.
  public struct Saved {
    let stack: BatchStack
    let mean: [Double]
    let variance: [Double]
    let inverse: [Double]
    /// The same as loops take them, by batch.
    let means, inverses: [[Scalar]]
    /// Values per channel of each batch, those of other processes included.
    public let count: Int

    /// Mean and biased variance per channel of each batch.
    public var moments: [(mean: [Double], variance: [Double])] {
      zip(stack.parts(mean), stack.parts(variance)).map { ($0, $1) }
    }
  }

  public let mode: Mode
  public let epsilon: Double
  public let relu: Bool
  /// Numbers (C,) near the means, the same in all processes: sums of squares over processes are taken about them, so that
  /// they do not cancel.
  public let shift: Tensor?
  private var share = BatchShare.whole

  public var name: String { "batch_norm" }

  public init(mode: Mode = .training(), epsilon: Double = 1e-5, relu: Bool = false, shift: Tensor? = nil) {
    self.mode = mode
    self.epsilon = epsilon
    self.relu = relu
    self.shift = shift
  }

  public func over(_ share: BatchShare) -> BatchNorm {
    var operation = self
    operation.share = share
    return operation
  }

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Saved) {
    try checkShapes(inputs)
    let stack = BatchStack(inputs[0].shape, batches: batches)
    let (mean, variance, count) = try statistics(of: inputs[0], stack)
    let inverse = variance.map { 1 / ($0 + epsilon).squareRoot() }
    let saved = Saved(
      stack: stack, mean: mean, variance: variance, inverse: inverse, means: stack.kernelVectors(mean),
      inverses: stack.kernelVectors(inverse), count: count)
    return (try output(inputs, saved), saved)
  }

  public var rematerialization: (([Tensor], Saved) throws -> Tensor)? { output }

  /// It stands between convolutions, and the statistics are saved. Not where its tangent communicates.
  public var isRematerializedInPassing: Bool { share.isWhole }

  /// Not where it communicates.
  public var isCheapToDifferentiate: Bool { share.isWhole }

  /// Not those of β and of the residual.
  public func usesTangent(ofInput input: Int) -> Bool { input < 2 }

  private func output(_ inputs: [Tensor], _ saved: Saved) throws -> Tensor {
    let (x, stack) = (inputs[0], saved.stack)
    let y = try makeTensor(x.shape)
    let scales = stack.kernelVectors(zip(stack.repeated(inputs[1]), saved.inverse).map { $0 * $1 })
    let shifts = stack.kernelVectors(stack.repeated(inputs[2]))
    stack.forEachBlock { block in
      let (out, batch) = (y.pointer + block.start, block.batch)
      Normalization.affine(
        x.source + block.start, rows: block.rows, channels: stack.channels, mean: saved.means[batch],
        scale: scales[batch], shift: shifts[batch], into: out)
      if inputs.count == 4 {
        Elementwise.add(Source(out), inputs[3].source + block.start, into: out, count: block.count)
      }
      if relu { Activations.relu(Source(out), into: out, count: block.count) }
    }
    return y
  }

  public func jvp(at point: Point<Saved>, tangents: [Tensor?]) throws -> Tensor? {
    let (x, s, stack) = (point.inputs[0], point.saved, point.saved.stack)
    let gamma = stack.repeated(point.inputs[1])
    let (mean, meanNormalized) =
      try tangents[0].map { isTraining ? try means(of: $0, at: point, "a batch norm's tangents") : zeros(stack) }
      ?? zeros(stack)
    let gammaTangent = tangents[1].map(stack.repeated)
    let betaTangent = tangents[2].map(stack.repeated)
    // ż = γr·ẋ + (γ̇ − γr⟨x̂ẋ⟩)·x̂ + β̇ − γr⟨ẋ⟩ + residual tangent
    let own = s.inverse.indices.map { gamma[$0] * s.inverse[$0] }
    let normalized = own.indices.map { (value(gammaTangent, $0) - own[$0] * meanNormalized[$0]) * s.inverse[$0] }
    let shift = own.indices.map { value(betaTangent, $0) - own[$0] * mean[$0] }
    let out = try makeTensor(x.shape)
    let (owns, normals) = (stack.kernelVectors(own), stack.kernelVectors(normalized))
    let shifts = stack.kernelVectors(shift)
    stack.forEachBlock { block in
      let (into, start, batch) = (out.pointer + block.start, block.start, block.batch)
      Normalization.affine(
        x.source + start, rows: block.rows, channels: stack.channels, mean: s.means[batch], scale: normals[batch],
        shift: shifts[batch], into: into)
      if let tangent = tangents[0] {
        Normalization.addScaled(
          tangent.source + start, rows: block.rows, channels: stack.channels, scale: owns[batch], to: into)
      }
      if tangents.count == 4, let tangent = tangents[3] {
        Elementwise.add(Source(into), tangent.source + start, into: into, count: block.count)
      }
      if relu {
        Activations.gate(point.output.source + start, Source(into), into: into, count: block.count)
      }
    }
    return out
  }

  public func vjp(at point: Point<Saved>, cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    let (s, stack) = (point.saved, point.saved.stack)
    let z = try gated(cotangent, at: point, isKept: wanted.count == 4 && wanted[3])
    let sums = try stack.means(quantities: 2, scratch: 1) { block, sums, scratch in
      addMeans(of: z.values(in: block, scratch), at: point, block, to: sums)
    }
    let (own, ownNormalized) = (sums[0], sums[1])
    // x̄ = γr(z̄ − ⟨z̄⟩ − x̂⟨z̄x̂⟩), the two means only where they belong to the batch
    var input: Tensor?
    if wanted[0] {
      let whole = try ofWholeBatch(sums, s, "a batch norm's adjoints")
      let (mean, meanNormalized) = (whole[0], whole[1])
      let gamma = stack.repeated(point.inputs[1])
      let own = s.inverse.indices.map { gamma[$0] * s.inverse[$0] }
      input = try combination(
        at: point, terms: [(z, own)],
        normalized: own.indices.map { isTraining ? -own[$0] * meanNormalized[$0] : 0 },
        shift: own.indices.map { isTraining ? -own[$0] * mean[$0] : 0 })
    }
    return [
      input,
      wanted[1] ? try stack.total(ownNormalized) : nil,
      wanted[2] ? try stack.total(own) : nil,
    ] + (wanted.count == 4 ? [z.kept] : [])
  }

  public func vjpTangent(
    at point: Point<Saved>, tangents: [Tensor?], cotangent: Tensor, cotangentTangent: Tensor?, wanted: [Bool]
  ) throws -> [Tensor?] {
    let (s, stack) = (point.saved, point.saved.stack)
    let gamma = stack.repeated(point.inputs[1])
    let gammaTangent = tangents[1].map(stack.repeated)
    let z = try gated(cotangent, at: point)
    let zTangent = try cotangentTangent.map { try gated($0, at: point, isKept: wanted.count == 4 && wanted[3]) }
    let sums = try stack.means(quantities: 7, scratch: 2) { block, sums, scratch in
      let (channels, z) = (stack.channels, z.values(in: block, scratch))
      addMeans(of: z, at: point, block, to: sums)
      if let zTangent {
        addMeans(of: zTangent.values(in: block, scratch + block.count), at: point, block, to: sums + 2 * channels)
      }
      if let tangent = tangents[0] {
        let values = tangent.source + block.start
        addMeans(of: values, at: point, block, to: sums + 4 * channels)
        Normalization.productSums(z, values, rows: block.rows, channels: channels, into: sums + 6 * channels)
      }
    }
    let isNeeded = wanted[0] || (wanted[1] && tangents[0] != nil)
    let whole = try isNeeded ? ofWholeBatch(sums, s, "the tangents of a batch norm's adjoints") : sums
    // ⟨ẋ⟩, ⟨ẋx̂⟩
    let (p1, p2) = (whole[4], whole[5])
    // The tangent of ⟨z̄x̂⟩, of the whole batch or of this process's rows: ⟨z̄⟩, ⟨z̄x̂⟩, ⟨z̄̇x̂⟩ and ⟨ẋz̄⟩ of those.
    func normalizedTangent(_ means: [[Double]]) -> [Double] {
      let (a, b, q, p3) = (means[0], means[1], means[3], means[6])
      return s.inverse.indices.map { c in
        q[c] + s.inverse[c] * (isTraining ? p3[c] - a[c] * p1[c] - b[c] * p2[c] : p3[c])
      }
    }
    var input: Tensor?
    if wanted[0] {
      let (a, b, aTangent) = (whole[0], whole[1], whole[2])
      let bTangent = normalizedTangent(whole)
      // The tangent of x̄ = γr(z̄ − a − x̂b), with (γr)̇ = γ̇r − γr²⟨x̂ẋ⟩; in inference mode a = b = 0 and ṙ = 0.
      let r = s.inverse
      let own = r.indices.map { gamma[$0] * r[$0] }
      let ownTangent = r.indices.map { c in value(gammaTangent, c) * r[c] - (isTraining ? own[c] * r[c] * p2[c] : 0) }
      var terms = [(z, ownTangent)]
      if let zTangent { terms.append((zTangent, own)) }
      if isTraining, let tangent = tangents[0] {
        terms.append((Gated(cotangent: tangent), r.indices.map { -own[$0] * b[$0] * r[$0] }))
      }
      input = try combination(
        at: point, terms: terms,
        normalized: r.indices.map { c in
          isTraining ? -ownTangent[c] * b[c] + own[c] * (b[c] * r[c] * p2[c] - bTangent[c]) : 0
        },
        shift: r.indices.map { c in
          isTraining ? -ownTangent[c] * a[c] + own[c] * (b[c] * r[c] * p1[c] - aTangent[c]) : 0
        })
    }
    return [
      input,
      wanted[1] ? try stack.total(normalizedTangent(sums)) : nil,
      wanted[2] && zTangent != nil ? try stack.total(sums[2]) : nil,
    ] + (wanted.count == 4 ? [zTangent?.kept] : [])
  }
}

// MARK: - Pieces of the rules

extension BatchNorm {
  private var isTraining: Bool {
    if case .training = mode { return true }
    return false
  }

  private var batches: Int {
    if case .training(let batches) = mode { return batches }
    return 1
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
    try check(
      batches > 0 && x[0].isMultiple(of: batches),
      "expected batches of one size, got an input of shape \(x) and \(batches) batches")
    if let shift {
      try check(
        shift.shape.dimensions == [x.channels], "expected a shift of shape (\(x.channels),), got \(shift.shape)")
    }
    if isTraining && share.isWhole {
      try check(
        x.rows > batches,
        "training needs more than one value per channel, got input of shape \(x)"
          + "\(batches > 1 ? " for \(batches) batches" : ""): use a batch of at least 2")
    }
  }

  /// Mean and biased variance, and how many values they are of.
  private func statistics(
    of x: Tensor, _ stack: BatchStack
  ) throws -> (mean: [Double], variance: [Double], count: Int) {
    switch mode {
    case .inference(let mean, let variance):
      try check(
        mean.count == stack.channels && variance.count == stack.channels,
        "expected running statistics of \(stack.channels) channels, got \(mean.count) and \(variance.count)")
      return (stack.repeated(mean), stack.repeated(variance), stack.rows)
    case .training:
      let own = try batchStatistics(of: x, stack)
      return share.isWhole ? (own.mean, own.variance, stack.rows) : try merged(own, stack)
    }
  }

  /// The statistics of all processes from those of each: of one sum of Σ(x − k), Σ(x − k)² and the number of rows.
  private func merged(
    _ own: (mean: [Double], variance: [Double]), _ stack: BatchStack
  ) throws -> (mean: [Double], variance: [Double], count: Int) {
    let k = shift.map(stack.repeated) ?? stack.zeros
    let (rows, indices) = (Double(stack.rows), k.indices)
    let offsets = indices.map { own.mean[$0] - k[$0] }
    let squares = indices.map { rows * (own.variance[$0] + offsets[$0] * offsets[$0]) }
    let sums = try share.sum(offsets.map { rows * $0 } + squares + [rows], for: "a batch norm's statistics")
    let total = sums[2 * k.count]
    try check(
      total > 1, "training needs more than one value per channel, and all processes together have \(total): use a batch "
        + "of at least 2")
    let means = indices.map { sums[$0] / total }
    let variances = indices.map { max(0, sums[k.count + $0] / total - means[$0] * means[$0]) }
    return (indices.map { k[$0] + means[$0] }, variances, Int(total))
  }

  /// Means over the batch of all processes, from those over the rows of each: one sum.
  private func ofWholeBatch(_ means: [[Double]], _ saved: Saved, _ purpose: String) throws -> [[Double]] {
    if share.isWhole || !isTraining { return means }
    let part = Double(saved.stack.rows) / Double(saved.count)
    let sums = try share.sum(means.flatMap { $0.map { $0 * part } }, for: purpose)
    let width = saved.mean.count
    return means.indices.map { Array(sums[$0 * width..<($0 + 1) * width]) }
  }

  /// Blocks give their own mean and squared deviations, merged in order (Chan, Golub, LeVeque 1979): no cancellation
  /// however large the mean.
  private func batchStatistics(of x: Tensor, _ stack: BatchStack) throws -> (mean: [Double], variance: [Double]) {
    let channels = stack.channels
    var (mean, squares) = (stack.zeros, stack.zeros)
    try mean.withUnsafeMutableBufferPointer { means in
      try squares.withUnsafeMutableBufferPointer { deviations in
        guard let means = means.baseAddress, let deviations = deviations.baseAddress else { return }
        try stack.reduce(quantities: 2) { block, sums, _ in
          Normalization.moments(
            x.source + block.start, rows: block.rows, channels: channels, mean: sums, squares: sums + channels)
        } merge: { block, sums, range in
          let (own, start) = (block.batch * channels + range.lowerBound, range.lowerBound)
          Normalization.merge(
            mean: sums + start, squares: sums + channels + start, rows: block.rows, into: means + own, deviations + own,
            of: block.before, count: range.count)
        }
      }
    }
    return (mean, squares.map { $0 / Double(stack.rows) })
  }

  /// ⟨a⟩ and ⟨a x̂⟩, of the whole batch.
  private func means(
    of a: Tensor, at point: Point<Saved>, _ purpose: String
  ) throws -> (plain: [Double], normalized: [Double]) {
    let own = try point.saved.stack.means(quantities: 2) { block, sums, _ in
      addMeans(of: a.source + block.start, at: point, block, to: sums)
    }
    let means = try ofWholeBatch(own, point.saved, purpose)
    return (means[0], means[1])
  }

  /// Sums over the rows of a block of a and of a x̂.
  private func addMeans(of a: Source, at point: Point<Saved>, _ block: BatchStack.Block, to sums: Destination) {
    let (s, channels) = (point.saved, point.saved.stack.channels)
    Normalization.sums(
      of: a, and: point.inputs[0].source + block.start, rows: block.rows, channels: channels,
      mean: s.means[block.batch], inverse: s.inverses[block.batch], plain: sums, normalized: sums + channels)
  }

  /// Σ coefficient·term + normalized·x̂ + shift.
  private func combination(
    at point: Point<Saved>, terms: [(Gated, [Double])], normalized: [Double], shift: [Double]
  ) throws -> Tensor {
    let (x, s, stack) = (point.inputs[0], point.saved, point.saved.stack)
    let out = try makeTensor(x.shape)
    let scales = stack.kernelVectors(zip(normalized, s.inverse).map { $0 * $1 })
    let shifts = stack.kernelVectors(shift)
    let coefficients = terms.map { stack.kernelVectors($0.1) }
    try stack.forEachBlock(scratch: 1) { block, scratch in
      let (into, batch) = (out.pointer + block.start, block.batch)
      Normalization.affine(
        x.source + block.start, rows: block.rows, channels: stack.channels, mean: s.means[batch], scale: scales[batch],
        shift: shifts[batch], into: into)
      for (term, coefficient) in zip(terms, coefficients) {
        Normalization.addScaled(
          term.0.valuesAgain(in: block, scratch), rows: block.rows, channels: stack.channels,
          scale: coefficient[batch], to: into)
      }
    }
    return out
  }

  /// z̄ from ȳ; `isKept` where it is a result itself.
  private func gated(_ cotangent: Tensor, at point: Point<Saved>, isKept: Bool = false) throws -> Gated {
    if !relu { return Gated(cotangent: cotangent, kept: isKept ? cotangent : nil) }
    return Gated(
      cotangent: cotangent, gate: point.output, kept: isKept ? try makeTensor(cotangent.shape) : nil)
  }

  private func zeros(_ stack: BatchStack) -> (plain: [Double], normalized: [Double]) { (stack.zeros, stack.zeros) }

  private func value(_ vector: [Double]?, _ index: Int) -> Double { vector?[index] ?? 0 }
}

/// A cotangent as far as it passes the ReLU, block by block: nothing of it is written but where it is kept.
private struct Gated {
  let cotangent: Tensor
  /// The ReLU's output.
  var gate: Tensor?
  /// Where all of it is to be; filled by `values`.
  var kept: Tensor?

  /// Its values in a block; `scratch` holds them where they differ from the cotangent's and are not kept.
  func values(in block: BatchStack.Block, _ scratch: Destination) -> Source {
    let values = cotangent.source + block.start
    guard let gate else { return values }
    let out = kept.map { $0.pointer + block.start } ?? scratch
    Activations.gate(gate.source + block.start, values, into: out, count: block.count)
    return Source(out)
  }

  /// The same in a later pass.
  func valuesAgain(in block: BatchStack.Block, _ scratch: Destination) -> Source {
    kept.map { $0.source + block.start } ?? values(in: block, scratch)
  }
}
