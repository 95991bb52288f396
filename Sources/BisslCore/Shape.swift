/// Extents of a dense row-major array. Proved once, here: the product of any of them that are not zero is a number, and
/// so is that of their bytes. An empty array may have large extents beside the one that is zero.
public struct Shape: Equatable, Hashable, Sendable, CustomStringConvertible {
  public let dimensions: [Int]
  public let count: Int

  public init(_ dimensions: [Int]) throws {
    var count = 1
    for extent in dimensions {
      try require(extent >= 0, .value("shape \(dimensions): extents must not be negative"))
      let (product, overflow) = count.multipliedReportingOverflow(by: max(1, extent))
      // Half of the address space leaves room for the bytes of an element.
      try require(!overflow && product < Int.max / 16, .value("shape \(dimensions): the number of elements overflows"))
      count = product
    }
    self.dimensions = dimensions
    self.count = dimensions.contains(0) ? 0 : count
  }

  public init(_ dimensions: Int...) throws { try self.init(dimensions) }

  public static let scalar = Shape(dimensions: [], count: 1)

  private init(dimensions: [Int], count: Int) {
    self.dimensions = dimensions
    self.count = count
  }

  public var rank: Int { dimensions.count }
  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// The last extent: channels in NHWC, features in a matrix. 1 for a scalar.
  public var channels: Int { dimensions.last ?? 1 }
  /// The product of all extents but the last.
  public var rows: Int { channels == 0 ? 0 : count / channels }

  public var description: String {
    "(" + dimensions.map(String.init).joined(separator: ", ") + (rank == 1 ? ",)" : ")")
  }
}
