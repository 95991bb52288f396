/// Which source positions meet which taps at every target position along one axis of a depthwise convolution. Forward,
/// targets are output pixels and sources input pixels; for the input adjoint it is the other way round.
public struct DepthwiseAxis: Sendable {
  /// A tap and the source position that it reads.
  public struct Term: Equatable, Sendable {
    public let tap, source: Int

    public init(tap: Int, source: Int) {
      self.tap = tap
      self.source = source
    }
  }

  /// `count` target positions from `first` on, `targetStep` apart, that meet the same taps in sources `sourceStep`
  /// apart.
  public struct Run: Sendable {
    public let first, count: Int

    public init(first: Int, count: Int) {
      self.first = first
      self.count = count
    }
  }

  /// All target positions that meet a tap: `count` of them, `targetStep` apart.
  public struct Span: Sendable {
    public let tap, target, source, count: Int

    public init(tap: Int, target: Int, source: Int, count: Int) {
      self.tap = tap
      self.target = target
      self.source = source
      self.count = count
    }
  }

  /// The terms of target position i are terms[starts[i]..<starts[i + 1]].
  public let terms: [Term]
  public let starts: [Int]
  /// All target positions, once: in runs of `Depthwise.runLength`, and one by one where that is not possible.
  public let runs: [Run]
  /// By tap, for the weight adjoint; forward only.
  public let spans: [Span]
  public let targetStep, sourceStep: Int
  /// Target and source positions.
  public let targets, sources: Int

  public init(
    terms: [Term], starts: [Int], runs: [Run], spans: [Span], targetStep: Int, sourceStep: Int, targets: Int,
    sources: Int
  ) {
    self.terms = terms
    self.starts = starts
    self.runs = runs
    self.spans = spans
    self.targetStep = targetStep
    self.sourceStep = sourceStep
    self.targets = targets
    self.sources = sources
  }
}

/// Depthwise convolution of NHWC images, where every channel is convolved with a window of its own, on vectors of
/// channels. The input adjoint is the same sum over other pairs of pixels (`DepthwiseAxis`).
public struct Depthwise: Sendable {
  public let rows, columns: DepthwiseAxis
  public let channels: Int
  /// Columns of the window.
  public let kernelWidth: Int

  /// Target pixels whose sums are made together, in registers, for each weight that is loaded.
  public static let runLength = 4

  public init(rows: DepthwiseAxis, columns: DepthwiseAxis, channels: Int, kernelWidth: Int) {
    self.rows = rows
    self.columns = columns
    self.channels = channels
    self.kernelWidth = kernelWidth
  }

  /// Target row `row`, counted through the whole batch, = or (`accumulate`) += Σ over taps of source∘weight, with
  /// weights (taps, channels).
  public func row(_ source: Source, row: Int, weights: Source, accumulate: Bool, into target: Destination) {
    let (image, y) = (row / rows.targets, row % rows.targets)
    let base = source + image * rows.sources * columns.sources * channels
    let line = target + row * columns.targets * channels
    let down = rows.starts[y]..<rows.starts[y + 1]
    withUnsafeTemporaryAllocation(of: Term.self, capacity: max(1, down.count * kernelWidth)) { memory in
      guard let terms = memory.baseAddress else { return }
      for run in columns.runs {
        var count = 0
        for vertical in rows.terms[down] {
          for horizontal in columns.terms[columns.starts[run.first]..<columns.starts[run.first + 1]] {
            terms[count] = Term(
              source: base + (vertical.source * columns.sources + horizontal.source) * channels,
              weight: weights + (vertical.tap * kernelWidth + horizontal.tap) * channels)
            count += 1
          }
        }
        let pixel = line + run.first * channels
        if run.count == Self.runLength {
          forEachLane(
            channels,
            FourPixels(
              terms: terms, count: count, sourceStep: columns.sourceStep * channels, accumulate: accumulate,
              target: pixel, targetStep: columns.targetStep * channels))
        } else {
          forEachLane(channels, OnePixel(terms: terms, count: count, accumulate: accumulate, target: pixel))
        }
      }
    }
  }

  /// weights (taps, channels) += the weight adjoint of target row `row` of y, counted through the whole batch, with x
  /// the batch of sources.
  public func addWeightAdjoint(_ x: Source, _ y: Source, row: Int, to weights: Destination) {
    let (image, top) = (row / rows.targets, row % rows.targets)
    let base = x + image * rows.sources * columns.sources * channels
    let line = y + row * columns.targets * channels
    for vertical in rows.terms[rows.starts[top]..<rows.starts[top + 1]] {
      let sources = base + vertical.source * columns.sources * channels
      for span in columns.spans {
        forEachLane(
          channels,
          WeightAdjoint(
            x: sources + span.source * channels, xStep: columns.sourceStep * channels,
            y: line + span.target * channels, yStep: columns.targetStep * channels, count: span.count,
            sum: weights + (vertical.tap * kernelWidth + span.tap) * channels))
      }
    }
  }

  /// The first channel of a pixel, and of the weights that it is multiplied with.
  fileprivate struct Term {
    let source, weight: Source
  }
}

// MARK: Lanes of channels

private struct FourPixels: LaneBody {
  let terms: UnsafeMutablePointer<Depthwise.Term>
  let count, sourceStep: Int
  let accumulate: Bool
  let target: Destination
  let targetStep: Int

  @inline(__always)
  func callAsFunction<L: Lane>(_ lane: L.Type, _ channel: Int) {
    let out = target + channel
    var (a, b, c, d) = (L.zero, L.zero, L.zero, L.zero)
    if accumulate {
      (a, b) = (L.load(out), L.load(out + targetStep))
      (c, d) = (L.load(out + 2 * targetStep), L.load(out + 3 * targetStep))
    }
    for index in 0..<count {
      let (x, w) = (terms[index].source + channel, L.load(terms[index].weight + channel))
      a = L.load(x).times(lane: w, plus: a)
      b = L.load(x + sourceStep).times(lane: w, plus: b)
      c = L.load(x + 2 * sourceStep).times(lane: w, plus: c)
      d = L.load(x + 3 * sourceStep).times(lane: w, plus: d)
    }
    a.store(out)
    b.store(out + targetStep)
    c.store(out + 2 * targetStep)
    d.store(out + 3 * targetStep)
  }
}

private struct OnePixel: LaneBody {
  let terms: UnsafeMutablePointer<Depthwise.Term>
  let count: Int
  let accumulate: Bool
  let target: Destination

  @inline(__always)
  func callAsFunction<L: Lane>(_ lane: L.Type, _ channel: Int) {
    var sum = accumulate ? L.load(target + channel) : L.zero
    for index in 0..<count {
      sum = L.load(terms[index].source + channel).times(lane: L.load(terms[index].weight + channel), plus: sum)
    }
    sum.store(target + channel)
  }
}

private struct WeightAdjoint: LaneBody {
  let x: Source
  let xStep: Int
  let y: Source
  let yStep, count: Int
  let sum: Destination

  @inline(__always)
  func callAsFunction<L: Lane>(_ lane: L.Type, _ channel: Int) {
    var (a, b, c, d) = (L.zero, L.zero, L.zero, L.zero)
    var (x, y, left) = (x + channel, y + channel, count)
    while left >= 4 {
      a = L.load(x).times(lane: L.load(y), plus: a)
      b = L.load(x + xStep).times(lane: L.load(y + yStep), plus: b)
      c = L.load(x + 2 * xStep).times(lane: L.load(y + 2 * yStep), plus: c)
      d = L.load(x + 3 * xStep).times(lane: L.load(y + 3 * yStep), plus: d)
      x += 4 * xStep
      y += 4 * yStep
      left -= 4
    }
    while left > 0 {
      a = L.load(x).times(lane: L.load(y), plus: a)
      x += xStep
      y += yStep
      left -= 1
    }
    (L.load(sum + channel) + ((a + b) + (c + d))).store(sum + channel)
  }
}
