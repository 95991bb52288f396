import BisslCore

/// One named parameter tensor within a flat vector.
public struct Segment: Equatable, Sendable {
  public let name: String
  public let range: Range<Int>
  /// Rank at most 1: a bias or a normalisation parameter, which optimisers may treat apart.
  public let isVector: Bool

  public init(name: String, range: Range<Int>, isVector: Bool) {
    self.name = name
    self.range = range
    self.isVector = isVector
  }
}

/// The named segments of a flat vector. Invariant: they are ordered, contiguous and cover it.
public struct SegmentLayout: Equatable, Sendable {
  /// Up to `chunkSize` elements of one segment: what one thread takes at a time.
  struct Chunk: Equatable, Sendable {
    let segment: Int
    let range: Range<Int>
  }

  public let segments: [Segment]
  /// Length of the vector.
  public let count: Int
  let chunks: [Chunk]

  /// 128 KiB of single-precision numbers: long enough to pay for the hand-over, short enough to share out evenly.
  static let chunkSize = 1 << 15

  /// Throws unless `segments` follow one another from 0 to `count`.
  public init(_ segments: [Segment], count: Int) throws {
    var end = 0
    for segment in segments {
      try require(
        segment.range.lowerBound == end,
        .value("segment '\(segment.name)': expected to begin at \(end), got \(segment.range)"))
      end = segment.range.upperBound
    }
    try require(end == count, .value("segments: they end at \(end), but the vector has \(count) elements"))
    self.segments = segments
    self.count = count
    chunks = segments.enumerated().flatMap { index, segment in SegmentLayout.chunks(of: segment.range, segment: index) }
  }

  /// One segment that is the whole vector.
  public static func whole(_ count: Int, name: String = "vector") throws -> SegmentLayout {
    try require(count >= 0, .value("count: expected a number ≥ 0, got \(count)"))
    return try SegmentLayout([Segment(name: name, range: 0..<count, isVector: false)], count: count)
  }

  private static func chunks(of range: Range<Int>, segment: Int) -> [Chunk] {
    stride(from: range.lowerBound, to: range.upperBound, by: chunkSize).map { start in
      Chunk(segment: segment, range: start..<min(range.upperBound, start + chunkSize))
    }
  }

  /// Throws unless `vector` is one of this layout.
  func check(_ vector: Tensor, _ name: @autoclosure () -> String) throws {
    try require(
      vector.shape.dimensions == [count],
      .value("\(name()): expected a flat vector of shape (\(count),), got \(vector.shape)"))
  }

  /// Throws, naming the first parameter that differs, unless both describe the same architecture.
  func requireSame(as other: SegmentLayout, _ message: @autoclosure () -> String) throws {
    for (mine, theirs) in zip(segments, other.segments) where mine != theirs {
      throw EngineError.value(
        "\(message()): '\(mine.name)' at \(mine.range) of the one stands against '\(theirs.name)' at \(theirs.range) "
          + "of the other; make the upper backbone as a copy of the lower one")
    }
    try require(
      segments.count == other.segments.count,
      .value("\(message()): the one has \(segments.count) parameter tensors, the other \(other.segments.count)"))
  }
}
