/// Winograd's F(m×m, 3×3) over NHWC images: which pixels belong to which tile, for all channels. Transformed arrays hold
/// (m+2)² matrices, one per position of the transformed square, `step` elements apart; a row of one is a tile's channels.
public struct Winograd: Sendable {
  /// Side of a tile of outputs: 2, 3 or 4.
  public let m: Int
  public let batch, height, width: Int
  /// Pixels of border around the image, 0 to 2.
  public let padding: Int

  public init(m: Int, batch: Int, height: Int, width: Int, padding: Int) {
    self.m = m
    self.batch = batch
    self.height = height
    self.width = width
    self.padding = padding
  }

  public static let sides = 2...4
  public var side: Int { m + 2 }
  public var positions: Int { side * side }
  public var outHeight: Int { height + 2 * padding - 2 }
  public var outWidth: Int { width + 2 * padding - 2 }
  public var down: Int { (outHeight + m - 1) / m }
  public var across: Int { (outWidth + m - 1) / m }
  /// Tiles of the whole batch.
  public var tiles: Int { batch * down * across }

  /// v[position][tile − first][channel] = Bᵀ d B for `tiles`. `zeros` holds at least `channels` zeros, which stand for
  /// pixels outside the image.
  public func transformInput(
    _ x: Source, channels: Int, tiles: Range<Int>, zeros: Source, into v: Destination, row: Int, step: Int
  ) {
    withUnsafeTemporaryAllocation(of: Source.self, capacity: positions) { pixels in
      forEachTile(tiles) { image, top, left, tile in
        let base = x + image * height * width * channels
        for i in 0..<side {
          for j in 0..<side {
            let (y, x) = (top - padding + i, left - padding + j)
            let isInside = y >= 0 && y < height && x >= 0 && x < width
            pixels[side * i + j] = isInside ? base + (y * width + x) * channels : zeros
          }
        }
        guard let pixels = UnsafePointer(pixels.baseAddress) else { return }
        let target = v + tile * row
        forEachLane(
          channels, vector: { input(VectorLane.self, pixels, $0, into: target + $0, step: step) },
          single: { input(Scalar.self, pixels, $0, into: target + $0, step: step) })
      }
    }
  }

  /// v[position][tile − first][channel] = A ȳ Aᵀ: the adjoint of `transformOutput`.
  public func transformCotangent(
    _ y: Source, channels: Int, tiles: Range<Int>, zeros: Source, into v: Destination, row: Int, step: Int
  ) {
    withUnsafeTemporaryAllocation(of: Source.self, capacity: m * m) { pixels in
      forEachTile(tiles) { image, top, left, tile in
        let base = y + image * outHeight * outWidth * channels
        for i in 0..<m {
          for j in 0..<m {
            let isInside = top + i < outHeight && left + j < outWidth
            pixels[m * i + j] = isInside ? base + ((top + i) * outWidth + left + j) * channels : zeros
          }
        }
        guard let pixels = UnsafePointer(pixels.baseAddress) else { return }
        let target = v + tile * row
        forEachLane(
          channels, vector: { cotangent(VectorLane.self, pixels, $0, into: target + $0, step: step) },
          single: { cotangent(Scalar.self, pixels, $0, into: target + $0, step: step) })
      }
    }
  }

  /// y = Aᵀ m A for `tiles` of the products m[position][tile − first][channel]. Outputs beyond the image go to `nowhere`,
  /// which has room for `channels` numbers.
  public func transformOutput(
    _ products: Source, row: Int, step: Int, channels: Int, tiles: Range<Int>, nowhere: Destination,
    into y: Destination
  ) {
    withUnsafeTemporaryAllocation(of: Destination.self, capacity: m * m) { pixels in
      forEachTile(tiles) { image, top, left, tile in
        let base = y + image * outHeight * outWidth * channels
        for i in 0..<m {
          for j in 0..<m {
            let isInside = top + i < outHeight && left + j < outWidth
            pixels[m * i + j] = isInside ? base + ((top + i) * outWidth + left + j) * channels : nowhere
          }
        }
        guard let pixels = UnsafePointer(pixels.baseAddress) else { return }
        let source = products + tile * row
        forEachLane(
          channels, vector: { output(VectorLane.self, source + $0, step: step, $0, into: pixels) },
          single: { output(Scalar.self, source + $0, step: step, $0, into: pixels) })
      }
    }
  }

  @inline(__always)
  private func forEachTile(
    _ tiles: Range<Int>, _ body: (_ image: Int, _ top: Int, _ left: Int, _ tile: Int) -> Void
  ) {
    for tile in tiles {
      let (row, column) = (tile / across, tile % across)
      body(row / down, m * (row % down), m * column, tile - tiles.lowerBound)
    }
  }

  @inline(__always)
  private func input<L: Lane>(
    _: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int
  ) {
    switch m {
    case 2: WinogradTransforms.input2(L.self, pixels, c, into: v, step: step)
    case 3: WinogradTransforms.input3(L.self, pixels, c, into: v, step: step)
    default: WinogradTransforms.input4(L.self, pixels, c, into: v, step: step)
    }
  }

  @inline(__always)
  private func cotangent<L: Lane>(
    _: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int
  ) {
    switch m {
    case 2: WinogradTransforms.cotangent2(L.self, pixels, c, into: v, step: step)
    case 3: WinogradTransforms.cotangent3(L.self, pixels, c, into: v, step: step)
    default: WinogradTransforms.cotangent4(L.self, pixels, c, into: v, step: step)
    }
  }

  @inline(__always)
  private func output<L: Lane>(
    _: L.Type, _ products: Source, step: Int, _ c: Int, into pixels: UnsafePointer<Destination>
  ) {
    switch m {
    case 2: WinogradTransforms.output2(L.self, products, step: step, c, into: pixels)
    case 3: WinogradTransforms.output3(L.self, products, step: step, c, into: pixels)
    default: WinogradTransforms.output4(L.self, products, step: step, c, into: pixels)
    }
  }
}
