import BisslCore

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
    fill(workspace.vertical, vertical, isMirrored: false, workspace)
    fill(workspace.horizontal, horizontal, isMirrored: isMirrored, workspace)
    // The window's taps move downwards with its outputs: the first and last outputs bound the rows that are needed.
    let last = workspace.size - 1
    let needed =
      Int(workspace.vertical.first[0])..<Int(workspace.vertical.first[last] + workspace.vertical.length[last])
    let source = image + vertical.start * rowBytes + horizontal.start * workspace.channels
    horizontalPass(source, rowBytes: rowBytes, rows: needed, workspace)
    verticalPass(workspace)
  }

  private func fill(
    _ table: ResamplingTable, _ axis: ResamplingAxis, isMirrored: Bool, _ workspace: AugmentationWorkspace
  ) {
    ImagingResampling.fill(
      table, filter: filter, inputs: axis.inputs, outputs: axis.outputs, window: axis.window, mirrored: isMirrored,
      weights: workspace.weights)
  }

  private func horizontalPass(
    _ source: UnsafePointer<UInt8>, rowBytes: Int, rows: Range<Int>, _ workspace: AugmentationWorkspace
  ) {
    let isColor = workspace.channels == 3
    let pack = isColor ? ImagingResampling.packColor : ImagingResampling.packGrey
    let resample = isColor ? ImagingResampling.horizontalColor : ImagingResampling.horizontalGrey
    let group = isColor ? 4 : ImagingResampling.lanes
    for first in Swift.stride(from: rows.lowerBound, to: rows.upperBound, by: group) {
      let count = min(group, rows.upperBound - first)
      pack(source + first * rowBytes, rowBytes, count, horizontal.inputs, workspace.cells)
      resample(
        workspace.cells, workspace.horizontal, workspace.size, count,
        workspace.rows + first * workspace.layout.rowBytes, workspace.layout.rowBytes)
    }
  }

  private func verticalPass(_ workspace: AugmentationWorkspace) {
    let isColor = workspace.channels == 3
    for y in 0..<workspace.size {
      let offset = y * workspace.stride
      ImagingResampling.vertical(
        workspace.rows, rowBytes: workspace.layout.rowBytes, workspace.vertical, output: y,
        into: isColor ? workspace.pixelRow : workspace.plane(0) + offset)
      if isColor {
        ImagingResampling.separate(
          workspace.pixelRow, count: workspace.size, red: workspace.plane(0) + offset,
          green: workspace.plane(1) + offset, blue: workspace.plane(2) + offset)
      }
    }
  }
}

extension ImageResize {
  init(_ draw: AugmentationDraw, recipe: AugmentationRecipe, height: Int, width: Int) {
    if let crop = draw.crop {
      vertical = ResamplingAxis(crop: crop.top, crop.height, to: recipe.size)
      horizontal = ResamplingAxis(crop: crop.left, crop.width, to: recipe.size)
    } else {
      let resized = ResamplingAxis.resized(height: height, width: width, shorter: recipe.resizeShorter)
      vertical = ResamplingAxis(center: height, resized: resized.height, to: recipe.size)
      horizontal = ResamplingAxis(center: width, resized: resized.width, to: recipe.size)
    }
    isMirrored = draw.isMirrored
    filter = recipe.filter
  }
}
