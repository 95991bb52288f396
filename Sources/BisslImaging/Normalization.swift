import BisslCore
import BisslKernels

/// (value / 255 − mean) / std for every byte and channel, as tables: 256 numbers per channel.
struct Normalization {
  private let tables: [Scalar]

  init(_ recipe: AugmentationRecipe) {
    tables = (0..<3).flatMap { channel in
      (0..<256).map { Scalar((Double($0) / 255 - recipe.mean[channel]) / recipe.std[channel]) }
    }
  }

  /// The planes of a workspace to (height, width, channels) numbers.
  func apply(_ workspace: AugmentationWorkspace, into output: Destination) {
    tables.withUnsafeBufferPointer { tables in
      guard let tables = tables.baseAddress else { return }
      for y in 0..<workspace.height {
        let offset = y * workspace.stride
        let row = output + y * workspace.width * workspace.channels
        if workspace.channels == 3 {
          ImagingColor.normalize(
            workspace.plane(0) + offset, workspace.plane(1) + offset, workspace.plane(2) + offset, tables: tables,
            into: row, count: workspace.width)
        } else {
          ImagingColor.normalize(workspace.plane(0) + offset, table: tables, into: row, count: workspace.width)
        }
      }
    }
  }
}
