/// Winograd's F(m×m, taps×taps) over NHWC images: which pixels belong to which tile, for all channels.
/// Transformed arrays hold `positions` matrices, one per position of the transformed square, `step` elements apart; a row
/// of one is a tile's channels.
public struct Winograd: Sendable {
  /// Side of a tile of outputs, one of `sides`.
  public let m: Int
  /// Side of a window of weights, and the step from one to the next: 3 at stride 1 or 2, or 4 at stride 1.
  public let taps, stride: Int
  public let batch, height, width: Int
  /// Pixels of border around the image, less than `taps`.
  public let padding: Int

  public init(m: Int, taps: Int, stride: Int = 1, batch: Int, height: Int, width: Int, padding: Int) {
    self.m = m
    self.taps = taps
    self.stride = stride
    self.batch = batch
    self.height = height
    self.width = width
    self.padding = padding
  }

  /// The sides of tiles that there are for a window. Larger ones need fewer products, and round more.
  public static func sides(taps: Int, stride: Int) -> [Int] { WinogradTransforms.sides(taps: taps, stride: stride) }
  /// Those that leave second derivatives of ReLU networks as exact as direct sums do (`python/benchmarks/precision.py`).
  public static let accurateSides = 2...3

  /// Side of a tile of inputs, and of the transformed square.
  public var side: Int { stride * (m - 1) + taps }
  public var positions: Int { side * side }
  public var outHeight: Int { (height + 2 * padding - taps) / stride + 1 }
  public var outWidth: Int { (width + 2 * padding - taps) / stride + 1 }
  public var down: Int { (outHeight + m - 1) / m }
  public var across: Int { (outWidth + m - 1) / m }
  /// Tiles of one image, and of the whole batch.
  public var imageTiles: Int { down * across }
  public var tiles: Int { batch * imageTiles }

  /// Matrices of transformed weights: at stride 2 several positions share one.
  public var matrices: Int { matrixSide * matrixSide }
  private var matrixSide: Int { m + taps - 1 }

  /// The matrix of transformed weights that a position is multiplied with.
  public func matrix(of position: Int) -> Int {
    matrixSide * min(position / side, matrixSide - 1) + min(position % side, matrixSide - 1)
  }

  /// The positions that share a matrix.
  public func positions(of matrix: Int) -> [Int] {
    func places(_ index: Int) -> Range<Int> { index..<(index == matrixSide - 1 ? side : index + 1) }
    return places(matrix / matrixSide).flatMap { row in places(matrix % matrixSide).map { side * row + $0 } }
  }

  /// v[position][tile − first][channel] = Bᵀ d B for `tiles`. `zeros` holds at least `channels` zeros, which stand for
  /// pixels outside the image.
  public func transformInput(
    _ x: Source, channels: Int, tiles: Range<Int>, zeros: Source, into v: Destination, row: Int, step: Int
  ) {
    forEachTile(tiles, of: x, inputs, channels: channels, outside: zeros) { pixels, tile in
      let target = v + tile * row
      forEachLane(
        channels,
        vector: {
          WinogradTransforms.input(
            VectorLane.self, m: m, taps: taps, stride: stride, pixels, $0, into: target + $0, step: step)
        },
        single: {
          WinogradTransforms.input(
            Scalar.self, m: m, taps: taps, stride: stride, pixels, $0, into: target + $0, step: step)
        })
    }
  }

  /// x += B m Bᵀ for `tiles` of the products m[position][tile − first][channel]: the adjoint of `transformInput`, at
  /// stride 2. Neighbouring tiles of an image add to the same pixels. What lies outside the image goes to `nowhere`, which
  /// has room for `channels` numbers.
  public func addInputAdjoint(
    _ products: Source, row: Int, step: Int, channels: Int, tiles: Range<Int>, nowhere: Destination,
    to x: Destination
  ) {
    forEachTile(tiles, of: x, inputs, channels: channels, outside: nowhere) { pixels, tile in
      let source = products + tile * row
      forEachLane(
        channels,
        vector: {
          WinogradTransforms.inputAdjoint(
            VectorLane.self, m: m, taps: taps, stride: stride, source + $0, step: step, $0, addingTo: pixels)
        },
        single: {
          WinogradTransforms.inputAdjoint(
            Scalar.self, m: m, taps: taps, stride: stride, source + $0, step: step, $0, addingTo: pixels)
        })
    }
  }

  /// v[position][tile − first][channel] = A ȳ Aᵀ: the adjoint of `transformOutput`.
  public func transformCotangent(
    _ y: Source, channels: Int, tiles: Range<Int>, zeros: Source, into v: Destination, row: Int, step: Int
  ) {
    forEachTile(tiles, of: y, outputs, channels: channels, outside: zeros) { pixels, tile in
      let target = v + tile * row
      forEachLane(
        channels,
        vector: {
          WinogradTransforms.cotangent(
            VectorLane.self, m: m, taps: taps, stride: stride, pixels, $0, into: target + $0, step: step)
        },
        single: {
          WinogradTransforms.cotangent(
            Scalar.self, m: m, taps: taps, stride: stride, pixels, $0, into: target + $0, step: step)
        })
    }
  }

  /// y = Aᵀ m A for `tiles` of the products m[position][tile − first][channel]. Outputs beyond the image go to `nowhere`,
  /// which has room for `channels` numbers.
  public func transformOutput(
    _ products: Source, row: Int, step: Int, channels: Int, tiles: Range<Int>, nowhere: Destination,
    into y: Destination
  ) {
    forEachTile(tiles, of: y, outputs, channels: channels, outside: nowhere) { pixels, tile in
      let source = products + tile * row
      forEachLane(
        channels,
        vector: {
          WinogradTransforms.output(
            VectorLane.self, m: m, taps: taps, stride: stride, source + $0, step: step, $0, into: pixels)
        },
        single: {
          WinogradTransforms.output(
            Scalar.self, m: m, taps: taps, stride: stride, source + $0, step: step, $0, into: pixels)
        })
    }
  }

  // MARK: Pixels of tiles

  /// How tiles lie in an image: squares of `side` pixels, `step` apart, the first `border` pixels outside.
  private struct Layout {
    let height, width, side, step, border: Int
  }

  private var inputs: Layout {
    Layout(height: height, width: width, side: side, step: stride * m, border: padding)
  }
  private var outputs: Layout { Layout(height: outHeight, width: outWidth, side: m, step: m, border: 0) }

  /// Calls `body` with the places of each tile's pixels in the batch of images at `base`, row by row.
  @inline(__always)
  private func forEachTile<Place: Strideable>(
    _ tiles: Range<Int>, of base: Place, _ layout: Layout, channels: Int, outside: Place,
    _ body: (_ pixels: UnsafePointer<Place>, _ tile: Int) -> Void
  ) where Place.Stride == Int {
    withUnsafeTemporaryAllocation(of: Place.self, capacity: layout.side * layout.side) { pixels in
      guard let places = pixels.baseAddress else { return }
      for tile in tiles {
        let (tileRow, tileColumn) = (tile / across, tile % across)
        let image = base.advanced(by: tileRow / down * layout.height * layout.width * channels)
        let top = layout.step * (tileRow % down) - layout.border
        let left = layout.step * tileColumn - layout.border
        for i in 0..<layout.side {
          for j in 0..<layout.side {
            let (y, x) = (top + i, left + j)
            let isInside = y >= 0 && y < layout.height && x >= 0 && x < layout.width
            places[layout.side * i + j] =
              isInside ? image.advanced(by: (y * layout.width + x) * channels) : outside
          }
        }
        body(UnsafePointer(places), tile - tiles.lowerBound)
      }
    }
  }
}
