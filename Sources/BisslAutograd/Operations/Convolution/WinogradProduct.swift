import BisslCore
import BisslKernels

/// The stages of images times weights; as adjoint, of output cotangents times weights, which add to input pixels.
struct WinogradProduct {
  private let winograd: Winograd
  private let gemm: any GEMMBackend
  private let from, to: Int
  private let terms: [(images: Tensor, weights: Tensor)]
  private let isAdjoint: Bool
  private let zeros: Tensor
  private let out: Tensor
  /// Elements from one tile to the next of transformed images, and of products.
  private let row, productRow: Int
  /// Elements from one matrix of transformed weights to the next.
  private let weightStep: Int
  /// Elements of a thread's workspace for products.
  private let workspace: Int

  init(
    _ winograd: Winograd, _ gemm: any GEMMBackend, from: Int, to: Int, terms: [(images: Tensor, weights: Tensor)],
    isAdjoint: Bool, out: Tensor
  ) throws {
    self.winograd = winograd
    self.gemm = gemm
    self.from = from
    self.to = to
    self.terms = terms
    self.isAdjoint = isAdjoint
    self.out = out
    zeros = try Tensor.zeros(Shape(from))
    (row, productRow) = (GEMM.rowStride(from), GEMM.rowStride(to))
    weightStep = try winograd.packedMatrix(gemm, from: from, to: to).count(for: "conv2d")
    workspace = try gemm.workspace(depth: from, rows: 0, columns: 0).count(for: "conv2d")
  }

  /// The tiles of chunk after chunk of about `size`: of whole images where neighbours add to the same pixels.
  private func chunks(of size: Int) -> (count: Int, size: Int) {
    let size = isAdjoint ? max(1, size / winograd.imageTiles) * winograd.imageTiles : size
    return ((winograd.tiles + size - 1) / size, size)
  }

  func byTiles(inChunksOf wanted: Int) throws {
    let (chunks, size) = chunks(of: wanted)
    let (positions, rows) = (winograd.positions, gemm.paddedRows(size))
    let step = GEMM.matrixStride(rows: rows, row: row)
    let productStep = GEMM.matrixStride(rows: rows, row: productRow)
    let transformed = Elements(positions) * (Elements(step) + Elements(productStep))
    let scratch = try (Elements(workspace) + transformed + Elements(to)).count(for: "conv2d")
    try ThreadPool.shared.run(chunks, scratch: scratch, for: "conv2d") { chunk, workspace in
      let tiles = chunk * size..<min(winograd.tiles, (chunk + 1) * size)
      let images = workspace + self.workspace
      let products = images + positions * step
      gemm.begin()
      for (index, term) in terms.enumerated() {
        transformImages(term.images, tiles, into: images, step: step)
        for position in 0..<positions {
          gemm.multiply(
            GEMMShape(rows: tiles.count, columns: to, depth: from),
            .rows(images + position * step, lda: row, packedB: weights(term, position, column: 0), isExact: false),
            accumulate: index > 0, epilogue: .none, into: products + position * productStep, ldc: productRow,
            workspace: workspace)
        }
      }
      gemm.end()
      transformBack(products, tiles, step: productStep, nowhere: products + positions * productStep)
    }
  }

  func byPositions() throws {
    let rows = gemm.paddedRows(winograd.tiles)
    let step = GEMM.matrixStride(rows: rows, row: row)
    let productStep = GEMM.matrixStride(rows: rows, row: productRow)
    let images = try terms.map { _ in try Tensor(Shape(winograd.positions, step), for: "conv2d") }
    let products = try Tensor(Shape(winograd.positions, productStep), for: "conv2d")
    parallelChunks(winograd.tiles, of: Packing.blockRows) { _, range in
      for (term, images) in zip(terms, images) {
        transformImages(term.images, range, into: images.pointer + range.lowerBound * row, step: step)
      }
    }
    let parts = WinogradParts(of: to, in: GEMM.blockColumns, matrices: winograd.positions, gemm.tuning)
    try ThreadPool.shared.run(parts.count, scratch: workspace, for: "conv2d") { chunk, workspace in
      let (position, columns) = parts[chunk]
      gemm.begin()
      for (index, (term, images)) in zip(terms, images).enumerated() {
        let weights = weights(term, position, column: columns.lowerBound)
        gemm.multiply(
          GEMMShape(rows: winograd.tiles, columns: columns.count, depth: from),
          .rows(images.source + position * step, lda: row, packedB: weights, isExact: false), accumulate: index > 0,
          epilogue: .none, into: products.pointer + position * productStep + columns.lowerBound, ldc: productRow,
          workspace: workspace)
      }
      gemm.end()
    }
    let (chunks, size) = chunks(of: 4 * Packing.blockRows)
    try ThreadPool.shared.run(chunks, scratch: to, for: "conv2d") { chunk, nowhere in
      let range = chunk * size..<min(winograd.tiles, (chunk + 1) * size)
      transformBack(products.pointer + range.lowerBound * productRow, range, step: productStep, nowhere: nowhere)
    }
  }

  private func transformImages(_ images: Tensor, _ tiles: Range<Int>, into v: Destination, step: Int) {
    let transform = isAdjoint ? winograd.transformCotangent : winograd.transformInput
    transform(images.source, from, tiles, zeros.source, v, row, step)
  }

  /// Packed B of one position's product, from a column on that begins a block.
  private func weights(_ term: (images: Tensor, weights: Tensor), _ position: Int, column: Int) -> Source {
    term.weights.source + winograd.matrix(of: position) * weightStep + column * gemm.paddedDepth(from)
  }

  private func transformBack(_ products: Source, _ tiles: Range<Int>, step: Int, nowhere: Destination) {
    if isAdjoint {
      let image = winograd.input.product * to
      let images = tiles.lowerBound / winograd.imageTiles..<tiles.upperBound / winograd.imageTiles
      (out.pointer + images.lowerBound * image).update(repeating: 0, count: images.count * image)
      winograd.addInputAdjoint(
        products, row: productRow, step: step, channels: to, tiles: tiles, nowhere: nowhere, to: out.pointer)
    } else {
      winograd.transformOutput(
        products, row: productRow, step: step, channels: to, tiles: tiles, nowhere: nowhere, into: out.pointer)
    }
  }
}
