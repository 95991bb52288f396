import BisslCore
import BisslKernels

/// A checked recipe with what is worked out once for all images. Images are cropped, resized, changed in colour and
/// normalised in one go, straight into the batch.
///
/// The random numbers of an image are found by the number of its sample together with seed, epoch and view: results
/// depend neither on the rest of a batch and its order, nor on threads.
public struct Augmentation: Sendable {
  /// Of an image, pixels.
  static let largestSide = 65_535
  /// Of a view, pixels.
  static let largestView = 16_384

  public let recipe: AugmentationRecipe
  private let normalization: Normalization

  /// `ValueError` for recipes that are out of range.
  public init(_ recipe: AugmentationRecipe) throws {
    try recipe.validate()
    self.recipe = recipe
    normalization = Normalization(recipe)
  }

  /// One image, on the calling thread alone. `image`: uint8 (height, width, channels), channels 1 or 3. `output`:
  /// (height, width, channels) of the recipe's output size, overwritten.
  ///
  /// `ValueError` for other numbers of channels, empty images, images smaller than a centre crop, and images so long that
  /// their view would be longer than `largestView`; `MemoryError` where the buffers cannot be had.
  public func apply(
    image: UnsafePointer<UInt8>, shape: (height: Int, width: Int, channels: Int), sample: Int64, seed: UInt64,
    epoch: UInt64, view: UInt64, into output: Destination
  ) throws {
    try validate(shape, name: "pixels", text: "(\(shape.height), \(shape.width), \(shape.channels))")
    let images = try prepared(image, shape, AugmentationStreams(seed: seed, epoch: epoch, view: view))
    images.augment(0, sample: sample, in: try AugmentationWorkspace(images.layout), into: output)
  }

  /// A batch, on the engine's threads. `images`: uint8 (n, height, width, channels), of `samples`, n numbers. `target`:
  /// (n, height, width, channels) of the recipe's output size, overwritten. Errors as for one image.
  public func apply(
    images: UnsafePointer<UInt8>, shape: (n: Int, height: Int, width: Int, channels: Int), samples: [Int64],
    seed: UInt64, epoch: UInt64, view: UInt64, into target: Destination
  ) throws {
    let text = "(\(shape.n), \(shape.height), \(shape.width), \(shape.channels))"
    try require(shape.n > 0, .value("images: shape \(text) is empty: expected at least one image"))
    try validate((shape.height, shape.width, shape.channels), name: "images", text: text)
    try require(
      samples.count == shape.n, .value("samples: expected one number per image (\(shape.n)), got \(samples.count)"))
    _ = try Shape(shape.n, shape.height, shape.width, shape.channels)
    let output = recipe.outputSize(height: shape.height, width: shape.width)
    _ = try Shape(shape.n, output.height, output.width, shape.channels)
    let streams = AugmentationStreams(seed: seed, epoch: epoch, view: view)
    try prepared(images, (shape.height, shape.width, shape.channels), streams).run(samples, into: target)
  }

  private func prepared(
    _ pixels: UnsafePointer<UInt8>, _ shape: (height: Int, width: Int, channels: Int), _ streams: AugmentationStreams
  ) throws -> AugmentationBatch {
    AugmentationBatch(
      images: pixels, height: shape.height, width: shape.width, channels: shape.channels, recipe: recipe,
      streams: streams, normalization: normalization,
      layout: try AugmentationWorkspaceLayout(
        image: (shape.height, shape.width), channels: shape.channels, recipe: recipe))
  }

  func validate(_ shape: (height: Int, width: Int, channels: Int), name: String, text: String) throws {
    let batch = name == "images"
    try require(
      shape.channels == 1 || shape.channels == 3,
      .value(
        "\(name): expected uint8 (\(batch ? "N, " : "")H, W, C) with 1 or 3 channels, got shape \(text): channels "
          + "come last (\(name).transpose(\(batch ? "0, 2, 3, 1" : "1, 2, 0")) if they come first, \(name)[..., None] if the "
          + "axis is missing)"))
    try require(
      shape.height > 0 && shape.width > 0,
      .value("\(name): shape \(text) is empty: expected images of at least one pixel"))
    try require(
      shape.height <= Augmentation.largestSide && shape.width <= Augmentation.largestSide,
      .value("\(name): shape \(text): expected at most \(Augmentation.largestSide) pixels a side"))
    let output = recipe.outputSize(height: shape.height, width: shape.width)
    try require(
      max(output.height, output.width) <= Augmentation.largestView,
      .value(
        "\(name): a view of \(shape.height)×\(shape.width) pixels would have \(output.height)×\(output.width), more than "
          + "\(Augmentation.largestView) a side: set long_side"))
    if recipe.centerCrop && recipe.resizeShorter == 0 {
      try require(
        min(shape.height, shape.width) >= recipe.size,
        .value(
          "\(name): \(shape.height)×\(shape.width) pixels are smaller than the centre crop of size \(recipe.size): "
            + "set resize_shorter to at least \(recipe.size), or lower size"))
    }
  }
}
