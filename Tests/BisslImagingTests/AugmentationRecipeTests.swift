import BisslCore
import BisslKernels
import XCTest
@testable import BisslImaging

final class AugmentationRecipeTests: XCTestCase {
  private func assertThrows(
    _ pattern: String, _ kind: EngineError.Kind = .value, line: UInt = #line, _ body: () throws -> Void
  ) {
    XCTAssertThrowsError(try body(), line: line) { error in
      let error = error as? EngineError
      XCTAssertEqual(error?.kind, kind, line: line)
      XCTAssert(error?.message.contains(pattern) == true, "\(error?.message ?? "")", line: line)
    }
  }

  func testOptionsFillTheRecipe() throws {
    let recipe = try AugmentationRecipe(
      names: ["size", "bicubic", "crop_scale_min", "mean_1", "std_2", "blur_sigma_max"],
      values: [32, 1, 0.08, 0.456, 0.225, 3])
    XCTAssertEqual(recipe.size, 32)
    XCTAssert(recipe.bicubic)
    XCTAssertEqual(recipe.cropScaleMin, 0.08)
    XCTAssertEqual(recipe.mean, SIMD3(0, 0.456, 0))
    XCTAssertEqual(recipe.std, SIMD3(1, 1, 0.225))
    XCTAssertEqual(recipe.blurSigmaMax, 3)
    XCTAssertEqual(try AugmentationRecipe(names: [], values: []), AugmentationRecipe())
  }

  func testEveryOptionIsReadBack() throws {
    for option in AugmentationRecipe.options {
      var recipe = AugmentationRecipe()
      option.set(&recipe, option.allowed.upperBound)
      XCTAssertEqual(option.get(recipe), option.allowed.upperBound, option.name)
    }
  }

  func testUnknownOptionNamesTheNearest() {
    assertThrows("unknown augmentation option \"blur_sigma\": did you mean \"blur_sigma_") {
      _ = try AugmentationRecipe(names: ["blur_sigma"], values: [1])
    }
    assertThrows("did you mean \"grey_probability\"") {
      _ = try AugmentationRecipe(names: ["gray_probability"], values: [1])
    }
    assertThrows("did you mean") { _ = try AugmentationRecipe(names: [""], values: [1]) }
  }

  func testValuesOutOfRange() {
    let cases: [(String, Double, String)] = [
      ("size", 0, "size is 0.0: expected a whole number from 1 to 16384"), ("size", 9.5, "whole number"),
      ("flip_probability", 1.01, "flip_probability is 1.01: expected a number from 0.0 to 1.0"),
      ("crop_scale_min", 0, "crop_scale_min"), ("hue", 0.6, "0.0 to 0.5"), ("bicubic", 2, "expected 0 or 1"),
      ("bicubic", 0.5, "expected 0 or 1"), ("std_0", 0, "std_0"), ("mean_0", .nan, "mean_0 is nan"),
      ("brightness", -1, "brightness"), ("contrast", .infinity, "contrast is inf"), ("blur_sigma_max", 101, "100"),
    ]
    for (name, value, pattern) in cases {
      assertThrows(pattern) { _ = try AugmentationRecipe(names: [name], values: [value]) }
    }
  }

  func testContradictions() {
    let cases: [([String], [Double], String)] = [
      (["size"], [], "1 augmentation options were given 0 values"),
      (["hue", "hue"], [0, 0.1], "hue is given twice"),
      (["crop_scale_min", "crop_scale_max"], [0.6, 0.5], "crop_scale_min is 0.6, above crop_scale_max"),
      (["crop_ratio_min"], [2], "crop_ratio_min is 2.0, above crop_ratio_max"),
      (["blur_sigma_min"], [3], "blur_sigma_min is 3.0, above blur_sigma_max"),
      (["resize_shorter"], [256], "set center_crop to 1"),
      (["size", "center_crop", "resize_shorter"], [96, 1, 64], "smaller than the centre crop"),
    ]
    for (names, values, pattern) in cases {
      assertThrows(pattern) { _ = try AugmentationRecipe(names: names, values: values) }
    }
  }

  func testImagesThatCannotBeAugmented() {
    var recipe = AugmentationRecipe()
    recipe.size = 8
    recipe.centerCrop = true
    func apply(_ n: Int, _ height: Int, _ width: Int, _ channels: Int, samples: Int? = nil) throws {
      let byte: [UInt8] = [0]
      var number: [Scalar] = [0]
      try Augmentation(recipe).apply(
        images: byte, shape: (n, height, width, channels), samples: [Int64](repeating: 0, count: samples ?? max(n, 0)),
        seed: 0, epoch: 0, view: 0, into: &number)
    }
    assertThrows("1 or 3 channels, got shape (2, 3, 8, 8)") { try apply(2, 3, 8, 8) }
    assertThrows("is empty") { try apply(0, 8, 8, 3) }
    assertThrows("is empty") { try apply(1, 0, 8, 3) }
    assertThrows("is empty") { try apply(1, 8, -1, 1) }
    assertThrows("one number per image (2), got 1") { try apply(2, 8, 8, 3, samples: 1) }
    assertThrows("at most 65535 pixels a side") { try apply(1, 70_000, 8, 3) }
    assertThrows("7×9 pixels are smaller than the centre crop of size 8") { try apply(1, 7, 9, 3) }
    recipe.std[1] = 0
    assertThrows("std_1 is 0.0") { try apply(1, 8, 8, 3) }
  }
}
