import BisslCore
import BisslKernels
import XCTest
@testable import BisslImaging

final class ViewGeometryTests: XCTestCase {
  private func wholeImages(short: Int, long: Int = 0) -> AugmentationRecipe {
    var recipe = AugmentationRecipe()
    (recipe.shortSide, recipe.longSide) = (short, long)
    return recipe
  }

  private func assertSize(
    _ size: (height: Int, width: Int), _ height: Int, _ width: Int, line: UInt = #line
  ) {
    XCTAssertEqual(size.height, height, line: line)
    XCTAssertEqual(size.width, width, line: line)
  }

  func testSidesAreWorkedOutInIntegers() {
    assertSize(wholeImages(short: 196, long: 320).outputSize(height: 375, width: 500), 196, 261)
    assertSize(wholeImages(short: 196, long: 320).outputSize(height: 500, width: 375), 261, 196)
    assertSize(wholeImages(short: 192).outputSize(height: 1024, width: 2048), 192, 384)
    assertSize(wholeImages(short: 192).outputSize(height: 7, width: 7), 192, 192)
  }

  func testTheLongSideIsBounded() {
    assertSize(wholeImages(short: 196, long: 320).outputSize(height: 100, width: 200), 160, 320)
    assertSize(wholeImages(short: 196, long: 320).outputSize(height: 999, width: 300), 320, 96)
    assertSize(wholeImages(short: 196, long: 320).outputSize(height: 1, width: 1000), 1, 320)
  }

  func testARandomCropIsWhatTheViewShows() throws {
    let augmentation = try Augmentation(AugmentationTests.pretext)
    var mirrored = 0
    for sample in Int64(0)..<50 {
      let streams = AugmentationStreams(seed: 3, epoch: 4, view: 5)
      let draw = AugmentationDraw(AugmentationTests.pretext, height: 26, width: 33, sample: sample, from: streams)
      let crop = try XCTUnwrap(draw.crop)
      let found = try augmentation.geometry(height: 26, width: 33, sample: sample, seed: 3, epoch: 4, view: 5)
      XCTAssertEqual(
        found,
        ViewGeometry(
          top: Double(crop.top), left: Double(crop.left), height: Double(crop.height), width: Double(crop.width),
          outputHeight: 21, outputWidth: 21, isMirrored: draw.isMirrored))
      if found.isMirrored { mirrored += 1 }
    }
    XCTAssert((10...40).contains(mirrored))
  }

  func testTheCentreOfAResizedImageIsAPartOfTheImage() throws {
    var recipe = AugmentationRecipe()
    (recipe.size, recipe.centerCrop, recipe.resizeShorter) = (8, true, 10)
    let found = try Augmentation(recipe).geometry(height: 20, width: 40, sample: 0, seed: 0, epoch: 0, view: 0)
    XCTAssertEqual(
      found,
      ViewGeometry(top: 2, left: 12, height: 16, width: 16, outputHeight: 8, outputWidth: 8, isMirrored: false))
  }

  func testViewsOfWholeImagesEqualTheSquareOnes() throws {
    var square = AugmentationRecipe()
    square.size = 12
    let picture = Picture.noise(30, 30, 3, seed: 1)
    XCTAssertEqual(try augmented([picture], wholeImages(short: 12)), try augmented([picture], square))
  }

  func testAnImageOfOneColourKeepsItInEveryTransform() throws {
    var recipe = wholeImages(short: 9)
    (recipe.flipProbability, recipe.jitterProbability, recipe.contrast, recipe.blurProbability) = (0.5, 1, 0.5, 1)
    let grey = Picture(height: 20, width: 47, channels: 3, bytes: [UInt8](repeating: 90, count: 20 * 47 * 3))
    let result = try augmented([grey], recipe)
    XCTAssertEqual(result.count, 9 * 21 * 3)
    XCTAssertEqual(Set(result), [Scalar(90.0 / 255)])
  }

  func testBadSizesAreRefused() throws {
    let augmentation = try Augmentation(wholeImages(short: 16))
    for (height, width) in [(0, 4), (4, -1), (70_000, 3), (1, 2000)] {
      XCTAssertThrowsError(
        try augmentation.geometry(height: height, width: width, sample: 0, seed: 0, epoch: 0, view: 0))
    }
    var both = wholeImages(short: 16)
    both.centerCrop = true
    XCTAssertThrowsError(try Augmentation(both))
    XCTAssertThrowsError(try Augmentation(wholeImages(short: 16, long: 8)))
    XCTAssertThrowsError(try Augmentation(wholeImages(short: 0, long: 8)))
  }
}
