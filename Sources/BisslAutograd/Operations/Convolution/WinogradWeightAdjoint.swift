import BisslCore
import BisslKernels

/// The stages of the weight adjoint, up to the transformed adjoint: (matrices, padded inputs, padded outputs).
struct WinogradWeightAdjoint {
  private let winograd: Winograd
  private let gemm: any GEMMBackend
  private let inputs, outputs: Int
  private let terms: [(a: Tensor, cotangent: Tensor)]
  private let zeros: Tensor
  /// Elements from one tile to the next of transformed images.
  private let imageRow: Int
  /// Elements from one input to the next of the adjoint, and from one tile to the next of transformed cotangents.
  let row: Int
  /// Elements from one matrix of the adjoint to the next.
  let size: Int

  init(
    _ winograd: Winograd, _ gemm: any GEMMBackend, inputs: Int, outputs: Int, terms: [(a: Tensor, cotangent: Tensor)]
  ) throws {
    self.winograd = winograd
    self.gemm = gemm
    self.inputs = inputs
    self.outputs = outputs
    self.terms = terms
    zeros = try Tensor.zeros(Shape(max(inputs, outputs)))
    (imageRow, row) = (GEMM.rowStride(inputs), GEMM.rowStride(outputs))
    size = GEMM.matrixStride(rows: gemm.paddedRows(inputs), row: row)
  }

  /// Whether a thread's sums leave its cache while tiles pass.
  var areSumsLarge: Bool { winograd.matrices * size > Self.sumsInCache }

  /// Runs of chunks make partial sums, added in order: several chunks each, so that to add them costs little.
  func byTiles(inChunksOf count: Int) throws -> Tensor {
    let (positions, matrices) = (winograd.positions, winograd.matrices)
    let sumElements = try (Elements(matrices) * Elements(size)).count(for: "conv2d")
    let chunks = (winograd.tiles + count - 1) / count
    let runs = partialSums(of: chunks, atMost: Self.partialElements / sumElements)
    let partial = try Tensor(Shape(runs, sumElements), for: "conv2d")
    let (step, cotangentStep) = steps(tiles: count)
    let workspaceElements = try workspace(tiles: count)
    let transformed = Elements(positions) * (Elements(step) + Elements(cotangentStep))
    let scratch = try (Elements(workspaceElements) + transformed).count(for: "conv2d")
    try ThreadPool.shared.run(runs, scratch: scratch, for: "conv2d") { run, workspace in
      let images = workspace + workspaceElements
      let cotangents = images + positions * step
      let sum = partial.pointer + run * sumElements
      var accumulate = false
      for term in terms {
        for chunk in run * chunks / runs..<(run + 1) * chunks / runs {
          let tiles = chunk * count..<min(winograd.tiles, (chunk + 1) * count)
          transform(term, tiles, into: images, step: step, and: cotangents, cotangentStep: cotangentStep)
          gemm.begin()
          for matrix in 0..<matrices {
            for (index, position) in winograd.positions(of: matrix).enumerated() {
              gemm.multiply(
                GEMMShape(rows: inputs, columns: outputs, depth: tiles.count),
                .transposed(images + position * step, lda: imageRow, cotangents + position * cotangentStep, ldb: row),
                accumulate: accumulate || index > 0, epilogue: .none, into: sum + matrix * size, ldc: row,
                workspace: workspace)
            }
          }
          gemm.end()
          accumulate = true
        }
      }
    }
    let sum = try Tensor(Shape(sumElements), for: "conv2d")
    partial.sumOfRows(into: sum)
    return sum
  }

  /// Slab after slab of tiles, each stage shared out for all of them: they are transformed, then every sum is in a cache
  /// while they pass.
  func byPositions() throws -> Tensor {
    let count = tilesPerSlab
    let (step, cotangentStep) = steps(tiles: count)
    let images = try Tensor(Shape(winograd.positions, step), for: "conv2d")
    let cotangents = try Tensor(Shape(winograd.positions, cotangentStep), for: "conv2d")
    let sum = try Tensor(Shape(winograd.matrices, size), for: "conv2d")
    let parts = WinogradParts(of: inputs, in: gemm.blockRows, matrices: winograd.matrices, gemm.tuning)
    let workspaceElements = try workspace(tiles: count)
    for (number, term) in terms.enumerated() {
      for first in stride(from: 0, to: winograd.tiles, by: count) {
        let tiles = min(count, winograd.tiles - first)
        let isFirst = number == 0 && first == 0
        parallelChunks(tiles, of: Packing.blockRows) { _, range in
          transform(
            term, first + range.lowerBound..<first + range.upperBound,
            into: images.pointer + range.lowerBound * imageRow, step: step,
            and: cotangents.pointer + range.lowerBound * row, cotangentStep: cotangentStep)
        }
        try ThreadPool.shared.run(parts.count, scratch: workspaceElements, for: "conv2d") { chunk, workspace in
          // The last matrix has the most positions: it goes first.
          let (matrix, rows) = parts[parts.count - 1 - chunk]
          gemm.begin()
          for (index, position) in winograd.positions(of: matrix).enumerated() {
            gemm.multiply(
              GEMMShape(rows: rows.count, columns: outputs, depth: tiles),
              .transposed(
                images.source + position * step + rows.lowerBound, lda: imageRow,
                cotangents.source + position * cotangentStep, ldb: row),
              accumulate: !isFirst || index > 0, epilogue: .none,
              into: sum.pointer + matrix * size + rows.lowerBound * row, ldc: row, workspace: workspace)
          }
          gemm.end()
        }
      }
    }
    return sum
  }

  /// Enough that their transforms outweigh the sums, or fill what cores share of a cache; slabs are of one size but the last.
  private var tilesPerSlab: Int {
    let elements = max(Self.slabElements, winograd.matrices * size)
    let fitting = max(gemm.tuning.efficientRows, elements / (winograd.positions * (imageRow + row)))
    let slabs = (winograd.tiles + fitting - 1) / fitting
    return gemm.paddedRows((winograd.tiles + slabs - 1) / slabs)
  }

  /// Elements from one position to the next of the transformed images and cotangents of some tiles.
  private func steps(tiles: Int) -> (images: Int, cotangents: Int) {
    (GEMM.matrixStride(rows: tiles, row: imageRow), GEMM.matrixStride(rows: tiles, row: row))
  }

  /// Elements of a thread's workspace for products over some tiles.
  private func workspace(tiles: Int) throws -> Int {
    try gemm.workspace(depth: tiles, rows: inputs, columns: outputs).count(for: "conv2d")
  }

  private func transform(
    _ term: (a: Tensor, cotangent: Tensor), _ tiles: Range<Int>, into v: Destination, step: Int, and w: Destination,
    cotangentStep: Int
  ) {
    winograd.transformInput(
      term.a.source, channels: inputs, tiles: tiles, zeros: zeros.source, into: v, row: imageRow, step: step)
    winograd.transformCotangent(
      term.cotangent.source, channels: outputs, tiles: tiles, zeros: zeros.source, into: w, row: row,
      step: cotangentStep)
  }

  /// Elements of sums that stay in a core's cache: 2 MiB in single precision.
  private static let sumsInCache = 1 << 19
  /// Elements that all partial sums may have: 64 MiB in single precision.
  private static let partialElements = 16 << 20
  /// Elements of transformed tiles that cores have at a time, at least: 12 MiB in single precision.
  private static let slabElements = 3 << 20
}
