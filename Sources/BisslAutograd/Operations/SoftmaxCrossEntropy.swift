import BisslCore
import BisslKernels
import Glibc

/// The weighted mean over rows of −log softmax(x)[label]: logits (…, C) to a scalar, as PyTorch's `F.cross_entropy`.
/// Rows whose label is to be ignored take no part: neither in the sum nor in the weights that it is divided by.
///
/// With p the softmax of a row, e its label's unit vector and w its share of the weights (1/N where none are given), the
/// row's gradient is g = w(p − e) and ġ = w p∘(ẋ − ⟨p, ẋ⟩).
public struct SoftmaxCrossEntropy: Operation {
  public let labels: [Int]
  /// Of each row; empty where all count the same.
  public let weights: [Double]
  /// The label of rows that take no part.
  public let ignored: Int?

  public var name: String { "cross_entropy" }

  public init(labels: [Int], weights: [Double] = [], ignoring ignored: Int? = nil) {
    self.labels = labels
    self.weights = weights
    self.ignored = ignored
  }

  public struct Saved {
    /// p, undefined in rows that are ignored.
    let probabilities: Tensor
    /// The sum of the weights, of which each row's is a share.
    let total: Double
  }

  /// Throws where a label names no class, or no row takes part.
  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Saved) {
    try expect(1, inputs)
    let logits = inputs[0]
    try validate(logits.shape)
    let saved = Saved(probabilities: try makeTensor(logits.shape), total: try totalWeight())
    let classes = logits.shape.channels
    let loss = try mean(saved, of: classes) { row in
      let (x, p) = (logits.source + row * classes, saved.probabilities.pointer + row * classes)
      Elementwise.copy(x, into: p, count: classes)
      let (greatest, total) = Softmax.normalize(p, count: classes)
      return (Double(greatest) + log(total)) - Double(x[labels[row]])
    }
    return (loss, saved)
  }

  public func jvp(at point: Point<Saved>, tangents: [Tensor?]) throws -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    let (p, classes) = (point.saved.probabilities.source, tangent.shape.channels)
    return try mean(point.saved, of: classes) { row in
      let x = tangent.source + row * classes
      return Reductions.dot(p + row * classes, x, count: classes) - Double(x[labels[row]])
    }
  }

  public func vjp(at point: Point<Saved>, cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    [wanted[0] ? try gradient(at: point.saved, scaledBy: cotangent.item()) : nil]
  }

  public func vjpTangent(
    at point: Point<Saved>, tangents: [Tensor?], cotangent: Tensor, cotangentTangent: Tensor?, wanted: [Bool]
  ) throws -> [Tensor?] {
    guard wanted[0] else { return [nil] }
    let result = try cotangentTangent.map { try gradient(at: point.saved, scaledBy: $0.item()) }
    guard let tangent = tangents[0] else { return [result] }
    let (out, factor) = (try result ?? Tensor.zeros(tangent.shape), try cotangent.item())
    let (p, classes) = (point.saved.probabilities.source, tangent.shape.channels)
    parallelRows(labels.count, of: classes) { rows in
      for row in rows where labels[row] != ignored {
        let start = row * classes
        Softmax.addTangent(
          p + start, along: tangent.source + start, scaledBy: factor * share(of: row, point.saved),
          to: out.pointer + start, count: classes)
      }
    }
    return [out]
  }

  private func gradient(at saved: Saved, scaledBy factor: Scalar) throws -> Tensor {
    let out = try makeTensor(saved.probabilities.shape)
    let classes = out.shape.channels
    parallelRows(labels.count, of: classes) { rows in
      for row in rows {
        let x = out.pointer + row * classes
        if labels[row] == ignored {
          x.update(repeating: 0, count: classes)
          continue
        }
        Elementwise.copy(saved.probabilities.source + row * classes, into: x, count: classes)
        x[labels[row]] -= 1
        Elementwise.scale(x, by: factor * share(of: row, saved), into: x, count: classes)
      }
    }
    return out
  }

  /// The weighted mean of a term per row, those that are ignored apart.
  private func mean(_ saved: Saved, of classes: Int, _ term: (_ row: Int) -> Double) throws -> Tensor {
    let sum = sumOverRows(labels.count, of: classes) { rows in
      rows.reduce(0) { sum, row in labels[row] == ignored ? sum : sum + weight(of: row) * term(row) }
    }
    return try Tensor.scalar(Scalar(sum / saved.total))
  }

  private func weight(of row: Int) -> Double { weights.isEmpty ? 1 : weights[row] }

  private func share(of row: Int, _ saved: Saved) -> Scalar { Scalar(weight(of: row) / saved.total) }

  private func totalWeight() throws -> Double {
    let total = labels.indices.reduce(0) { labels[$1] == ignored ? $0 : $0 + weight(of: $1) }
    try check(
      total > 0 && total.isFinite,
      weights.isEmpty
        ? "all \(labels.count) labels are \(ignored ?? 0), which is ignored: the mean over no rows is undefined"
        : "the weights of the rows that are not ignored sum to \(total): expected a sum above 0")
    return total
  }

  private func validate(_ logits: Shape) throws {
    try check(logits.rank >= 2, "expected logits (batch, classes) or (…, classes), got shape \(logits)")
    try check(logits.count > 0, "logits of shape \(logits) have no elements: the mean over an empty batch is undefined")
    try check(
      labels.count == logits.rows, "expected one label for each of \(logits.rows) rows, got \(labels.count) labels")
    try check(
      weights.isEmpty || weights.count == labels.count,
      "expected one weight for each of \(labels.count) rows, got \(weights.count)")
    if let index = labels.firstIndex(where: { !(0..<logits.channels).contains($0) && $0 != ignored }) {
      throw EngineError.value(
        "\(name): labels[\(index)] is \(labels[index]), allowed are 0 to \(logits.channels - 1) for "
          + "\(logits.channels) classes" + (ignored.map { " and \($0), which is ignored" } ?? ""))
    }
    if let index = weights.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
      throw EngineError.value("\(name): weights[\(index)] is \(weights[index]), expected a number of at least 0")
    }
  }
}
