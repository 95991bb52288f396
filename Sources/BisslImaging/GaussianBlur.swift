import BisslCore
import Glibc

/// Gaussian blur as Pillow's ImageFilter.GaussianBlur: three passes of a box filter of fractional radius (Gwosdek et
/// al., "Theoretical foundations of Gaussian convolution by extended box filtering", 2011, equations 7, 11 and 14).
enum GaussianBlur {
  static let passes = 3
  /// Of the box, for the largest standard deviation that a recipe allows (100).
  static let largestRadius = 100

  /// Computed in single precision at the places where Pillow does so.
  static func boxRadius(sigma: Double) -> Float {
    let variance = Float(sigma) * Float(sigma) / Float(passes)
    let length = Float(sqrt(12 * Double(variance) + 1))
    let whole = Float(floor((Double(length) - 1) / 2))
    let numerator = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance)
    return whole + numerator / (6 * (variance - (whole + 1) * (whole + 1)))
  }

  static func apply(sigma: Double, in workspace: AugmentationWorkspace) {
    let filter = ImagingBoxFilter(radius: boxRadius(sigma: sigma))
    for channel in 0..<workspace.channels {
      let plane = workspace.plane(channel)
      for y in 0..<workspace.size {
        for _ in 0..<passes {
          filter.alongRow(
            plane + y * workspace.stride, width: workspace.size, line: workspace.line, sums: workspace.sums)
        }
      }
      columns(plane, filter, workspace)
    }
  }

  private static func columns(
    _ plane: UnsafeMutablePointer<UInt8>, _ filter: ImagingBoxFilter, _ workspace: AugmentationWorkspace
  ) {
    var (source, target) = (plane, workspace.spare)
    for _ in 0..<passes {
      filter.alongColumns(
        source, height: workspace.size, stride: workspace.stride, into: target, sums: workspace.sums)
      swap(&source, &target)
    }
    if source != plane { plane.update(from: source, count: workspace.planeBytes) }
  }
}
