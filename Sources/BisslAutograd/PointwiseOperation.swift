import BisslCore
import BisslKernels

/// y = f(x), element by element. The rules follow from f, f′ and f″:
/// ẏ = f′ ẋ, x̄ = f′ ȳ, and the tangent of x̄ is f′ ȳ̇ + f″ ẋ ȳ.
public protocol PointwiseOperation: Operation where Saved == Void {
  /// Kernels over `count` elements.
  func value(_ x: Source, into y: Destination, count: Int)
  /// out = f′(x)·a
  func timesDerivative(_ x: Source, _ a: Source, into out: Destination, count: Int)
  /// out += f″(x)·a·b. Called only where `isPiecewiseLinear` is false.
  func addTimesSecondDerivative(_ x: Source, _ a: Source, _ b: Source, to out: Destination, count: Int)
  /// True when f″ vanishes wherever it is defined.
  var isPiecewiseLinear: Bool { get }
}

extension PointwiseOperation {
  public var rematerialization: (([Tensor], Void) throws -> Tensor)? { { inputs, _ in try forward(inputs).output } }

  public func isLinear(inInputs varying: [Bool]) -> Bool { isPiecewiseLinear }

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Void) {
    try expect(1, inputs)
    let x = inputs[0]
    let y = try makeTensor(x.shape)
    parallelChunks(x.count, of: pointwiseChunk) { _, range in
      value(x.source + range.lowerBound, into: y.pointer + range.lowerBound, count: range.count)
    }
    return (y, ())
  }

  public func jvp(at point: Point<Void>, tangents: [Tensor?]) throws -> Tensor? {
    try tangents[0].map { try scaled($0, at: point) }
  }

  public func vjp(at point: Point<Void>, cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    [wanted[0] ? try scaled(cotangent, at: point) : nil]
  }

  public func vjpTangent(
    at point: Point<Void>, tangents: [Tensor?], cotangent: Tensor, cotangentTangent: Tensor?, wanted: [Bool]
  ) throws -> [Tensor?] {
    guard wanted[0] else { return [nil] }
    let result = try cotangentTangent.map { try scaled($0, at: point) }
    guard let tangent = tangents[0], !isPiecewiseLinear else { return [result] }
    let sum = try result ?? Tensor.zeros(point.inputs[0].shape)
    parallelChunks(sum.count, of: pointwiseChunk) { _, range in
      let start = range.lowerBound
      addTimesSecondDerivative(
        point.inputs[0].source + start, tangent.source + start, cotangent.source + start, to: sum.pointer + start,
        count: range.count)
    }
    return [sum]
  }

  private func scaled(_ a: Tensor, at point: Point<Void>) throws -> Tensor {
    let out = try makeTensor(a.shape)
    parallelChunks(a.count, of: pointwiseChunk) { _, range in
      let start = range.lowerBound
      timesDerivative(point.inputs[0].source + start, a.source + start, into: out.pointer + start, count: range.count)
    }
    return out
  }
}
