/// Transforms of Winograd's F(2×2, 3×3) (Lavin and Gray 2016) over NHWC images with a border of one pixel:
///
///     y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A        ḡ = Gᵀ[(A ȳ Aᵀ) ⊙ (Bᵀ d B)]G
///
/// with 4×4 inputs d, 3×3 weights g, 2×2 outputs y. Transformed arrays hold 16 matrices, one per position of the 4×4
/// square, `step` elements apart. All entries of the matrices are 0, ±1 or ±½: nothing grows, and rounding errors are
/// those of the plain sums.
public enum Winograd {
  /// How an image is cut: outputs (2i, 2j) … (2i+1, 2j+1) belong to tile (i, j).
  public struct Tiling {
    public let height, width: Int
    public var down: Int { (height + 1) / 2 }
    public var across: Int { (width + 1) / 2 }

    public init(height: Int, width: Int) {
      self.height = height
      self.width = width
    }
  }

  /// v[position][tile][channel] = Bᵀ d B for the tiles of tile rows `rows`, counted through the batch. `zeros` holds at
  /// least `channels` zeros, which stand for pixels outside the image.
  public static func transformInput(
    _ x: Source, _ tiling: Tiling, channels: Int, rows: Range<Int>, zeros: Source, into v: Destination, step: Int
  ) {
    withUnsafeTemporaryAllocation(of: Source.self, capacity: 16) { buffer in
      guard let pixels = buffer.baseAddress else { return }
      forEachTile(tiling, rows) { image, top, left, tile in
        let base = x + image * tiling.height * tiling.width * channels
        for i in 0..<4 {
          for j in 0..<4 {
            let (row, column) = (top - 1 + i, left - 1 + j)
            let inside = row >= 0 && row < tiling.height && column >= 0 && column < tiling.width
            pixels[4 * i + j] = inside ? base + (row * tiling.width + column) * channels : zeros
          }
        }
        let target = v + tile * channels
        forEachLane(
          channels, vector: { input(VectorLane.self, pixels, $0, target, step) },
          single: { input(Scalar.self, pixels, $0, target, step) })
      }
    }
  }

  /// v[position][tile][channel] = A ȳ Aᵀ: the adjoint of `transformOutput`.
  public static func transformCotangent(
    _ y: Source, _ tiling: Tiling, channels: Int, rows: Range<Int>, zeros: Source, into v: Destination, step: Int
  ) {
    withUnsafeTemporaryAllocation(of: Source.self, capacity: 4) { buffer in
      guard let pixels = buffer.baseAddress else { return }
      forEachTile(tiling, rows) { image, top, left, tile in
        let base = y + image * tiling.height * tiling.width * channels
        for i in 0..<2 {
          for j in 0..<2 {
            let inside = top + i < tiling.height && left + j < tiling.width
            pixels[2 * i + j] = inside ? base + ((top + i) * tiling.width + left + j) * channels : zeros
          }
        }
        let target = v + tile * channels
        forEachLane(
          channels, vector: { cotangent(VectorLane.self, pixels, $0, target, step) },
          single: { cotangent(Scalar.self, pixels, $0, target, step) })
      }
    }
  }

  /// y = Aᵀ m A for the tiles of tile rows `rows`; outputs beyond the image are left out.
  public static func transformOutput(
    _ m: Source, step: Int, _ tiling: Tiling, channels: Int, rows: Range<Int>, into y: Destination
  ) {
    forEachTile(tiling, rows) { image, top, left, tile in
      let corner = y + ((image * tiling.height + top) * tiling.width + left) * channels
      let source = m + tile * channels
      let below = top + 1 < tiling.height ? corner + tiling.width * channels : nil
      let hasRight = left + 1 < tiling.width
      forEachLane(
        channels, vector: { output(VectorLane.self, source, $0, step, corner, below, hasRight, channels) },
        single: { output(Scalar.self, source, $0, step, corner, below, hasRight, channels) })
    }
  }

  /// u[position][input][output] = G g Gᵀ for inputs `range` of weights (outputs, inputs, 3, 3).
  public static func transformWeights(
    _ weights: Source, outputs: Int, inputs: Int, range: Range<Int>, into u: Destination
  ) {
    let step = inputs * outputs
    WeightOrder.forEachBlock(range, outputs) { input, output in
      let g = weights + (output * inputs + input) * 9
      let target = u + input * outputs + output
      /// Rows of G g, one per column of g.
      @inline(__always) func column(_ j: Int) -> (Scalar, Scalar, Scalar, Scalar) {
        let (outer, middle) = (0.5 * (g[j] + g[6 + j]), 0.5 * g[3 + j])
        return (g[j], outer + middle, outer - middle, g[6 + j])
      }
      let (a, b, c) = (column(0), column(1), column(2))
      @inline(__always) func row(_ i: Int, _ a: Scalar, _ b: Scalar, _ c: Scalar) {
        let (outer, middle) = (0.5 * (a + c), 0.5 * b)
        target[4 * i * step] = a
        target[(4 * i + 1) * step] = outer + middle
        target[(4 * i + 2) * step] = outer - middle
        target[(4 * i + 3) * step] = c
      }
      row(0, a.0, b.0, c.0)
      row(1, a.1, b.1, c.1)
      row(2, a.2, b.2, c.2)
      row(3, a.3, b.3, c.3)
    }
  }

  /// weights (outputs, inputs, 3, 3) = Gᵀ u G for outputs `range`: the adjoint of `transformWeights`.
  public static func transformWeightAdjoint(
    _ u: Source, outputs: Int, inputs: Int, range: Range<Int>, into weights: Destination
  ) {
    let step = inputs * outputs
    WeightOrder.forEachBlock(range, inputs) { output, input in
      let source = u + input * outputs + output
      let target = weights + (output * inputs + input) * 9
      /// Gᵀ applied to column j of u.
      @inline(__always) func column(_ j: Int) -> (Scalar, Scalar, Scalar) {
        let (b, c) = (source[(4 + j) * step], source[(8 + j) * step])
        let half = 0.5 * (b + c)
        return (source[j * step] + half, 0.5 * (b - c), half + source[(12 + j) * step])
      }
      let (a, b, c, d) = (column(0), column(1), column(2), column(3))
      @inline(__always) func row(_ i: Int, _ a: Scalar, _ b: Scalar, _ c: Scalar, _ d: Scalar) {
        let half = 0.5 * (b + c)
        target[3 * i] = a + half
        target[3 * i + 1] = 0.5 * (b - c)
        target[3 * i + 2] = half + d
      }
      row(0, a.0, b.0, c.0, d.0)
      row(1, a.1, b.1, c.1, d.1)
      row(2, a.2, b.2, c.2, d.2)
    }
  }

  @inline(__always)
  private static func forEachTile(
    _ tiling: Tiling, _ rows: Range<Int>, _ body: (_ image: Int, _ top: Int, _ left: Int, _ tile: Int) -> Void
  ) {
    var tile = 0
    for row in rows {
      for column in 0..<tiling.across {
        body(row / tiling.down, 2 * (row % tiling.down), 2 * column, tile)
        tile += 1
      }
    }
  }

  @inline(__always)
  private static func input<L: Lane>(
    _: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, _ v: Destination, _ step: Int
  ) {
    @inline(__always) func column(_ j: Int) -> (L, L, L, L) {
      let (d0, d1) = (L.load(pixels[j] + c), L.load(pixels[4 + j] + c))
      let (d2, d3) = (L.load(pixels[8 + j] + c), L.load(pixels[12 + j] + c))
      return (d0 - d2, d1 + d2, d2 - d1, d1 - d3)
    }
    let (k0, k1, k2, k3) = (column(0), column(1), column(2), column(3))
    @inline(__always) func row(_ i: Int, _ a: L, _ b: L, _ e: L, _ f: L) {
      let target = v + 4 * i * step + c
      (a - e).store(target)
      (b + e).store(target + step)
      (e - b).store(target + 2 * step)
      (b - f).store(target + 3 * step)
    }
    row(0, k0.0, k1.0, k2.0, k3.0)
    row(1, k0.1, k1.1, k2.1, k3.1)
    row(2, k0.2, k1.2, k2.2, k3.2)
    row(3, k0.3, k1.3, k2.3, k3.3)
  }

  @inline(__always)
  private static func cotangent<L: Lane>(
    _: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, _ v: Destination, _ step: Int
  ) {
    let (a, b) = (L.load(pixels[0] + c), L.load(pixels[1] + c))
    let (e, f) = (L.load(pixels[2] + c), L.load(pixels[3] + c))
    @inline(__always) func row(_ i: Int, _ left: L, _ right: L) {
      let target = v + 4 * i * step + c
      left.store(target)
      (left + right).store(target + step)
      (left - right).store(target + 2 * step)
      (-right).store(target + 3 * step)
    }
    row(0, a, b)
    row(1, a + e, b + f)
    row(2, a - e, b - f)
    row(3, -e, -f)
  }

  @inline(__always)
  private static func output<L: Lane>(
    _: L.Type, _ m: Source, _ c: Int, _ step: Int, _ corner: Destination, _ below: Destination?, _ hasRight: Bool,
    _ channels: Int
  ) {
    @inline(__always) func column(_ j: Int) -> (L, L) {
      let source = m + j * step + c
      let (m1, m2) = (L.load(source + 4 * step), L.load(source + 8 * step))
      return (L.load(source) + m1 + m2, m1 - m2 - L.load(source + 12 * step))
    }
    let (k0, k1, k2, k3) = (column(0), column(1), column(2), column(3))
    (k0.0 + k1.0 + k2.0).store(corner + c)
    if hasRight { (k1.0 - k2.0 - k3.0).store(corner + channels + c) }
    if let below {
      (k0.1 + k1.1 + k2.1).store(below + c)
      if hasRight { (k1.1 - k2.1 - k3.1).store(below + channels + c) }
    }
  }
}
