import BisslCore
import BisslImaging
import CBissl

@_cdecl("bissl_images_augment")
public func imagesAugment(
  _ images: bissl_array, _ samples: UnsafePointer<Int64>?, _ sampleCount: Int64,
  _ names: UnsafePointer<UnsafePointer<CChar>?>?, _ values: UnsafePointer<Double>?, _ optionCount: Int64,
  _ seed: UInt64, _ epoch: UInt64, _ view: UInt64, _ output: bissl_array, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    let recipe = try recipe(names, values, optionCount)
    let (pixels, shape) = try images.bytes("images")
    try require(
      shape.rank == 4,
      .value(
        "images: expected uint8 (N, H, W, C), got shape \(shape): use images[..., None] where the last axis is missing")
    )
    let expected = try Shape(shape[0], recipe.size, recipe.size, shape[3])
    let target = try output.tensor("output")
    try require(
      target.shape == expected && UnsafeRawPointer(target.pointer) == output.data,
      .value("output: expected an aligned array of the engine's precision and shape \(expected), got \(target.shape)"))
    try Augmentation.apply(
      images: pixels, shape: (shape[0], shape[1], shape[2], shape[3]),
      samples: integers(samples, sampleCount, "samples").map(Int64.init), recipe: recipe, seed: seed, epoch: epoch,
      view: view, into: target.pointer)
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
