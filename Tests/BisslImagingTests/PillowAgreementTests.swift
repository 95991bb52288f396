import XCTest

@testable import BisslImaging

/// Every transform against Pillow's own output (PillowFixtures.swift), byte for byte; only resizing, which uses shorter
/// fixed-point numbers, puts a few pixels off by one grey level.
final class PillowAgreementTests: XCTestCase {
  /// At most one grey level apart, in at most one pixel of fifty.
  private func assertNear(_ result: [UInt8], _ expected: [UInt8], _ text: String, line: UInt = #line) {
    XCTAssertEqual(result.count, expected.count, text, line: line)
    let differences = zip(result, expected).map { abs(Int($0) - Int($1)) }
    XCTAssertLessThanOrEqual(differences.max() ?? 0, 1, text, line: line)
    XCTAssertLessThanOrEqual(differences.reduce(0, +), 1 + result.count / 50, text, line: line)
  }

  func testCropAndResize() throws {
    for fixture in PillowFixtures.crops {
      var recipe = AugmentationRecipe()
      recipe.size = fixture.size
      recipe.bicubic = fixture.filter == "bicubic"
      let box = fixture.box
      let draw = AugmentationDraw(
        crop: CropBox(top: box.top, left: box.left, height: box.height, width: box.width))
      let result = try Picture.fixture(fixture.picture).rendered(recipe, draw)
      assertNear(result, try Picture.decoded(fixture.bytes), "\(fixture.picture) \(fixture.filter) \(box)")
    }
  }

  func testResizeAndCenterCrop() throws {
    for fixture in PillowFixtures.centers {
      var recipe = AugmentationRecipe()
      recipe.size = fixture.size
      recipe.bicubic = fixture.filter == "bicubic"
      recipe.centerCrop = true
      recipe.resizeShorter = fixture.shorter
      let result = try Picture.fixture(fixture.picture).rendered(recipe, AugmentationDraw())
      assertNear(result, try Picture.decoded(fixture.bytes), "\(fixture.picture) to \(fixture.shorter)")
    }
  }

  func testColorTransforms() throws {
    var recipe = AugmentationRecipe()
    recipe.size = PillowFixtures.colorSize
    for fixture in PillowFixtures.colors {
      let picture = try Picture.fixture(fixture.picture).topLeft(recipe.size)
      let draw = AugmentationDraw(crop: CropBox(top: 0, left: 0, height: recipe.size, width: recipe.size))
      let result = try picture.rendered(recipe, draw) { workspace in
        switch fixture.transform {
        case "brightness": ColorTransforms.brightness(fixture.number, in: workspace)
        case "contrast": ColorTransforms.contrast(fixture.number, in: workspace)
        case "saturation": ColorTransforms.saturation(fixture.number, in: workspace)
        case "hue": ColorTransforms.hue(fixture.number, in: workspace)
        case "grey": ColorTransforms.grey(in: workspace)
        case "blur": GaussianBlur.apply(sigma: fixture.number, in: workspace)
        case "solarize": ColorTransforms.solarize(in: workspace)
        default: XCTFail("unknown transform \(fixture.transform)")
        }
      }
      let expected = try Picture.decoded(fixture.bytes)
      XCTAssertEqual(result, expected, "\(fixture.picture) \(fixture.transform) \(fixture.number)")
    }
  }
}
