import BisslCore
import BisslKernels
import Foundation
import XCTest
@testable import BisslImaging

/// A uint8 image (height, width, channels) of the tests.
struct Picture {
  var height: Int
  var width: Int
  var channels: Int
  var bytes: [UInt8]

  static func fixture(_ name: String) throws -> Picture {
    let fixture = try XCTUnwrap(PillowFixtures.pictures[name])
    return Picture(
      height: fixture.height, width: fixture.width, channels: fixture.channels, bytes: try decoded(fixture.bytes))
  }

  static func decoded(_ text: String) throws -> [UInt8] { Array(try XCTUnwrap(Data(base64Encoded: text))) }

  /// A different picture for every `seed`.
  static func noise(_ height: Int, _ width: Int, _ channels: Int, seed: UInt64) -> Picture {
    var random = Random(key: seed)
    return Picture(
      height: height, width: width, channels: channels,
      bytes: (0..<height * width * channels).map { _ in UInt8(random.integer(below: 256)) })
  }

  func topLeft(_ size: Int) -> Picture {
    let rows = (0..<size).flatMap { y in bytes[y * width * channels..<(y * width + size) * channels] }
    return Picture(height: size, width: size, channels: channels, bytes: rows)
  }

  /// The picture resized by `resize` and changed by `transform`, read back from the workspace.
  func rendered(
    _ recipe: AugmentationRecipe, _ draw: AugmentationDraw, _ transform: (AugmentationWorkspace) -> Void = { _ in }
  ) throws -> [UInt8] {
    let workspace = try AugmentationWorkspace(
      AugmentationWorkspaceLayout(image: (height, width), channels: channels, recipe: recipe))
    let resize = ImageResize(draw, recipe: recipe, height: height, width: width)
    bytes.withUnsafeBufferPointer { buffer in
      if let base = buffer.baseAddress { resize.apply(base, rowBytes: width * channels, in: workspace) }
    }
    transform(workspace)
    let size = recipe.outputSize(height: height, width: width)
    return (0..<size.height * size.width * channels).map { index in
      let (y, x) = (index / channels / size.width, index / channels % size.width)
      return workspace.plane(index % channels)[y * workspace.stride + x]
    }
  }
}

/// Augments pictures of one size, as one batch.
func augmented(
  _ pictures: [Picture], samples: [Int64]? = nil, _ recipe: AugmentationRecipe, seed: UInt64 = 1, epoch: UInt64 = 0,
  view: UInt64 = 0
) throws -> [Scalar] {
  let first = try XCTUnwrap(pictures.first)
  let size = recipe.outputSize(height: first.height, width: first.width)
  let output = try Tensor(Shape(pictures.count, size.height, size.width, first.channels))
  let bytes = pictures.flatMap(\.bytes)
  try bytes.withUnsafeBufferPointer { buffer in
    try Augmentation(recipe).apply(
      images: try XCTUnwrap(buffer.baseAddress),
      shape: (pictures.count, first.height, first.width, first.channels),
      samples: samples ?? (0..<Int64(pictures.count)).map { $0 }, seed: seed, epoch: epoch, view: view,
      into: output.pointer)
  }
  return output.array
}
