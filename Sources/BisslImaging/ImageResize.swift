import BisslCore
import BisslKernels

extension AugmentationRecipe {
  var filter: ResamplingFilter { bicubic ? .bicubic : .bilinear }
}

/// Crop, resize and horizontal flip in one go, into the planes of a workspace. As in torchvision the crop comes first:
/// pixels outside it do not enter. The flip is a reversal of the horizontal table.
struct ImageResize {
  let vertical: ResamplingAxis
  let horizontal: ResamplingAxis
  let isMirrored: Bool
  let filter: ResamplingFilter

  /// `image`: uint8 (height, width, channels), `rowBytes` from row to row.
  func apply(_ image: UnsafePointer<UInt8>, rowBytes: Int, in workspace: AugmentationWorkspace) {
    let columns = table(workspace.horizontal, horizontal, isMirrored: isMirrored, workspace)
    let rows = table(workspace.vertical, vertical, isMirrored: false, workspace)
    let source = image + vertical.start * rowBytes + horizontal.start * workspace.channels
    horizontalPass(source, rowBytes: rowBytes, columns, rowPairs: rows.pairs(outputs: workspace.height), workspace)
    verticalPass(rows, workspace)
  }

  private func table(
    _ empty: ResamplingTable, _ axis: ResamplingAxis, isMirrored: Bool, _ workspace: AugmentationWorkspace
  ) -> ResamplingTable {
    var table = empty
    table.fill(
      filter: filter, inputs: axis.inputs, outputs: axis.outputs, window: axis.window, mirrored: isMirrored,
      weights: workspace.weights)
    return table
  }

  /// Only of the rows that the vertical pass takes, from only the columns that this one takes.
  private func horizontalPass(
    _ source: UnsafePointer<UInt8>, rowBytes: Int, _ table: ResamplingTable, rowPairs: Range<Int>,
    _ workspace: AugmentationWorkspace
  ) {
    let isColor = workspace.channels == 3
    let pack = isColor ? ImagingResampling.packColor : ImagingResampling.packGrey
    let resample = isColor ? ImagingResampling.horizontalColor : ImagingResampling.horizontalGrey
    let group = ImagingResampling.lanes / ImagingResampling.pixelLanes(channels: workspace.channels)
    let columnPairs = table.pairs(outputs: workspace.width)
    let end = min(2 * rowPairs.upperBound, vertical.inputs)
    for first in Swift.stride(from: 2 * rowPairs.lowerBound, to: end, by: group) {
      let count = min(group, end - first)
      pack(source + first * rowBytes, rowBytes, count, horizontal.inputs, columnPairs, workspace.cells)
      resample(
        workspace.cells, table, workspace.width, (count + 1) / 2,
        workspace.rows + first / 2 * workspace.layout.rowLanes, workspace.layout.rowLanes)
    }
  }

  private func verticalPass(_ table: ResamplingTable, _ workspace: AugmentationWorkspace) {
    let isColor = workspace.channels == 3
    for y in 0..<workspace.height {
      let offset = y * workspace.stride
      ImagingResampling.vertical(
        workspace.rows, rowLanes: workspace.layout.rowLanes, table, output: y,
        into: isColor ? workspace.pixelRow : workspace.plane(0) + offset)
      if isColor {
        ImagingResampling.separate(
          workspace.pixelRow, count: workspace.width, red: workspace.plane(0) + offset,
          green: workspace.plane(1) + offset, blue: workspace.plane(2) + offset)
      }
    }
  }
}

extension ImageResize {
  init(_ draw: AugmentationDraw, recipe: AugmentationRecipe, height: Int, width: Int) {
    let output = recipe.outputSize(height: height, width: width)
    if let crop = draw.crop {
      vertical = ResamplingAxis(crop: crop.top, crop.height, to: output.height)
      horizontal = ResamplingAxis(crop: crop.left, crop.width, to: output.width)
    } else if recipe.shortSide > 0 {
      vertical = ResamplingAxis(crop: 0, height, to: output.height)
      horizontal = ResamplingAxis(crop: 0, width, to: output.width)
    } else {
      let resized = ResamplingAxis.resized(height: height, width: width, shorter: recipe.resizeShorter)
      vertical = ResamplingAxis(center: height, resized: resized.height, to: output.height)
      horizontal = ResamplingAxis(center: width, resized: resized.width, to: output.width)
    }
    isMirrored = draw.isMirrored
    filter = recipe.filter
  }
}
