import BisslCore
import BisslKernels

/// Transforms of colours as torchvision applies them to Pillow images, on the planes of a workspace. Saturation, hue
/// and grey leave one-channel images as they are.
enum ColorTransforms {
  static func jitter(_ jitter: AugmentationDraw.Jitter, in workspace: AugmentationWorkspace) {
    for index in 0..<4 {
      switch AugmentationDraw.Jitter.Part(rawValue: jitter.order[index]) {
      case .brightness: if let factor = jitter.brightness { brightness(factor, in: workspace) }
      case .contrast: if let factor = jitter.contrast { contrast(factor, in: workspace) }
      case .saturation: if let factor = jitter.saturation { saturation(factor, in: workspace) }
      case .hue: if let turn = jitter.hue { hue(turn, in: workspace) }
      case nil: break
      }
    }
  }

  static func brightness(_ factor: Double, in workspace: AugmentationWorkspace) {
    ImagingColor.blend(
      workspace.plane(0), from: 0, factor: Float(factor), count: workspace.channels * workspace.planeBytes)
  }

  /// Away from, or towards, the mean grey of the image.
  static func contrast(_ factor: Double, in workspace: AugmentationWorkspace) {
    let grey = workspace.channels == 3 ? workspace.spare : workspace.plane(0)
    if workspace.channels == 3 { luma(into: grey, workspace) }
    var sum = 0
    for y in 0..<workspace.height { sum += ImagingColor.sum(grey + y * workspace.stride, count: workspace.width) }
    let mean = UInt8(Double(sum) / Double(workspace.height * workspace.width) + 0.5)
    ImagingColor.blend(
      workspace.plane(0), from: mean, factor: Float(factor), count: workspace.channels * workspace.planeBytes)
  }

  static func saturation(_ factor: Double, in workspace: AugmentationWorkspace) {
    guard workspace.channels == 3 else { return }
    ImagingColor.saturate(
      workspace.plane(0), workspace.plane(1), workspace.plane(2), factor: Float(factor), count: workspace.planeBytes)
  }

  /// `turn` in [−½, ½] of the colour circle, truncated to 255ths.
  static func hue(_ turn: Double, in workspace: AugmentationWorkspace) {
    guard workspace.channels == 3 else { return }
    ImagingHue.rotate(
      workspace.plane(0), workspace.plane(1), workspace.plane(2),
      by: UInt8(truncatingIfNeeded: Int(turn * 255)), count: workspace.planeBytes)
  }

  static func grey(in workspace: AugmentationWorkspace) {
    guard workspace.channels == 3 else { return }
    luma(into: workspace.spare, workspace)
    for channel in 0..<3 { workspace.plane(channel).update(from: workspace.spare, count: workspace.planeBytes) }
  }

  static func solarize(in workspace: AugmentationWorkspace) {
    ImagingColor.solarize(workspace.plane(0), threshold: 128, count: workspace.channels * workspace.planeBytes)
  }

  private static func luma(into grey: UnsafeMutablePointer<UInt8>, _ workspace: AugmentationWorkspace) {
    ImagingColor.grey(
      workspace.plane(0), workspace.plane(1), workspace.plane(2), into: grey, count: workspace.planeBytes)
  }
}
