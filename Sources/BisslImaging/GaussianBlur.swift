import BisslCore
import BisslKernels
import Glibc

/// Gaussian blur as Pillow's ImageFilter.GaussianBlur: three passes of a box filter of fractional radius (Gwosdek et
/// al., "Theoretical foundations of Gaussian convolution by extended box filtering", 2011, equations 7, 11 and 14).
enum GaussianBlur {
  /// Of the box, for the largest standard deviation that a recipe allows (100).
  static let largestRadius = 100

  /// Computed in single precision at the places where Pillow does so.
  static func boxRadius(sigma: Double) -> Float {
    let variance = Float(sigma) * Float(sigma) / Float(ImagingBoxFilter.passes)
    let length = Float(sqrt(12 * Double(variance) + 1))
    let whole = Float(floor((Double(length) - 1) / 2))
    let numerator = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance)
    return whole + numerator / (6 * (variance - (whole + 1) * (whole + 1)))
  }

  static func apply(sigma: Double, in workspace: AugmentationWorkspace) {
    let filter = ImagingBoxFilter(radius: boxRadius(sigma: sigma))
    let (height, width) = (workspace.height, workspace.width)
    let (stride, lines) = (workspace.stride, workspace.lines)
    for channel in 0..<workspace.channels {
      let plane = workspace.plane(channel)
      for y in Swift.stride(from: 0, to: height, by: ImagingBoxFilter.rowsAtOnce) {
        let count = min(ImagingBoxFilter.rowsAtOnce, height - y)
        filter.alongRows(plane + y * stride, count: count, width: width, stride: stride, lines: lines)
      }
      for x in Swift.stride(from: 0, to: width, by: ImagingBoxFilter.lanes) {
        filter.alongColumns(plane + x, height: height, stride: stride, lines: lines)
      }
    }
  }
}
