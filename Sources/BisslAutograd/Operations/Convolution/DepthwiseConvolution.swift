import BisslCore
import BisslKernels

/// Convolution of every channel with a window of its own: nothing to sum over channels, so no product of matrices.
/// Direct sums over taps on vectors of channels; the input adjoint is the same kernel over the pairs of pixels turned
/// round.
struct DepthwiseConvolution: ConvolutionAlgorithm {
  private let shape: ConvolutionShape
  private let forward, backward: Depthwise

  init(_ shape: ConvolutionShape) {
    self.shape = shape
    func kernel(isAdjoint: Bool) -> Depthwise {
      Depthwise(
        rows: DepthwiseAxis(
          input: shape.input.height, output: shape.output.height, kernel: shape.kernel.height,
          stride: shape.stride.height, padding: shape.padding.height, dilation: shape.dilation.height,
          isAdjoint: isAdjoint),
        columns: DepthwiseAxis(
          input: shape.input.width, output: shape.output.width, kernel: shape.kernel.width, stride: shape.stride.width,
          padding: shape.padding.width, dilation: shape.dilation.width, isAdjoint: isAdjoint),
        channels: shape.inputs, kernelWidth: shape.kernel.width)
    }
    (forward, backward) = (kernel(isAdjoint: false), kernel(isAdjoint: true))
  }

  static func serves(_ shape: ConvolutionShape) -> Bool {
    guard shape.groups > 1 && shape.groups == shape.inputs && shape.groups == shape.outputs else { return false }
    // The tables of `DepthwiseAxis`.
    return max(shape.output.height, shape.output.width) <= mostTerms / max(shape.kernel.height, shape.kernel.width)
  }

  private static let mostTerms = 1 << 22

  func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws {
    try sum(terms.map { ($0.a, try weights($0.b)) }, forward, rows: shape.batch * shape.output.height, into: y)
  }

  func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws {
    try sum(terms.map { ($0.cotangent, try weights($0.b)) }, backward, rows: shape.batch * shape.input.height, into: x)
  }

  /// Runs of rows make partial sums, added in order.
  func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into weight: Tensor) throws {
    let rows = shape.batch * shape.output.height
    let runs = partialSums(of: rows / 4)
    let partial = try Tensor.zeros(Shape(runs, shape.taps * shape.inputs))
    ThreadPool.shared.run(runs) { run in
      let sum = partial.pointer + run * shape.taps * shape.inputs
      for term in terms {
        for row in run * rows / runs..<(run + 1) * rows / runs {
          forward.addWeightAdjoint(term.a.source, term.cotangent.source, row: row, to: sum)
        }
      }
    }
    let sum = try Tensor(Shape(shape.taps * shape.inputs), for: "conv2d")
    partial.sumOfRows(into: sum)
    for channel in 0..<shape.inputs {
      for tap in 0..<shape.taps {
        weight.pointer[channel * shape.taps + tap] = sum.pointer[tap * shape.inputs + channel]
      }
    }
  }

  private func sum(
    _ terms: [(source: Tensor, weights: Tensor)], _ kernel: Depthwise, rows: Int, into out: Tensor
  ) throws {
    let work = (Elements(out.count / max(1, rows)) * Elements(shape.taps))
    parallelRows(rows, of: try work.count(for: "conv2d")) { rows in
      for row in rows {
        for (index, term) in terms.enumerated() {
          kernel.row(
            term.source.source, row: row, weights: term.weights.source, accumulate: index > 0, into: out.pointer)
        }
      }
    }
  }

  /// weight (channels, 1, kernel) as (taps, channels).
  private func weights(_ weight: Tensor) throws -> Tensor {
    try weight.form(.depthwise) {
      let out = try Tensor(Shape(shape.taps, shape.inputs), for: "weights of conv2d")
      for tap in 0..<shape.taps {
        Axes.gather(
          weight.source + tap, stride: shape.taps, count: shape.inputs, into: out.pointer + tap * shape.inputs)
      }
      return out
    }
  }
}

extension DepthwiseAxis {
  /// Forward, targets are output positions and sources input positions; as adjoint it is the other way round.
  fileprivate init(
    input: Int, output: Int, kernel: Int, stride: Int, padding: Int, dilation: Int, isAdjoint: Bool
  ) {
    let targets = isAdjoint ? input : output
    var lists = [[Term]](repeating: [], count: targets)
    var spans: [Span] = []
    for tap in 0..<kernel {
      let offset = tap * dilation - padding
      // Output positions whose window has this tap inside the image.
      let first = max(0, (stride - 1 - offset) / stride)
      let last = min(output - 1, input - 1 - offset < 0 ? -1 : (input - 1 - offset) / stride)
      if first > last { continue }
      spans.append(Span(tap: tap, target: first, source: first * stride + offset, count: last - first + 1))
      for position in first...last {
        let pixel = position * stride + offset
        if isAdjoint {
          lists[pixel].append(Term(tap: tap, source: position))
        } else {
          lists[position].append(Term(tap: tap, source: pixel))
        }
      }
    }
    let (targetStep, sourceStep) = isAdjoint ? (stride, 1) : (1, stride)
    self.init(
      terms: lists.flatMap { $0 }, starts: lists.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) },
      runs: Self.runs(lists, targetStep: targetStep, sourceStep: sourceStep), spans: isAdjoint ? [] : spans,
      targetStep: targetStep, sourceStep: sourceStep, targets: targets, sources: isAdjoint ? output : input)
  }

  private static func runs(_ lists: [[Term]], targetStep: Int, sourceStep: Int) -> [Run] {
    var runs: [Run] = []
    for start in 0..<min(targetStep, lists.count) {
      var first = start
      while first < lists.count {
        let positions = (1..<Depthwise.runLength).map { ($0, first + $0 * targetStep) }
        let isRun = positions.allSatisfy { index, position in
          position < lists.count
            && lists[position]
              == lists[first].map { Term(tap: $0.tap, source: $0.source + index * sourceStep) }
        }
        let count = isRun ? Depthwise.runLength : 1
        runs.append(Run(first: first, count: count))
        first += count * targetStep
      }
    }
    return runs
  }
}
