/// Named tensors over one flat vector, in state-dict order, each ravelled in its PyTorch layout. Invariant: the segments
/// are contiguous and cover the vector.
public struct ParameterLayout: Equatable, Sendable {
  /// One named tensor within the flat vector.
  public struct Segment: Equatable, Sendable {
    public let name: String
    public let shape: Shape
    /// Where it begins in the vector.
    public let offset: Int

    public var range: Range<Int> { offset..<offset + shape.count }
    /// Rank at most 1: a bias or a normalisation parameter, which optimisers may treat apart.
    public var isVector: Bool { shape.rank <= 1 }
  }

  /// Up to `chunkSize` elements of one segment: what one thread takes at a time.
  public struct Chunk: Equatable, Sendable {
    public let segment: Int
    public let range: Range<Int>
  }

  public private(set) var segments: [Segment] = []
  /// Length of the vector.
  public private(set) var count = 0
  /// 128 KiB of single-precision numbers: long enough to pay for the hand-over, short enough to share out evenly.
  public static let chunkSize = 1 << 15

  public init() {}

  /// One segment that is the whole vector. Throws where `count` is negative.
  public static func whole(_ count: Int, name: String = "vector") throws -> ParameterLayout {
    var layout = ParameterLayout()
    try layout.append(name, Shape(count))
    return layout
  }

  /// Appends a segment and answers its index. Throws where the length of the vector overflows.
  @discardableResult
  public mutating func append(_ name: String, _ shape: Shape) throws -> Int {
    let (end, overflow) = count.addingReportingOverflow(shape.count)
    try require(
      !overflow && end < Int.max / 16, .value("\(name): with its shape \(shape) the number of parameters overflows"))
    segments.append(Segment(name: name, shape: shape, offset: count))
    count = end
    return segments.count - 1
  }

  /// This layout with another behind it, whose names begin with a prefix.
  public func appending(_ other: ParameterLayout, named prefix: String) throws -> ParameterLayout {
    var layout = self
    for segment in other.segments { try layout.append(prefix + segment.name, segment.shape) }
    return layout
  }

  /// The segments in pieces, in order: how loops over a vector share their work, whatever the number of threads.
  public var chunks: [Chunk] {
    segments.enumerated().flatMap { index, segment in
      stride(from: segment.range.lowerBound, to: segment.range.upperBound, by: ParameterLayout.chunkSize).map { start in
        Chunk(segment: index, range: start..<min(segment.range.upperBound, start + ParameterLayout.chunkSize))
      }
    }
  }

  /// The segments that make up the first `count` elements.
  public func prefix(_ count: Int) throws -> ParameterLayout {
    var layout = ParameterLayout()
    for segment in segments where segment.range.upperBound <= count { try layout.append(segment.name, segment.shape) }
    return layout
  }

  /// Throws unless `vector` is one of this layout.
  public func check(_ vector: Tensor, _ name: @autoclosure () -> String) throws {
    try require(
      vector.shape.dimensions == [count],
      .value("\(name()): expected a flat vector of shape (\(count),), got \(vector.shape)"))
  }

  /// Throws, naming the first parameter that differs, unless both describe the same architecture.
  public func requireSame(as other: ParameterLayout, _ message: @autoclosure () -> String) throws {
    for (mine, theirs) in zip(segments, other.segments) where mine != theirs {
      throw EngineError.value(
        "\(message()): '\(mine.name)' of shape \(mine.shape) stands against '\(theirs.name)' of shape \(theirs.shape); "
          + "make the upper backbone as a copy of the lower one")
    }
    try require(
      segments.count == other.segments.count,
      .value("\(message()): the one has \(segments.count) parameter tensors, the other \(other.segments.count)"))
  }
}
