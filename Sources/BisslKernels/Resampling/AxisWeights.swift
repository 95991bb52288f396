/// Along one axis of a map, the cells whose weighted sum each output position is: a sparse matrix, row by row.
public struct AxisWeights: Sendable {
  /// The terms of a position are those from `starts[position]` to before `starts[position + 1]`.
  private var starts = [0]
  private var cells: [Int] = []
  private var weights: [Scalar] = []

  public init() {}

  public var positions: Int { starts.count - 1 }

  /// Adds a position: `share` times the sum of what is read between `extent` cells at `places`, which do not decrease.
  /// Place 0 is the first cell, and halfway between two cells both count half. Places in −1..<0 read the first cell,
  /// those in extent−1...extent the last, those further out nothing.
  public mutating func append(samplesAt places: some Sequence<Double>, share: Double, extent: Int) {
    var sums: [(cell: Int, weight: Double)] = []
    for place in places where place >= -1 && place <= Double(extent) {
      let inside = min(max(place, 0), Double(extent - 1))
      let cell = Int(inside)
      let part = inside - Double(cell)
      add(share * (1 - part), at: cell, to: &sums)
      if part > 0 { add(share * part, at: cell + 1, to: &sums) }
    }
    cells += sums.map(\.cell)
    weights += sums.map { Scalar($0.weight) }
    starts.append(cells.count)
  }

  /// Places do not decrease, so that a cell is among the last two or new.
  private func add(_ weight: Double, at cell: Int, to sums: inout [(cell: Int, weight: Double)]) {
    if let index = sums.suffix(2).firstIndex(where: { $0.cell == cell }) {
      sums[index].weight += weight
    } else {
      sums.append((cell, weight))
    }
  }

  func isEmpty(at position: Int) -> Bool { starts[position] == starts[position + 1] }

  /// From the least cell that a range of positions reads to the greatest.
  func cells(of positions: Range<Int>) -> Range<Int> {
    let read = cells[starts[positions.lowerBound]..<starts[positions.upperBound]]
    guard let least = read.min(), let greatest = read.max() else { return 0..<0 }
    return least..<greatest + 1
  }

  @inline(__always)
  func forEachTerm(of position: Int, _ body: (_ cell: Int, _ weight: Scalar) -> Void) {
    for term in starts[position]..<starts[position + 1] { body(cells[term], weights[term]) }
  }
}
