import BisslCore

/// Augmentation of a batch of images: every image is cropped, resized, changed in colour and normalised in one go,
/// straight into the batch.
public enum Augmentation {
  /// Of an image, pixels.
  static let largestSide = 65_535

  /// `images`: uint8 (n, height, width, channels), channels 1 or 3. `samples`: n numbers by which the random numbers of
  /// an image are found, together with `seed`, `epoch` and `view`: the result for a sample does not depend on the rest
  /// of the batch, its order, or the number of threads. `output`: (n, size, size, channels), overwritten.
  ///
  /// `ValueError` for other numbers of channels, empty images, images smaller than a centre crop, and recipes that are
  /// out of range; `MemoryError` where the buffers cannot be had.
  public static func apply(
    images: UnsafePointer<UInt8>, shape: (n: Int, height: Int, width: Int, channels: Int), samples: [Int64],
    recipe: AugmentationRecipe, seed: UInt64, epoch: UInt64, view: UInt64, into output: Destination
  ) throws {
    try validate(shape, samples: samples, recipe: recipe)
    let batch = AugmentationBatch(
      images: images, height: shape.height, width: shape.width, channels: shape.channels, recipe: recipe,
      streams: AugmentationStreams(seed: seed, epoch: epoch, view: view),
      normalization: try Normalization(recipe, channels: shape.channels),
      layout: try AugmentationWorkspaceLayout(
        height: shape.height, width: shape.width, channels: shape.channels, recipe: recipe))
    try batch.run(samples, into: output)
  }

  private static func validate(
    _ shape: (n: Int, height: Int, width: Int, channels: Int), samples: [Int64], recipe: AugmentationRecipe
  ) throws {
    let text = "(\(shape.n), \(shape.height), \(shape.width), \(shape.channels))"
    try require(
      shape.channels == 1 || shape.channels == 3,
      .value(
        "images: expected uint8 (N, H, W, C) with 1 or 3 channels, got shape \(text): channels come last "
          + "(images.transpose(0, 2, 3, 1) if they come first, images[..., None] if the axis is missing)"))
    try require(
      shape.n > 0 && shape.height > 0 && shape.width > 0,
      .value("images: shape \(text) is empty: expected at least one image of at least one pixel"))
    try require(
      shape.height <= largestSide && shape.width <= largestSide,
      .value("images: shape \(text): expected at most \(largestSide) pixels a side"))
    try require(
      samples.count == shape.n, .value("samples: expected one number per image (\(shape.n)), got \(samples.count)"))
    try recipe.validate()
    _ = try Shape(shape.n, shape.height, shape.width, shape.channels)
    _ = try Shape(shape.n, recipe.size, recipe.size, shape.channels)
    if recipe.centerCrop && recipe.resizeShorter == 0 {
      try require(
        min(shape.height, shape.width) >= recipe.size,
        .value(
          "images: \(shape.height)×\(shape.width) pixels are smaller than the centre crop of size \(recipe.size): "
            + "set resize_shorter to at least \(recipe.size), or lower size"))
    }
  }
}
