import BisslCore
import BisslKernels
import Glibc

/// The normalised temperature-scaled cross-entropy of SimCLR: z (2B, d), the rows of view 1 and then those of view 2,
/// of unit length, to a scalar. Row i is to find its other view among all rows but itself. Of a share of a batch alone:
/// over several processes a loss records its `parts`.
///
/// With S = z zᵀ/τ (diagonal excluded), P its softmax by rows, Y the permutation that swaps the views and
/// G = (P − Y)/(2B·τ), the gradient is z̄ = (G + Gᵀ)z, and its tangent (Ġ + Ġᵀ)z + (G + Gᵀ)ż.
public struct NTXent: Operation {
  public let temperature: Scalar

  public var name: String { "nt_xent" }

  public init(temperature: Scalar) { self.temperature = temperature }

  public struct Saved {
    /// P (2B, 2B)
    let probabilities: Tensor
    /// z̄ for ȳ = 1
    let gradient: Tensor
  }

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Saved) {
    try expect(1, inputs)
    let z = inputs[0]
    try validate(z.shape)
    let rows = z.shape[0]
    let logits = try makeTensor(Shape(rows, rows))
    BlockedBLAS.multiply(.no, .yes, [(z, z)], scaledBy: 1 / temperature, into: logits)
    let loss = normalizeRows(logits)
    let gradient = try gradientTerm(of: z, logits)
    return (try Tensor.scalar(Scalar(loss)), Saved(probabilities: logits, gradient: gradient))
  }

  public func jvp(at point: Point<Saved>, tangents: [Tensor?]) throws -> Tensor? {
    try tangents[0].map { try Tensor.scalar(Scalar(innerProduct(point.saved.gradient, $0))) }
  }

  public func vjp(at point: Point<Saved>, cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    [wanted[0] ? try point.saved.gradient.scaled(by: cotangent.item(), for: name) : nil]
  }

  public func vjpTangent(
    at point: Point<Saved>, tangents: [Tensor?], cotangent: Tensor, cotangentTangent: Tensor?, wanted: [Bool]
  ) throws -> [Tensor?] {
    guard wanted[0] else { return [nil] }
    let first = try cotangentTangent.map { try point.saved.gradient.scaled(by: $0.item(), for: name) }
    guard let tangent = tangents[0] else { return [first] }
    let second = try gradientTangent(at: point, along: tangent).scaled(by: cotangent.item(), for: name)
    return [try first.map { try $0.adding(second) } ?? second]
  }

  /// Logits become P, row by row; answers the loss.
  private func normalizeRows(_ logits: Tensor) -> Double {
    let count = logits.shape[0]
    let sum = sumOverRows(count, of: count) { rows in
      rows.reduce(0) { sum, row in
        let x = logits.pointer + row * count
        x[row] = -.infinity
        let positive = Double(x[otherView(of: row, among: count)])
        let (greatest, total) = Softmax.normalize(x, count: count)
        return sum + (Double(greatest) + log(total)) - positive
      }
    }
    return sum / Double(count)
  }

  /// (Ġ + Ġᵀ)z + (G + Gᵀ)ż
  private func gradientTangent(at point: Point<Saved>, along tangent: Tensor) throws -> Tensor {
    let (z, probabilities) = (point.inputs[0], point.saved.probabilities)
    let count = z.shape[0]
    let change = try makeTensor(probabilities.shape)
    BlockedBLAS.multiply(.no, .yes, [(tangent, z), (z, tangent)], scaledBy: 1 / temperature, into: change)
    parallelRows(count, of: count) { rows in
      for start in rows.lazy.map({ $0 * count }) {
        Softmax.replaceByTangent(probabilities.source + start, change.pointer + start, count: count)
      }
    }
    let out = try gradientTerm(of: tangent, probabilities)
    addSymmetricProduct(change, z, to: out)
    return out
  }

  /// (G + Gᵀ)x with G from P: Y swaps the views, and is its own transpose.
  private func gradientTerm(of x: Tensor, _ probabilities: Tensor) throws -> Tensor {
    let out = try makeTensor(x.shape)
    let (rows, width) = (x.shape[0], x.shape[1])
    parallelRows(rows, of: width) { range in
      for row in range {
        Elementwise.scale(
          x.source + otherView(of: row, among: rows) * width, by: -2 * share(rows), into: out.pointer + row * width,
          count: width)
      }
    }
    addSymmetricProduct(probabilities, x, to: out)
    return out
  }

  /// out += (M + Mᵀ)x/(2B·τ)
  private func addSymmetricProduct(_ matrix: Tensor, _ x: Tensor, to out: Tensor) {
    let scale = share(out.shape[0])
    BlockedBLAS.multiply(.no, .no, [(matrix, x)], scaledBy: scale, accumulate: true, into: out)
    BlockedBLAS.multiply(.yes, .no, [(matrix, x)], scaledBy: scale, accumulate: true, into: out)
  }

  private func share(_ rows: Int) -> Scalar { 1 / (Scalar(rows) * temperature) }

  private func otherView(of row: Int, among rows: Int) -> Int { row < rows / 2 ? row + rows / 2 : row - rows / 2 }

  /// - Parameter least: pairs that the batch, or this process's share of it, must have.
  func validate(_ z: Shape, least: Int = 2) throws {
    try check(temperature > 0 && temperature.isFinite, "temperature must be positive and finite, got \(temperature)")
    try check(z.rank == 2 && z[1] > 0, "expected z (2·batch, features), got shape \(z)")
    try check(z[0] % 2 == 0, "z of shape \(z) has an odd number of rows: the two views must be of equal length")
    try check(
      z[0] >= 2 * least, "z of shape \(z) holds \(z[0] / 2) pairs, a contrastive batch needs at least 2: no negatives")
    try BLAS.matrixExtents(z[0], z[1])
  }
}
