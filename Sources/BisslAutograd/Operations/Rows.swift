import BisslCore
import BisslKernels

/// Rows of x (rows, C) in the order of `indices`: out[i] = x[indices[i]]. A row may be taken often, or never; its
/// adjoint sums the rows that were made of it, in order.
public struct SelectRows: LinearOperation {
  public let indices: [Int]

  public var name: String { "select_rows" }

  public init(_ indices: [Int]) { self.indices = indices }

  /// Saves, for the transpose, which rows of the output were made of each row of the input.
  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Uses) {
    try expect(1, inputs)
    let x = inputs[0].shape
    try check(x.rank == 2, "expected rows of shape (rows, channels), got \(x)")
    if let index = indices.firstIndex(where: { !(0..<x[0]).contains($0) }) {
      throw EngineError.value("\(name): indices[\(index)] is \(indices[index]), allowed are 0 to \(x[0] - 1)")
    }
    return (try select(inputs[0]), x.count == 0 ? Uses() : Uses(of: indices, among: x[0]))
  }

  public func apply(at point: Point<Uses>, to tangents: [Tensor?]) throws -> Tensor {
    try tangents[0].map(select) ?? Tensor.zeros(point.output.shape)
  }

  public func transpose(at point: Point<Uses>, of cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    guard wanted[0] else { return [nil] }
    let (out, width, uses) = (try Tensor.zeros(point.inputs[0].shape), cotangent.shape[1], point.saved)
    if out.count == 0 { return [out] }
    let size = rowsPerChunk(of: width)
    try ThreadPool.shared.run((out.shape[0] + size - 1) / size, scratch: width, for: name) { chunk, scratch in
      for row in chunk * size..<min(out.shape[0], (chunk + 1) * size) {
        add(uses.rows(of: row), of: cotangent, to: out.pointer + row * width, scratch)
      }
    }
    return [out]
  }

  /// Adds rows of x to `target`, in blocks of 32 whose sums are then added: a mask token is a sum of many.
  private func add(_ rows: ArraySlice<Int>, of x: Tensor, to target: Destination, _ scratch: Destination) {
    let width = x.shape[1]
    for start in stride(from: rows.startIndex, to: rows.endIndex, by: 32) {
      scratch.update(repeating: 0, count: width)
      for row in rows[start..<min(rows.endIndex, start + 32)] {
        Elementwise.add(scratch, x.source + row * width, into: scratch, count: width)
      }
      Elementwise.add(target, scratch, into: target, count: width)
    }
  }

  private func select(_ x: Tensor) throws -> Tensor {
    let width = x.shape[1]
    let out = try makeTensor(Shape(indices.count, width))
    parallelRows(indices.count, of: width) { rows in
      for row in rows {
        Elementwise.copy(x.source + indices[row] * width, into: out.pointer + row * width, count: width)
      }
    }
    return out
  }

  /// Output rows by input row: those of input row i are rows[starts[i]..<starts[i + 1]], in order.
  public struct Uses {
    private let starts: [Int]
    private let rows: [Int]

    func rows(of input: Int) -> ArraySlice<Int> { rows[starts[input]..<starts[input + 1]] }

    /// Of rows without elements, which nobody sums.
    init() { (starts, rows) = ([], []) }

    init(of indices: [Int], among count: Int) {
      var starts = [Int](repeating: 0, count: count + 1)
      for index in indices { starts[index + 1] += 1 }
      for row in 0..<count { starts[row + 1] += starts[row] }
      var next = starts
      var rows = [Int](repeating: 0, count: indices.count)
      for (row, index) in indices.enumerated() {
        rows[next[index]] = row
        next[index] += 1
      }
      self.starts = starts
      self.rows = rows
    }
  }
}

/// x, whose first axis is cut into as many equal pieces as there are factors, each times its own: the samples of a
/// batch, for drop path.
public struct ScaleSamples: LinearOperation {
  public let factors: [Scalar]

  public var name: String { "scale_samples" }

  public init(by factors: [Scalar]) { self.factors = factors }

  public func forward(_ inputs: [Tensor]) throws -> (output: Tensor, saved: Void) {
    try expect(1, inputs)
    let x = inputs[0].shape
    try check(
      x.rank >= 1 && !factors.isEmpty && x[0] % factors.count == 0,
      "expected a first axis that \(factors.count) samples divide, got shape \(x)")
    return (try scale(inputs[0]), ())
  }

  public func apply(at point: Point<Void>, to tangents: [Tensor?]) throws -> Tensor {
    try tangents[0].map(scale) ?? Tensor.zeros(point.output.shape)
  }

  public func transpose(at point: Point<Void>, of cotangent: Tensor, wanted: [Bool]) throws -> [Tensor?] {
    [wanted[0] ? try scale(cotangent) : nil]
  }

  private func scale(_ x: Tensor) throws -> Tensor {
    let out = try makeTensor(x.shape)
    let size = x.count / factors.count
    parallelRows(factors.count, of: size) { samples in
      for sample in samples {
        Elementwise.scale(
          x.source + sample * size, by: factors[sample], into: out.pointer + sample * size, count: size)
      }
    }
    return out
  }
}
