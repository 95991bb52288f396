import BisslCore
import BisslKernels

/// Maps made of others by Y = A X Bᵀ in every channel, as RoIAlign and bilinear interpolation do: output map k is made of
/// the map `sources[k]`. The positions of A are those of one output map after another, or of one that all are made alike.
public struct SeparableResampling: Sendable {
  let sources: [Int]
  /// Of an output map.
  let size: Extent2
  /// A and B.
  let rows, columns: AxisWeights

  /// (maps, H, W, C) to (sources, height, width, C).
  func apply(to x: Tensor, for name: String) throws -> Tensor {
    let (width, channels) = (x.shape[2], x.shape[3])
    let y = try Tensor(Shape(sources.count, size.height, size.width, channels), for: name)
    if y.count == 0 { return y }
    let chunk = rowsPerChunk(of: size.width * channels)
    let count = sources.count * size.height
    try ThreadPool.shared.run((count + chunk - 1) / chunk, scratch: width * channels, for: name) { index, scratch in
      for row in index * chunk..<min(count, (index + 1) * chunk) {
        let map = row / size.height
        Resampling.row(
          x.source + sources[map] * x.shape[1] * width * channels, width: width, channels: channels,
          rows, row: row % rows.positions, columns, columns: columnPositions(of: map),
          into: y.pointer + row * size.width * channels, scratch: scratch)
      }
    }
    return y
  }

  /// Adds Aᵀ Ȳ B of each output map to its source, in order. Work is shared by source and block of channels, none of
  /// which two threads write to.
  func transpose(of y: Tensor, to shape: Shape, for name: String) throws -> Tensor {
    let x = try Tensor.zeros(shape)
    if x.count == 0 || y.count == 0 { return x }
    let (width, channels) = (shape[2], shape[3])
    let block = min(channels, channels < 256 ? 16 : 64)
    let blocks = (channels + block - 1) / block
    let uses = SelectRows.Uses(of: sources, among: shape[0])
    try ThreadPool.shared.run(shape[0] * blocks, scratch: width * block, for: name) { chunk, scratch in
      let (source, first) = (chunk / blocks, chunk % blocks * block)
      for map in uses.rows(of: source) {
        for row in map * size.height..<(map + 1) * size.height {
          Resampling.addTransposed(
            y.source + row * size.width * channels + first, width: width, channels: channels,
            block: min(block, channels - first), rows, row: row % rows.positions, columns,
            columns: columnPositions(of: map), to: x.pointer + source * shape[1] * width * channels + first,
            scratch: scratch)
        }
      }
    }
    return x
  }

  private func columnPositions(of map: Int) -> Range<Int> {
    let start = map * size.width % columns.positions
    return start..<start + size.width
  }
}
