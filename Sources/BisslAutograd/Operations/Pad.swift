import BisslCore
import BisslKernels

/// x with more entries before and after those of each axis, all of one value; a negative number of them cuts entries off
/// (PyTorch's pad). Linear: the value is a constant.
public struct Pad: LinearOperation {
  /// Entries by axis.
  public let before, after: [Int]
  public let value: Scalar

  public var name: String { "pad" }

  public init(before: [Int], after: [Int], value: Scalar = 0) {
    self.before = before
    self.after = after
    self.value = value
  }

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Void) {
    try expect(1, inputs)
    let x = inputs[0].shape
    try check(
      before.count == x.rank && after.count == x.rank && x.rank > 0,
      "expected a number before and after each axis of shape \(x), got \(before) and \(after)")
    let extents = x.dimensions.indices.map { x[$0] + before[$0] + after[$0] }
    try check(
      extents.allSatisfy { $0 >= 0 } && before.indices.allSatisfy { -min(before[$0], after[$0]) <= x[$0] },
      "\(before) before and \(after) after cut more entries off shape \(x) than there are")
    return (try moved(inputs[0], by: before, to: Shape(extents), filling: value), ())
  }

  public func apply(at point: Point<Void>, to tangents: [Tensor?]) throws -> Tensor {
    try tangents[0].map { try moved($0, by: before, to: point.output.shape, filling: 0) }
      ?? Tensor.zeros(point.output.shape)
  }

  public func transpose(at point: Point<Void>, of cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    [wanted[0] ? try moved(cotangent, by: before.map { -$0 }, to: point.inputs[0].shape, filling: 0) : nil]
  }

  /// An array of another shape, with x in it from the index `shift` on, as far as it fits.
  private func moved(_ x: Tensor, by shift: [Int], to shape: Shape, filling value: Scalar) throws -> Tensor {
    let out = try makeTensor(shape)
    let last = shape.rank - 1
    // Of a row: the columns of the result where x has any.
    let start = min(max(shift[last], 0), shape[last])
    let end = max(start, min(shape[last], shift[last] + x.shape[last]))
    parallelRows(shape.rows, of: shape.channels) { rows in
      for row in rows {
        let target = out.pointer + row * shape.channels
        guard let source = self.row(of: x.shape, under: row, of: shape, shift) else {
          target.update(repeating: value, count: shape.channels)
          continue
        }
        target.update(repeating: value, count: start)
        Elementwise.copy(
          x.source + source * x.shape.channels + start - shift[last], into: target + start, count: end - start)
        (target + end).update(repeating: value, count: shape.channels - end)
      }
    }
    return out
  }

  /// The row of x that a row of the result holds; nil where it lies outside.
  private func row(of x: Shape, under row: Int, of shape: Shape, _ shift: [Int]) -> Int? {
    var (rest, source, stride) = (row, 0, 1)
    for axis in (0..<shape.rank - 1).reversed() {
      let index = rest % shape[axis] - shift[axis]
      guard (0..<x[axis]).contains(index) else { return nil }
      source += index * stride
      stride *= x[axis]
      rest /= shape[axis]
    }
    return source
  }
}
