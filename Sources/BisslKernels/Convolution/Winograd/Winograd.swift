import CBissl

/// Winograd's F(m×m, taps×taps) over NHWC images: which pixels belong to which tile, for all channels. Transformed
/// arrays hold `positions` matrices, one per position of the transformed square, `step` elements apart; a row of one is
/// a tile's channels. Whoever makes one has proved that tiles and elements do not overflow.
public struct Winograd: Sendable {
  public let tile: WinogradTile
  public let batch: Int
  public let input, output: Extent2
  /// Pixels of border around the image, less than the window's taps.
  public let padding: Int
  /// Tiles of one image, down and across.
  public let grid: Extent2

  public init(_ tile: WinogradTile, batch: Int, input: Extent2, output: Extent2, padding: Int, grid: Extent2) {
    self.tile = tile
    self.batch = batch
    self.input = input
    self.output = output
    self.padding = padding
    self.grid = grid
  }

  public var positions: Int { tile.side * tile.side }
  /// Tiles of one image, and of the whole batch.
  public var imageTiles: Int { grid.product }
  public var tiles: Int { batch * imageTiles }

  /// Matrices of transformed weights: at stride 2 several positions share one.
  public var matrices: Int { tile.weightSide * tile.weightSide }

  /// The matrix of transformed weights that a position is multiplied with.
  public func matrix(of position: Int) -> Int {
    let (side, last) = (tile.side, tile.weightSide - 1)
    return tile.weightSide * min(position / side, last) + min(position % side, last)
  }

  /// The positions that share a matrix.
  public func positions(of matrix: Int) -> [Int] {
    let (side, count) = (tile.side, tile.weightSide)
    func places(_ index: Int) -> Range<Int> { index..<(index == count - 1 ? side : index + 1) }
    return places(matrix / count).flatMap { row in places(matrix % count).map { side * row + $0 } }
  }

  /// v[position][tile − first][channel] = Bᵀ d B for `tiles`. `zeros` holds at least `channels` zeros, which stand for
  /// pixels outside the image.
  public func transformInput(
    _ x: Source, channels: Int, tiles: Range<Int>, zeros: Source, into v: Destination, row: Int, step: Int
  ) {
    forEachTile(tiles, of: x, inputLayout, channels: channels, outside: zeros) { pixels, next, index in
      let target = v + index * row
      forEachLane(channels, InputTransform(tile: tile, pixels: pixels, next: next, target: target, step: step))
    }
  }

  /// x += B m Bᵀ for `tiles` of the products m[position][tile − first][channel]: the adjoint of `transformInput`, at
  /// stride 2. Neighbouring tiles of an image add to the same pixels. What lies outside the image goes to `nowhere`,
  /// which has room for `channels` numbers.
  public func addInputAdjoint(
    _ products: Source, row: Int, step: Int, channels: Int, tiles: Range<Int>, nowhere: Destination,
    to x: Destination
  ) {
    forEachTile(tiles, of: x, inputLayout, channels: channels, outside: nowhere) { pixels, next, index in
      let source = products + index * row
      forEachLane(channels, InputAdjoint(tile: tile, source: source, next: next, pixels: pixels, step: step))
    }
  }

  /// v[position][tile − first][channel] = A ȳ Aᵀ: the adjoint of `transformOutput`.
  public func transformCotangent(
    _ y: Source, channels: Int, tiles: Range<Int>, zeros: Source, into v: Destination, row: Int, step: Int
  ) {
    forEachTile(tiles, of: y, outputLayout, channels: channels, outside: zeros) { pixels, next, index in
      let target = v + index * row
      forEachLane(channels, CotangentTransform(tile: tile, pixels: pixels, next: next, target: target, step: step))
    }
  }

  /// y = Aᵀ m A for `tiles` of the products m[position][tile − first][channel]. Outputs beyond the image go to
  /// `nowhere`, which has room for `channels` numbers.
  public func transformOutput(
    _ products: Source, row: Int, step: Int, channels: Int, tiles: Range<Int>, nowhere: Destination,
    into y: Destination
  ) {
    forEachTile(tiles, of: y, outputLayout, channels: channels, outside: nowhere) { pixels, next, index in
      let source = products + index * row
      forEachLane(channels, OutputTransform(tile: tile, source: source, next: next, pixels: pixels, step: step))
    }
  }

  // MARK: Pixels of tiles

  /// How tiles lie in an image: squares of `side` pixels, `step` apart, the first `border` pixels outside.
  private struct Layout {
    let image: Extent2
    let side, step, border: Int
  }

  private var inputLayout: Layout {
    Layout(
      image: input, side: tile.inputs, step: tile.stride * tile.m, border: tile.window == .bordered ? 0 : padding)
  }
  private var outputLayout: Layout { Layout(image: output, side: tile.m, step: tile.m, border: 0) }

  /// The places of one tile's pixels, row by row.
  fileprivate struct Pixels<Place: PixelPlace> {
    let places: UnsafeMutablePointer<Place>
    let count: Int

    /// Prefetches the cache lines that begin at a channel, for when the tile's turn comes: what a tile reads of an NHWC
    /// image is spread over more places than the processor prefetches by itself.
    @inline(__always)
    func prefetch(_ channel: Int) {
      guard channel % 16 == 0 else { return }
      for place in 0..<count { bissl_prefetch(places[place].advanced(by: channel).address) }
    }
  }

  /// Calls `body` with the places of each tile's pixels, and of the next one's, in the batch of images at `base`.
  @inline(__always)
  private func forEachTile<Place: PixelPlace>(
    _ tiles: Range<Int>, of base: Place, _ layout: Layout, channels: Int, outside: Place,
    _ body: (_ pixels: UnsafePointer<Place>, _ next: Pixels<Place>, _ tile: Int) -> Void
  ) {
    let count = layout.side * layout.side
    func find(_ tile: Int, _ places: UnsafeMutablePointer<Place>) {
      let (tileRow, tileColumn) = (tile / grid.width, tile % grid.width)
      let image = base.advanced(by: tileRow / grid.height * layout.image.product * channels)
      let top = layout.step * (tileRow % grid.height) - layout.border
      let left = layout.step * tileColumn - layout.border
      for i in 0..<layout.side {
        for j in 0..<layout.side {
          let (y, x) = (top + i, left + j)
          let isInside = y >= 0 && y < layout.image.height && x >= 0 && x < layout.image.width
          places[layout.side * i + j] =
            isInside ? image.advanced(by: (y * layout.image.width + x) * channels) : outside
        }
      }
    }
    withUnsafeTemporaryAllocation(of: Place.self, capacity: 2 * count) { memory in
      guard var current = memory.baseAddress else { return }
      var next = current + count
      find(tiles.lowerBound, current)
      for tile in tiles {
        find(min(tile + 1, tiles.upperBound - 1), next)
        body(UnsafePointer(current), Pixels(places: next, count: count), tile - tiles.lowerBound)
        swap(&current, &next)
      }
    }
  }
}

// MARK: One tile's transforms, on lanes of channels

private struct InputTransform: LaneBody {
  let tile: WinogradTile
  let pixels: UnsafePointer<Source>
  let next: Winograd.Pixels<Source>
  let target: Destination
  let step: Int

  @inline(__always)
  func callAsFunction<L: Lane>(_ lane: L.Type, _ channel: Int) {
    next.prefetch(channel)
    WinogradTransforms.input(lane, tile, pixels, channel, into: target + channel, step: step)
  }
}

private struct CotangentTransform: LaneBody {
  let tile: WinogradTile
  let pixels: UnsafePointer<Source>
  let next: Winograd.Pixels<Source>
  let target: Destination
  let step: Int

  @inline(__always)
  func callAsFunction<L: Lane>(_ lane: L.Type, _ channel: Int) {
    next.prefetch(channel)
    WinogradTransforms.cotangent(lane, tile, pixels, channel, into: target + channel, step: step)
  }
}

private struct OutputTransform: LaneBody {
  let tile: WinogradTile
  let source: Source
  let next: Winograd.Pixels<Destination>
  let pixels: UnsafePointer<Destination>
  let step: Int

  @inline(__always)
  func callAsFunction<L: Lane>(_ lane: L.Type, _ channel: Int) {
    next.prefetch(channel)
    WinogradTransforms.output(lane, tile, source + channel, step: step, channel, into: pixels)
  }
}

private struct InputAdjoint: LaneBody {
  let tile: WinogradTile
  let source: Source
  let next: Winograd.Pixels<Destination>
  let pixels: UnsafePointer<Destination>
  let step: Int

  @inline(__always)
  func callAsFunction<L: Lane>(_ lane: L.Type, _ channel: Int) {
    next.prefetch(channel)
    WinogradTransforms.inputAdjoint(lane, tile, source + channel, step: step, channel, addingTo: pixels)
  }
}

/// Where a pixel is read from, or written to.
private protocol PixelPlace: Strideable where Stride == Int {
  var address: UnsafeRawPointer { get }
}

extension UnsafePointer: PixelPlace {
  fileprivate var address: UnsafeRawPointer { UnsafeRawPointer(self) }
}

extension UnsafeMutablePointer: PixelPlace {
  fileprivate var address: UnsafeRawPointer { UnsafeRawPointer(self) }
}
