/// What happens to an image on its way into a batch. A recipe without settings takes the largest centred crop and
/// resizes it; each further transform is off until its field says otherwise. Transforms run in the order of the fields.
public struct AugmentationRecipe: Equatable, Sendable {
  /// Height and width of the output, pixels; without meaning where `shortSide` is set.
  public var size = 96

  // Random resized crop: share of the image's area and aspect ratio (width / height), drawn uniformly and
  // log-uniformly.
  public var cropScaleMin = 1.0
  public var cropScaleMax = 1.0
  public var cropRatioMin = 1.0
  public var cropRatioMax = 1.0
  /// Bicubic instead of bilinear resampling, both antialiased.
  public var bicubic = false

  /// Instead of the random crop: the central `size`×`size` pixels, after resizing.
  public var centerCrop = false
  /// With `centerCrop`: the length that the shorter side is resized to first; 0 leaves the image as it is.
  public var resizeShorter = 0

  /// Instead of any crop: the whole image, resized until its shorter side has this many pixels; 0 crops.
  public var shortSide = 0
  /// With `shortSide`: the most pixels that the longer side may have, which then decides; 0 is no bound.
  public var longSide = 0

  public var flipProbability = 0.0

  /// Colour jitter, its four parts in random order. Factors are uniform in [max(0, 1 − x), 1 + x], the hue's turn in
  /// [−hue, hue] of the circle. A part of strength 0 is left out.
  public var jitterProbability = 1.0
  public var brightness = 0.0
  public var contrast = 0.0
  public var saturation = 0.0
  public var hue = 0.0

  public var greyProbability = 0.0

  /// Gaussian blur, its standard deviation uniform, pixels of the output.
  public var blurProbability = 0.0
  public var blurSigmaMin = 0.1
  public var blurSigmaMax = 2.0

  public var solarizeProbability = 0.0

  /// Of values / 255, per channel; grey images use the first.
  public var mean = SIMD3<Double>(repeating: 0)
  public var std = SIMD3<Double>(repeating: 1)

  public init() {}
}
