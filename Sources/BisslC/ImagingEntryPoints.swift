import BisslCore
import BisslImaging
import BisslKernels
import CBissl

@_cdecl("bissl_augmentation_create")
public func augmentationCreate(
  _ names: UnsafePointer<UnsafePointer<CChar>?>?, _ values: UnsafePointer<Double>?, _ optionCount: Int64,
  _ augmentation: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  callBesideEngine(error) {
    try give(AugmentationHandle(Augmentation(try recipe(names, values, optionCount))), to: augmentation)
  }
}

@_cdecl("bissl_images_augment")
public func imagesAugment(
  _ augmentation: bissl_handle?, _ images: bissl_array, _ samples: UnsafePointer<Int64>?, _ sampleCount: Int64,
  _ seed: UInt64, _ epoch: UInt64, _ view: UInt64, _ output: bissl_array, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let augmentation = try object(augmentation, "augmentation", as: AugmentationHandle.self).augmentation
    let (pixels, shape) = try images.images("images", rank: 4, axes: "N, H, W, C")
    let size = augmentation.recipe.outputSize(height: shape[1], width: shape[2])
    let target = try output.target("output", Shape(shape[0], size.height, size.width, shape[3]))
    try augmentation.apply(
      images: pixels, shape: (shape[0], shape[1], shape[2], shape[3]),
      samples: integers(samples, sampleCount, "samples").map(Int64.init), seed: seed, epoch: epoch, view: view,
      into: target)
  }
}

@_cdecl("bissl_image_augment")
public func imageAugment(
  _ augmentation: bissl_handle?, _ pixels: bissl_array, _ sample: Int64, _ seed: UInt64, _ epoch: UInt64,
  _ view: UInt64, _ out: bissl_array, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  callBesideEngine(error) {
    let augmentation = try object(augmentation, "augmentation", as: AugmentationHandle.self).augmentation
    let (image, shape) = try pixels.images("pixels", rank: 3, axes: "H, W, C")
    let size = augmentation.recipe.outputSize(height: shape[0], width: shape[1])
    let target = try out.target("out", Shape(size.height, size.width, shape[2]))
    try augmentation.apply(
      image: image, shape: (shape[0], shape[1], shape[2]), sample: sample, seed: seed, epoch: epoch, view: view,
      into: target)
  }
}

@_cdecl("bissl_image_geometry")
public func imageGeometry(
  _ augmentation: bissl_handle?, _ height: Int64, _ width: Int64, _ sample: Int64, _ seed: UInt64, _ epoch: UInt64,
  _ view: UInt64, _ geometry: UnsafeMutablePointer<Double>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  callBesideEngine(error) {
    let augmentation = try object(augmentation, "augmentation", as: AugmentationHandle.self).augmentation
    let result = try augmentation.geometry(
      height: Int(height), width: Int(width), sample: sample, seed: seed, epoch: epoch, view: view)
    let size = [result.outputHeight, result.outputWidth].map(Double.init)
    let values = [result.top, result.left, result.height, result.width] + size + [result.isMirrored ? 1 : 0]
    for (index, value) in values.enumerated() { geometry?[index] = value }
  }
}

private func recipe(
  _ names: UnsafePointer<UnsafePointer<CChar>?>?, _ values: UnsafePointer<Double>?, _ count: Int64
) throws -> AugmentationRecipe {
  guard let names, let values, count > 0 else { return AugmentationRecipe() }
  try require(count <= 1024, .value("recipe: expected at most 1024 options, got \(count)"))
  let indices = 0..<Int(count)
  return try AugmentationRecipe(
    names: indices.map { try text(names[$0], "recipe option") }, values: indices.map { values[$0] })
}

extension bissl_array {
  /// The memory of uint8 images with `rank` axes.
  fileprivate func images(_ argument: String, rank: Int, axes: String) throws -> (UnsafePointer<UInt8>, Shape) {
    let (pixels, shape) = try bytes(argument)
    try require(
      shape.rank == rank,
      .value(
        "\(argument): expected uint8 (\(axes)), got shape \(shape): use \(argument)[..., None] where the last axis is "
          + "missing"))
    return (pixels, shape)
  }

  /// The memory of an array of the engine's precision that is written to, of shape `expected`.
  fileprivate func target(_ argument: String, _ expected: Shape) throws -> Destination {
    let shape = try checkedShape(argument)
    let (wanted, name) = Scalar.self == Float.self ? (BISSL_FLOAT32, "float32") : (BISSL_FLOAT64, "float64")
    try require(
      dtype == Int32(wanted.rawValue), .type("\(argument): expected an array of \(name), got another dtype"))
    guard let data, shape == expected, Int(bitPattern: data) % MemoryLayout<Scalar>.stride == 0 else {
      throw EngineError.value("\(argument): expected an aligned array of shape \(expected), got \(shape)")
    }
    return UnsafeMutableRawPointer(mutating: data).assumingMemoryBound(to: Scalar.self)
  }
}
