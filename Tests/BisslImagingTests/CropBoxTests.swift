import BisslCore
import XCTest

@testable import BisslImaging

final class CropBoxTests: XCTestCase {
  func testCentralCropKeepsTheRatio() {
    XCTAssertEqual(
      CropBox.central(height: 40, width: 100, ratios: 0.75...1.25), CropBox(top: 0, left: 25, height: 40, width: 50))
    XCTAssertEqual(
      CropBox.central(height: 100, width: 30, ratios: 0.75...1.25), CropBox(top: 30, left: 0, height: 40, width: 30))
    XCTAssertEqual(
      CropBox.central(height: 30, width: 31, ratios: 0.75...1.25), CropBox(top: 0, left: 0, height: 30, width: 31))
  }

  func testCentralCropIsNeverEmpty() {
    XCTAssertEqual(
      CropBox.central(height: 1, width: 9, ratios: 0.1...0.2), CropBox(top: 0, left: 4, height: 1, width: 1))
    XCTAssertEqual(
      CropBox.central(height: 9, width: 1, ratios: 8...9), CropBox(top: 4, left: 0, height: 1, width: 1))
  }

  func testImpossibleDrawsFallBackToTheCentre() {
    var recipe = AugmentationRecipe()
    (recipe.cropScaleMin, recipe.cropScaleMax) = (1, 1)
    var random = Random(key: 1)
    XCTAssertEqual(
      CropBox.random(height: 20, width: 30, recipe: recipe, using: &random),
      CropBox(top: 0, left: 5, height: 20, width: 20))
  }
}
