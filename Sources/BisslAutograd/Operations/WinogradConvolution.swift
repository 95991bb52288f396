import BisslCore

/// Winograd's F(2×2, 3×3) for 3×3 windows at stride 1 with a border of one pixel: 16 matrix products over tiles in place
/// of 36 multiplications per tile and channel pair, 2.25 times fewer. In single precision its rounding errors are no
/// larger than those of the direct sums, unlike those of the larger F(4×4, 3×3).
///
/// Chunks are runs of tile rows, counted through the batch; a chunk's transformed tiles live in scratch memory that
/// stays in cache. Both terms of a second-order rule add up before the output transform.
struct WinogradConvolution: ConvolutionAlgorithm {
  private static let positions = 16
  private let g: ConvolutionGeometry
  private let tiling: Winograd.Tiling

  init(_ geometry: ConvolutionGeometry) {
    g = geometry
    tiling = Winograd.Tiling(height: geometry.output.height, width: geometry.output.width)
  }

  /// Whether the algorithm applies and pays: small images waste tiles and read the transformed weights too often, few
  /// channels do not outweigh the transforms.
  static func serves(_ g: ConvolutionGeometry) -> Bool {
    g.kernel == Extent2(3) && g.stride == Extent2(1) && g.padding == Extent2(1) && g.dilation == Extent2(1)
      && min(g.inputs, g.outputs) >= 16 && g.imagePixels >= 25
  }

  func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws {
    let transformed = try terms.map { try transform($0.b) }
    try convolve(zip(terms, transformed).map { ($0.a, $1) }, from: g.inputs, to: g.outputs, into: y) { u, position in
      (u.source + position * g.inputs * g.outputs, .no)
    }
  }

  /// The input adjoint is a convolution with the weights turned by 180° and inputs and outputs exchanged. Turning
  /// exchanges the first and the last row and column of the transformed square.
  func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws {
    let transformed = try terms.map { try transform($0.b) }
    let turned = [3, 1, 2, 0]
    try convolve(
      zip(terms, transformed).map { ($0.cotangent, $1) }, from: g.outputs, to: g.inputs, into: x
    ) { u, position in
      (u.source + (4 * turned[position / 4] + turned[position % 4]) * g.inputs * g.outputs, .yes)
    }
  }

  /// out = Σ of images convolved with transformed weights; `matrix` finds a position's weights, (from, to) after the
  /// transposition.
  private func convolve(
    _ terms: [(images: Tensor, weights: Tensor)], from: Int, to: Int, into out: Tensor,
    matrix: (_ weights: Tensor, _ position: Int) -> (Source, BLAS.Transpose)
  ) throws {
    let zeros = try Tensor.zeros(Shape(from))
    let rows = rowsPerChunk(max(from, to))
    let tiles = rows * tiling.across
    let chunks = (tileRows + rows - 1) / rows
    let scratch = Self.positions * tiles * (from + to)
    try ThreadPool.shared.run(chunks, scratch: scratch, for: "conv2d") { chunk, scratch in
      let range = chunk * rows..<min(tileRows, (chunk + 1) * rows)
      let count = range.count * tiling.across
      let products = scratch + Self.positions * tiles * from
      for (index, term) in terms.enumerated() {
        Winograd.transformInput(
          term.images.source, tiling, channels: from, rows: range, zeros: zeros.source, into: scratch,
          step: tiles * from)
        for position in 0..<Self.positions {
          let (weights, transposed) = matrix(term.weights, position)
          BLAS.multiply(
            .no, transposed, m: count, n: to, k: from, scratch + position * tiles * from, lda: from, weights,
            ldb: g.outputs, accumulate: index > 0, into: products + position * tiles * to, ldc: to)
        }
      }
      Winograd.transformOutput(products, step: tiles * to, tiling, channels: to, rows: range, into: out.pointer)
    }
  }

  /// Runs of chunks make partial sums of the transformed adjoint, added in order before the weight transform. The larger
  /// the weights, the fewer the runs; each run is cut further by blocks of inputs, so that there is work to share.
  func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into weight: Tensor) throws {
    let zeros = try Tensor.zeros(Shape(max(g.inputs, g.outputs)))
    let rows = rowsPerChunk(max(g.inputs, g.outputs))
    let tiles = rows * tiling.across
    let chunks = (tileRows + rows - 1) / rows
    let size = Self.positions * g.inputs * g.outputs
    let runs = max(1, min(chunks, Self.partialElements / size, 16))
    let perRun = (chunks + runs - 1) / runs
    let partial = try Tensor(Shape(runs, size), for: "conv2d")
    let scratch = Self.positions * tiles * (g.inputs + g.outputs)
    try ThreadPool.shared.run(runs, scratch: scratch, for: "conv2d") { run, scratch in
      let cotangents = scratch + Self.positions * tiles * g.inputs
      var accumulate = false
      for term in terms {
        for chunk in run * perRun..<max(run * perRun, min(chunks, (run + 1) * perRun)) {
          let range = chunk * rows..<min(tileRows, (chunk + 1) * rows)
          Winograd.transformInput(
            term.a.source, tiling, channels: g.inputs, rows: range, zeros: zeros.source, into: scratch,
            step: tiles * g.inputs)
          Winograd.transformCotangent(
            term.cotangent.source, tiling, channels: g.outputs, rows: range, zeros: zeros.source, into: cotangents,
            step: tiles * g.outputs)
          for position in 0..<Self.positions {
            BLAS.multiply(
              .yes, .no, m: g.inputs, n: g.outputs, k: range.count * tiling.across,
              scratch + position * tiles * g.inputs, lda: g.inputs, cotangents + position * tiles * g.outputs,
              ldb: g.outputs, accumulate: accumulate,
              into: partial.pointer + run * size + position * g.inputs * g.outputs, ldc: g.outputs)
          }
          accumulate = true
        }
      }
      if !accumulate { (partial.pointer + run * size).update(repeating: 0, count: size) }
    }
    let sum = try partial.sumOfRows()
    parallelChunks(g.outputs, of: WeightOrder.block) { _, range in
      Winograd.transformWeightAdjoint(
        sum.source, outputs: g.outputs, inputs: g.inputs, range: range, into: weight.pointer)
    }
  }

  /// weight (outputs, inputs, 3, 3) as (position, inputs, outputs).
  private func transform(_ weight: Tensor) throws -> Tensor {
    try weight.form(.winograd) {
      let u = try Tensor(Shape(Self.positions, g.inputs, g.outputs), for: "transformed weights of conv2d")
      parallelChunks(g.inputs, of: WeightOrder.block) { _, range in
        Winograd.transformWeights(
          weight.source, outputs: g.outputs, inputs: g.inputs, range: range, into: u.pointer)
      }
      return u
    }
  }

  /// Tile rows of the whole batch.
  private var tileRows: Int { g.batch * tiling.down }

  /// Enough tiles for efficient products, few enough for the cache.
  private func rowsPerChunk(_ channels: Int) -> Int {
    let tiles = max(72, 8192 / max(1, channels))
    return max(1, (tiles + tiling.across - 1) / tiling.across)
  }

  /// Elements that all partial sums of a weight adjoint may have: 16 MiB in single precision.
  private static let partialElements = 1 << 22
}
