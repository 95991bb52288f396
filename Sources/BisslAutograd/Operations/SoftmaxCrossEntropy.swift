import BisslCore
import BisslKernels
import Glibc

/// The mean over rows of −log softmax(x)[label]: logits (N, C) to a scalar, as PyTorch's `F.cross_entropy`.
///
/// With p the softmax of a row and e its label's unit vector, the row's gradient is g = (p − e)/N and
/// ġ = p∘(ẋ − ⟨p, ẋ⟩)/N.
public struct SoftmaxCrossEntropy: Operation {
  public let labels: [Int]

  public var name: String { "cross_entropy" }

  public init(labels: [Int]) { self.labels = labels }

  /// Saves p. Throws where a label names no class.
  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Tensor) {
    try expect(1, inputs)
    let logits = inputs[0]
    try validate(logits.shape)
    let probabilities = try logits.copy()
    let classes = logits.shape[1]
    let sum = sumOverRows(labels.count, of: classes) { rows in
      rows.reduce(0) { sum, row in
        let (greatest, total) = Softmax.normalize(probabilities.pointer + row * classes, count: classes)
        return sum + (Double(greatest) + log(total)) - Double(logits.source[row * classes + labels[row]])
      }
    }
    return (try Tensor.scalar(Scalar(sum / Double(labels.count))), probabilities)
  }

  public func jvp(at point: Point<Tensor>, tangents: [Tensor?]) throws -> Tensor? {
    guard let tangent = tangents[0] else { return nil }
    let classes = tangent.shape[1]
    let sum = sumOverRows(labels.count, of: classes) { rows in
      rows.reduce(0) { sum, row in
        let x = tangent.source + row * classes
        return sum + Reductions.dot(point.saved.source + row * classes, x, count: classes) - Double(x[labels[row]])
      }
    }
    return try Tensor.scalar(Scalar(sum / Double(labels.count)))
  }

  public func vjp(at point: Point<Tensor>, cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    [wanted[0] ? try gradient(at: point, scaledBy: cotangent.item()) : nil]
  }

  public func vjpTangent(
    at point: Point<Tensor>, tangents: [Tensor?], cotangent: Tensor, cotangentTangent: Tensor?, wanted: [Bool]
  ) throws -> [Tensor?] {
    guard wanted[0] else { return [nil] }
    let result = try cotangentTangent.map { try gradient(at: point, scaledBy: $0.item()) }
    guard let tangent = tangents[0] else { return [result] }
    let (out, scale) = (try result ?? Tensor.zeros(tangent.shape), try cotangent.item() / Scalar(labels.count))
    let classes = tangent.shape[1]
    parallelRows(labels.count, of: classes) { rows in
      for start in rows.lazy.map({ $0 * classes }) {
        Softmax.addTangent(
          point.saved.source + start, along: tangent.source + start, scaledBy: scale, to: out.pointer + start,
          count: classes)
      }
    }
    return [out]
  }

  private func gradient(at point: Point<Tensor>, scaledBy factor: Scalar) throws -> Tensor {
    let scale = factor / Scalar(labels.count)
    let out = try makeTensor(point.saved.shape)
    let classes = out.shape[1]
    parallelRows(labels.count, of: classes) { rows in
      for row in rows {
        Elementwise.copy(point.saved.source + row * classes, into: out.pointer + row * classes, count: classes)
        out.pointer[row * classes + labels[row]] -= 1
        Elementwise.scale(
          out.source + row * classes, by: scale, into: out.pointer + row * classes, count: classes)
      }
    }
    return out
  }

  private func validate(_ logits: Shape) throws {
    try check(logits.rank == 2, "expected logits (batch, classes), got shape \(logits)")
    try check(logits.count > 0, "logits of shape \(logits) have no elements: the mean over an empty batch is undefined")
    try check(labels.count == logits[0], "expected one label for each of \(logits[0]) rows, got \(labels.count) labels")
    if let index = labels.firstIndex(where: { !(0..<logits[1]).contains($0) }) {
      throw EngineError.value(
        "\(name): labels[\(index)] is \(labels[index]), allowed are 0 to \(logits[1] - 1) for \(logits[1]) classes")
    }
  }
}
