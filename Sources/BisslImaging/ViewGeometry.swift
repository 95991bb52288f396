import BisslCore

/// Where a view shows the pixels of its image: a rectangle of the image is resized to the view, then perhaps mirrored.
/// What labels pixels or parts of an image moves by it.
public struct ViewGeometry: Equatable, Sendable {
  /// The rectangle, in pixels of the image from its top left corner; fractions where a resized image was cropped.
  public let top, left, height, width: Double
  /// Of the view, pixels.
  public let outputHeight, outputWidth: Int
  /// Left and right are exchanged, after the resize.
  public let isMirrored: Bool
}

extension ViewGeometry {
  /// Of the resize that makes the view's pixels: both follow from the same axes.
  init(_ resize: ImageResize) {
    (top, height) = resize.vertical.shown
    (left, width) = resize.horizontal.shown
    (outputHeight, outputWidth) = (resize.vertical.window.count, resize.horizontal.window.count)
    isMirrored = resize.isMirrored
  }
}

extension Augmentation {
  /// Where the view of an image that `apply` makes of the same sample, seed, epoch and view shows its pixels.
  ///
  /// `ValueError` for sizes of images that `apply` refuses.
  public func geometry(height: Int, width: Int, sample: Int64, seed: UInt64, epoch: UInt64, view: UInt64) throws
    -> ViewGeometry
  {
    try validate((height, width, 3), name: "image", text: "(\(height), \(width))")
    let streams = AugmentationStreams(seed: seed, epoch: epoch, view: view)
    let draw = AugmentationDraw(recipe, height: height, width: width, sample: sample, from: streams)
    return ViewGeometry(ImageResize(draw, recipe: recipe, height: height, width: width))
  }
}

extension AugmentationRecipe {
  /// Height and width of the view of an image of `height`×`width` pixels. Lengths that are not whole are truncated, in
  /// integers, but none below 1. Images without pixels have no view; for them this is the crop's size.
  public func outputSize(height: Int, width: Int) -> (height: Int, width: Int) {
    guard shortSide > 0, min(height, width) > 0 else { return (size, size) }
    var (short, long) = (shortSide, shortSide * max(height, width) / min(height, width))
    if longSide > 0 && long > longSide {
      (short, long) = (max(1, longSide * min(height, width) / max(height, width)), longSide)
    }
    return height <= width ? (short, long) : (long, short)
  }
}
