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

  /// Runs of chunks make partial sums, added in order. The larger the weights, the fewer the runs.
  func byTiles(inChunksOf count: Int) throws -> Tensor {
    let (positions, matrices) = (winograd.positions, winograd.matrices)
    let sumElements = try (Elements(matrices) * Elements(size)).count(for: "conv2d")
    let chunks = (winograd.tiles + count - 1) / count
    let runs = powerOfTwo(atMost: max(1, min(chunks, Self.partialElements / sumElements, 16)))
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

  func byPositions() throws -> Tensor {
    let (tiles, positions) = (winograd.tiles, winograd.positions)
    let (step, cotangentStep) = steps(tiles: tiles)
    let images = try terms.map { _ in try Tensor(Shape(positions, step), for: "conv2d") }
    let cotangents = try terms.map { _ in try Tensor(Shape(positions, cotangentStep), for: "conv2d") }
    parallelChunks(tiles, of: Packing.blockRows) { _, range in
      for (index, term) in terms.enumerated() {
        transform(
          term, range, into: images[index].pointer + range.lowerBound * imageRow, step: step,
          and: cotangents[index].pointer + range.lowerBound * row, cotangentStep: cotangentStep)
      }
    }
    let sum = try Tensor(Shape(winograd.matrices, size), for: "conv2d")
    let parts = WinogradParts(of: inputs, in: gemm.blockRows, matrices: winograd.matrices, gemm.tuning)
    try ThreadPool.shared.run(parts.count, scratch: workspace(tiles: tiles), for: "conv2d") { chunk, workspace in
      // The last matrix has the most positions: it goes first.
      let (matrix, rows) = parts[parts.count - 1 - chunk]
      gemm.begin()
      for (term, (images, cotangents)) in zip(images, cotangents).enumerated() {
        for (index, position) in winograd.positions(of: matrix).enumerated() {
          gemm.multiply(
            GEMMShape(rows: rows.count, columns: outputs, depth: tiles),
            .transposed(
              images.source + position * step + rows.lowerBound, lda: imageRow,
              cotangents.source + position * cotangentStep, ldb: row),
            accumulate: term > 0 || index > 0, epilogue: .none,
            into: sum.pointer + matrix * size + rows.lowerBound * row, ldc: row, workspace: workspace)
        }
      }
      gemm.end()
    }
    return sum
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

  /// Elements that all partial sums may have: 24 MiB in single precision.
  private static let partialElements = 6 << 20
}
