import BisslCore
import BisslKernels

/// Rows scaled to unit length: x/max(‖x‖, ε) with ε = 1e-12, as PyTorch's `F.normalize`. x is (…, C).
///
/// With y = x/d and d = ‖x‖: ẏ = (ẋ − y⟨y, ẋ⟩)/d. This Jacobian is symmetric; its tangent is
/// −(s·ẋ + t·ȳ + (⟨ẋ, ȳ⟩ − 3st)·y)/d² with s = ⟨y, ȳ⟩, t = ⟨y, ẋ⟩. Where ε decides, y = x/ε is linear.
public struct L2Normalize: Operation {
  public var name: String { "normalize" }

  private let least: Scalar = 1e-12

  public init() {}

  /// Saves d, one number per row.
  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Tensor) {
    try expect(1, inputs)
    let x = inputs[0]
    try check(x.shape.rank >= 1, "expected rows of shape (…, channels), got a scalar")
    let (y, lengths) = (try makeTensor(x.shape), try makeTensor(Shape(x.shape.rows)))
    forEachRow(of: x.shape) { row, start, count in
      lengths.pointer[row] = UnitRow.normalize(x.source + start, least: least, into: y.pointer + start, count: count)
    }
    return (y, lengths)
  }

  public func jvp(at point: Point<Tensor>, tangents: [Tensor?]) throws -> Tensor? {
    try tangents[0].map { try project($0, at: point) }
  }

  public func vjp(at point: Point<Tensor>, cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    [wanted[0] ? try project(cotangent, at: point) : nil]
  }

  public func vjpTangent(
    at point: Point<Tensor>, tangents: [Tensor?], cotangent: Tensor, cotangentTangent: Tensor?, wanted: [Bool]
  ) throws -> [Tensor?] {
    guard wanted[0] else { return [nil] }
    let result = try cotangentTangent.map { try project($0, at: point) }
    guard let tangent = tangents[0] else { return [result] }
    let (y, lengths) = (point.output, point.saved)
    let out = try result ?? Tensor.zeros(y.shape)
    forEachRow(of: y.shape) { row, start, count in
      UnitRow.addCurvature(
        y.source + start, lengths.source[row], least: least, tangent: tangent.source + start,
        cotangent: cotangent.source + start, to: out.pointer + start, count: count)
    }
    return [out]
  }

  private func project(_ a: Tensor, at point: Point<Tensor>) throws -> Tensor {
    let out = try makeTensor(a.shape)
    forEachRow(of: a.shape) { row, start, count in
      UnitRow.project(
        point.output.source + start, point.saved.source[row], least: least, a.source + start, into: out.pointer + start,
        count: count)
    }
    return out
  }

  private func forEachRow(of shape: Shape, _ body: (_ row: Int, _ start: Int, _ count: Int) -> Void) {
    parallelRows(shape.rows, of: shape.channels) { rows in
      for row in rows { body(row, row * shape.channels, shape.channels) }
    }
  }
}
