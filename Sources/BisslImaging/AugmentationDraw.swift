import BisslCore

/// Everything that chance decides about one view of one image. What of it moves pixels is a `ViewGeometry`.
struct AugmentationDraw {
  /// Factors and order of colour jitter; a part that is `nil` is left out.
  struct Jitter {
    enum Part: UInt8 {
      case brightness, contrast, saturation, hue
    }

    var brightness: Double?
    var contrast: Double?
    var saturation: Double?
    /// Turn of the colour circle.
    var hue: Double?
    /// Raw values of `Part`.
    var order = SIMD4<UInt8>(0, 1, 2, 3)
  }

  /// `nil` where the recipe crops nothing at random.
  var crop: CropBox?
  var isMirrored = false
  var jitter: Jitter?
  var isGrey = false
  var blurSigma: Double?
  var isSolarized = false
}

extension AugmentationDraw {
  init(_ recipe: AugmentationRecipe, height: Int, width: Int, sample: Int64, from streams: AugmentationStreams) {
    func chance(_ probability: Double, _ random: inout Random) -> Bool {
      probability > 0 && random.uniform() < probability
    }
    if !recipe.centerCrop && recipe.shortSide == 0 {
      var random = streams.random(.crop, sample: sample)
      crop = CropBox.random(height: height, width: width, recipe: recipe, using: &random)
    }
    var flip = streams.random(.flip, sample: sample)
    isMirrored = chance(recipe.flipProbability, &flip)
    var color = streams.random(.jitter, sample: sample)
    if chance(recipe.jitterProbability, &color) { jitter = Jitter(recipe, using: &color) }
    var grey = streams.random(.grey, sample: sample)
    isGrey = chance(recipe.greyProbability, &grey)
    var blur = streams.random(.blur, sample: sample)
    if chance(recipe.blurProbability, &blur) { blurSigma = blur.uniform(recipe.blurSigmaMin, recipe.blurSigmaMax) }
    var solarize = streams.random(.solarize, sample: sample)
    isSolarized = chance(recipe.solarizeProbability, &solarize)
  }
}

extension AugmentationDraw.Jitter {
  /// `nil` where the recipe jitters nothing. Every part is drawn, so that strengths do not shift each other's draws.
  init?(_ recipe: AugmentationRecipe, using random: inout Random) {
    let strengths = (recipe.brightness, recipe.contrast, recipe.saturation, recipe.hue)
    guard strengths != (0, 0, 0, 0) else { return nil }
    func factor(_ strength: Double) -> Double? {
      let drawn = random.uniform(max(0, 1 - strength), 1 + strength)
      return strength > 0 ? drawn : nil
    }
    brightness = factor(strengths.0)
    contrast = factor(strengths.1)
    saturation = factor(strengths.2)
    let turn = random.uniform(-strengths.3, strengths.3)
    hue = strengths.3 > 0 ? turn : nil
    for last in [3, 2, 1] {
      let other = random.integer(below: last + 1)
      (order[last], order[other]) = (order[other], order[last])
    }
  }
}
