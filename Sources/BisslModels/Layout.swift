import BisslCore

/// Named segments over one flat vector, in state-dict order, each ravelled in its PyTorch layout.
public struct Layout: Sendable {
  public struct Segment: Sendable {
    public let name: String
    public let shape: Shape
    public let offset: Int
  }

  public private(set) var segments: [Segment] = []
  public private(set) var count = 0

  public init() {}

  /// Appends a segment and answers its index. Throws where all of them together have more elements than a vector can.
  mutating func append(_ name: String, _ shape: Shape) throws -> Int {
    let total = try Shape(count + shape.count).count
    segments.append(Segment(name: name, shape: shape, offset: count))
    count = total
    return segments.count - 1
  }

  /// The segments that make up the first `count` elements.
  func prefix(_ count: Int) throws -> Layout {
    var layout = Layout()
    for segment in segments where segment.offset + segment.shape.count <= count {
      _ = try layout.append(segment.name, segment.shape)
    }
    return layout
  }
}
