import BisslCore
import Glibc

/// A rectangle of an image, in pixels.
struct CropBox: Equatable {
  var top: Int
  var left: Int
  var height: Int
  var width: Int

  /// The rule of torchvision's RandomResizedCrop: an area and an aspect ratio are drawn until the rectangle fits, ten
  /// times at most; then the largest central crop whose ratio is allowed.
  static func random(height: Int, width: Int, recipe: AugmentationRecipe, using random: inout Random) -> CropBox {
    let area = Double(height) * Double(width)
    let logRatios = (min: log(recipe.cropRatioMin), max: log(recipe.cropRatioMax))
    for _ in 0..<10 {
      let target = area * random.uniform(recipe.cropScaleMin, recipe.cropScaleMax)
      let ratio = exp(random.uniform(logRatios.min, logRatios.max))
      let (w, h) = (rounded(sqrt(target * ratio)), rounded(sqrt(target / ratio)))
      if w > 0, w <= width, h > 0, h <= height {
        return CropBox(
          top: random.integer(below: height - h + 1), left: random.integer(below: width - w + 1), height: h, width: w)
      }
    }
    return central(height: height, width: width, ratios: recipe.cropRatioMin...recipe.cropRatioMax)
  }

  /// The largest central crop whose aspect ratio lies in `ratios`.
  static func central(height: Int, width: Int, ratios: ClosedRange<Double>) -> CropBox {
    let ratio = Double(width) / Double(height)
    var (w, h) = (width, height)
    if ratio < ratios.lowerBound {
      h = min(height, max(1, rounded(Double(width) / ratios.lowerBound)))
    } else if ratio > ratios.upperBound {
      w = min(width, max(1, rounded(Double(height) * ratios.upperBound)))
    }
    return CropBox(top: (height - h) / 2, left: (width - w) / 2, height: h, width: w)
  }

  private static func rounded(_ value: Double) -> Int { Int(value.rounded(.toNearestOrEven)) }
}
