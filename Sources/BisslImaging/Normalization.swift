import BisslCore

/// (value / 255 − mean) / std for every byte and channel, as tables.
struct Normalization {
  private let tables: Tensor

  init(_ recipe: AugmentationRecipe, channels: Int) throws {
    tables = try Tensor(Shape(channels, 256))
    for channel in 0..<channels {
      for value in 0..<256 {
        let scaled = (Double(value) / 255 - recipe.mean[channel]) / recipe.std[channel]
        tables.pointer[256 * channel + value] = Scalar(scaled)
      }
    }
  }

  /// The planes of a workspace to (size, size, channels) numbers.
  func apply(_ workspace: AugmentationWorkspace, into output: Destination) {
    for y in 0..<workspace.size {
      let offset = y * workspace.stride
      let row = output + y * workspace.size * workspace.channels
      if workspace.channels == 3 {
        ImagingColor.normalize(
          workspace.plane(0) + offset, workspace.plane(1) + offset, workspace.plane(2) + offset,
          tables: tables.source, into: row, count: workspace.size)
      } else {
        ImagingColor.normalize(workspace.plane(0) + offset, table: tables.source, into: row, count: workspace.size)
      }
    }
  }
}
