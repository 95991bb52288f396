import BisslCore
import BisslKernels
import XCTest
@testable import BisslImaging

final class AugmentationTests: XCTestCase {
  /// The first view of the pretext task, at test size.
  static var pretext: AugmentationRecipe {
    var recipe = AugmentationRecipe()
    recipe.size = 21
    (recipe.cropScaleMin, recipe.cropRatioMin, recipe.cropRatioMax) = (0.5, 0.75, 4.0 / 3)
    recipe.bicubic = true
    recipe.flipProbability = 0.5
    recipe.jitterProbability = 0.8
    (recipe.brightness, recipe.contrast, recipe.saturation, recipe.hue) = (0.4, 0.4, 0.2, 0.1)
    recipe.greyProbability = 0.2
    recipe.blurProbability = 0.5
    recipe.solarizeProbability = 0.2
    return recipe
  }

  private func pictures(_ count: Int, channels: Int = 3) -> [Picture] {
    (0..<count).map { Picture.noise(26, 33, channels, seed: UInt64($0)) }
  }

  override func tearDown() { ThreadPool.shared.threadCount = ThreadPool.processorCount }

  // MARK: What the draws depend on

  func testThreadsDoNotChangeResults() throws {
    for channels in [1, 3] {
      ThreadPool.shared.threadCount = 1
      let one = try augmented(pictures(50, channels: channels), Self.pretext)
      ThreadPool.shared.threadCount = 2
      XCTAssertEqual(one, try augmented(pictures(50, channels: channels), Self.pretext))
    }
  }

  func testResultsFollowTheSampleNotItsPlace() throws {
    let batch = pictures(40)
    let whole = try augmented(batch, Self.pretext)
    let reversed = try augmented(batch.reversed(), samples: (0..<40).reversed(), Self.pretext)
    let length = whole.count / 40
    for index in 0..<40 {
      let expected = Array(whole[index * length..<(index + 1) * length])
      XCTAssertEqual(Array(reversed[(39 - index) * length..<(40 - index) * length]), expected)
      XCTAssertEqual(try augmented([batch[index]], samples: [Int64(index)], Self.pretext), expected)
    }
  }

  func testEverySourceOfRandomnessMatters() throws {
    let batch = pictures(4)
    let base = try augmented(batch, Self.pretext)
    XCTAssertEqual(try augmented(batch, Self.pretext), base)
    XCTAssertNotEqual(try augmented(batch, Self.pretext, seed: 2), base)
    XCTAssertNotEqual(try augmented(batch, Self.pretext, epoch: 1), base)
    XCTAssertNotEqual(try augmented(batch, Self.pretext, view: 1), base)
    XCTAssertNotEqual(try augmented(batch, samples: [4, 5, 6, -7], Self.pretext), base)
  }

  func testTransformsDrawFromStreamsOfTheirOwn() {
    let streams = AugmentationStreams(seed: 3, epoch: 4, view: 5)
    var changed = Self.pretext
    changed.blurProbability = 0
    changed.contrast = 0
    for sample in Int64(0)..<64 {
      let draw = AugmentationDraw(Self.pretext, height: 26, width: 33, sample: sample, from: streams)
      let other = AugmentationDraw(changed, height: 26, width: 33, sample: sample, from: streams)
      XCTAssertNil(other.blurSigma)
      XCTAssertEqual(draw.crop, other.crop)
      XCTAssertEqual(draw.isMirrored, other.isMirrored)
      XCTAssertEqual(draw.jitter?.brightness, other.jitter?.brightness)
      XCTAssertEqual(draw.jitter?.hue, other.jitter?.hue)
      XCTAssertEqual(draw.jitter?.order, other.jitter?.order)
      XCTAssertEqual(draw.isGrey, other.isGrey)
      XCTAssertEqual(draw.isSolarized, other.isSolarized)
    }
  }

  func testDrawsHaveTheStatedDistribution() {
    let streams = AugmentationStreams(seed: 0, epoch: 0, view: 0)
    let draws = (Int64(0)..<4000).map {
      AugmentationDraw(Self.pretext, height: 100, width: 100, sample: $0, from: streams)
    }
    func share(_ holds: (AugmentationDraw) -> Bool) -> Double { Double(draws.filter(holds).count) / 4000 }
    XCTAssertEqual(share { $0.isMirrored }, 0.5, accuracy: 0.04)
    XCTAssertEqual(share { $0.jitter != nil }, 0.8, accuracy: 0.04)
    XCTAssertEqual(share { $0.isGrey }, 0.2, accuracy: 0.04)
    XCTAssertEqual(share { $0.blurSigma != nil }, 0.5, accuracy: 0.04)
    XCTAssertEqual(share { $0.isSolarized }, 0.2, accuracy: 0.04)
    for draw in draws {
      if let crop = draw.crop {
        XCTAssert(crop.top >= 0 && crop.left >= 0 && crop.height > 0 && crop.width > 0)
        XCTAssert(crop.top + crop.height <= 100 && crop.left + crop.width <= 100)
        XCTAssert((0.48...1).contains(Double(crop.height * crop.width) / 10_000))
        XCTAssert((0.73...1.37).contains(Double(crop.width) / Double(crop.height)))
      }
      if let sigma = draw.blurSigma { XCTAssert((0.1...2).contains(sigma)) }
      guard let jitter = draw.jitter else { continue }
      XCTAssertEqual(Set((0..<4).map { jitter.order[$0] }).count, 4)
      XCTAssert((0.6...1.4).contains(jitter.brightness ?? 0) && (0.6...1.4).contains(jitter.contrast ?? 0))
      XCTAssert((0.8...1.2).contains(jitter.saturation ?? 0) && (-0.1...0.1).contains(jitter.hue ?? 1))
    }
    let orders = Set(draws.compactMap(\.jitter).map(\.order))
    XCTAssertEqual(orders.count, 24)
  }

  // MARK: What comes out

  func testRecipeWithoutSettingsOnlyNormalizes() throws {
    for channels in [1, 3] {
      let picture = Picture.noise(19, 19, channels, seed: 5)
      for isCentered in [false, true] {
        var recipe = AugmentationRecipe()
        recipe.size = 19
        recipe.bicubic = true
        recipe.centerCrop = isCentered
        XCTAssertEqual(try augmented([picture], recipe), picture.bytes.map { Scalar(Double($0) / 255) })
        (recipe.mean, recipe.std) = (SIMD3(0.4, 0.5, 0.6), SIMD3(0.2, 0.3, 0.25))
        let expected = picture.bytes.enumerated().map { index, byte in
          Scalar((Double(byte) / 255 - recipe.mean[index % channels]) / recipe.std[index % channels])
        }
        XCTAssertEqual(try augmented([picture], recipe), expected)
      }
    }
  }

  func testFlipMirrorsColumns() throws {
    var recipe = AugmentationRecipe()
    recipe.size = 10
    let picture = Picture.noise(10, 10, 3, seed: 6)
    let plain = try augmented([picture], recipe)
    recipe.flipProbability = 1
    let flipped = try augmented([picture], recipe)
    for index in plain.indices {
      let (pixel, channel) = (index / 3, index % 3)
      XCTAssertEqual(flipped[(pixel / 10 * 10 + 9 - pixel % 10) * 3 + channel], plain[index])
    }
  }

  func testColorTransformsLeaveOneChannelAlone() throws {
    let batch = (0..<8).map { Picture.noise(12, 12, 1, seed: $0) }
    var recipe = AugmentationRecipe()
    recipe.size = 12
    let plain = try augmented(batch, recipe)
    (recipe.saturation, recipe.hue, recipe.greyProbability) = (0.9, 0.5, 1)
    XCTAssertEqual(try augmented(batch, recipe), plain)
  }

  func testEveryShapeGivesNumbersInRange() throws {
    for (height, width) in [(1, 1), (1, 40), (40, 1), (2, 3), (8, 8), (17, 31), (64, 5), (301, 16)] {
      for channels in [1, 3] {
        for size in [1, 7, 16, 33] {
          var recipe = Self.pretext
          recipe.size = size
          let batch = (0..<3).map { Picture.noise(height, width, channels, seed: $0) }
          let result = try augmented(batch, recipe)
          XCTAssertEqual(result.count, 3 * size * size * channels)
          XCTAssert(result.allSatisfy { (0...1).contains($0) }, "\(height)×\(width)×\(channels) to \(size)")
        }
      }
    }
  }

  func testFlatImageStaysFlat() throws {
    var recipe = Self.pretext
    (recipe.brightness, recipe.contrast, recipe.saturation, recipe.hue) = (0, 0, 0, 0)
    (recipe.greyProbability, recipe.solarizeProbability) = (0, 0)
    (recipe.blurProbability, recipe.blurSigmaMax) = (1, 100)
    let picture = Picture(height: 50, width: 43, channels: 3, bytes: [UInt8](repeating: 77, count: 50 * 43 * 3))
    for value in try augmented([picture], recipe) { XCTAssertEqual(Double(value), 77.0 / 255, accuracy: 1.01 / 255) }
  }

  func testOneImageIsAsInTheBatch() throws {
    let batch = pictures(7)
    let whole = try augmented(batch, Self.pretext)
    let augmentation = try Augmentation(Self.pretext)
    let length = whole.count / 7
    for (index, picture) in batch.enumerated() {
      var alone = [Scalar](repeating: 0, count: length)
      try augmentation.apply(
        image: picture.bytes, shape: (26, 33, 3), sample: Int64(index), seed: 1, epoch: 0, view: 0, into: &alone)
      XCTAssertEqual(alone, Array(whole[index * length..<(index + 1) * length]))
    }
  }

  func testNothingIsTakenFromTheTensorsMemory() throws {
    let augmentation = try Augmentation(Self.pretext)
    let picture = Picture.noise(26, 33, 3, seed: 0)
    var output = [Scalar](repeating: 0, count: 21 * 21 * 3)
    MemoryPool.resetPeak()
    let before = MemoryPool.statistics.peakBytes
    try augmentation.apply(
      image: picture.bytes, shape: (26, 33, 3), sample: 0, seed: 1, epoch: 0, view: 0, into: &output)
    XCTAssertEqual(MemoryPool.statistics.peakBytes, before)
  }

  func testScratchMemoryIsKeptAndRefused() throws {
    let first = try ScratchMemory.take(1000, for: "a test")
    XCTAssertEqual(Int(bitPattern: first) % 64, 0)
    XCTAssertEqual(try ScratchMemory.take(500, for: "a test"), first)
    XCTAssertThrowsError(try ScratchMemory.take(1 << 50, for: "a test")) { error in
      XCTAssertEqual((error as? EngineError)?.kind, .memory)
    }
    _ = try ScratchMemory.take(10, for: "a test")
  }
}
