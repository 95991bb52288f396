import BisslAutograd
import BisslCore
import BisslKernels
import XCTest

final class PoolingTests: XCTestCase {
  func testPoolsAgainstLoops() throws {
    var random = Random(key: 4)
    let cases = [
      (Extent2(3), Extent2(2), Extent2(1)), (Extent2(2, 3), Extent2(3, 1), Extent2(1, 0)),
      (Extent2(1), Extent2(2), Extent2(0)),
    ]
    try engine {
      for (window, stride, padding) in cases {
        let x = try normal(Shape(2, 7, 10, 5), &random)
        let (greatest, _) = try MaxPool(window: window, stride: stride, padding: padding).forward([x])
        let (mean, _) = try AveragePool(window: window, stride: stride, padding: padding).forward([x])
        let windows = windows(of: x, window, stride, padding)
        XCTAssertEqual(greatest.array, windows.map { $0.max() ?? .nan })
        let area = Double(window.height * window.width)
        let expected = try Tensor(windows.map { Scalar($0.reduce(0) { $0 + Double($1) } / area) }, mean.shape)
        assertClose(mean, expected, within: isDouble ? 1e-14 : 1e-6, "average pooling")
      }
    }
  }

  /// PyTorch gives the gradient to the first of equal values, and none to padding.
  func testFirstOfEqualValuesGetsTheGradient() throws {
    try engine {
      let x = try Tensor.filled(Shape(1, 3, 3, 1), with: -1)
      XCTAssertEqual(try gradient(x, window: 2, stride: 1), [1, 1, 0, 1, 1, 0, 0, 0, 0])
      XCTAssertEqual(try gradient(x, window: 3, stride: 2, padding: 1), [1, 1, 0, 1, 1, 0, 0, 0, 0])
      let (y, _) = try MaxPool(window: 3, stride: 2, padding: 1).forward([x])
      XCTAssertEqual(y.array, [-1, -1, -1, -1], "zeros of the padding do not win")
    }
  }

  func testNaNAndInfinity() throws {
    try engine {
      let x = try tensor([1, .nan, 3, .nan, 5, 6, -.infinity, 0], 1, 2, 4, 1)
      let (y, _) = try MaxPool(window: Extent2(2, 2), stride: Extent2(2, 2)).forward([x])
      XCTAssertTrue(y.array.allSatisfy(\.isNaN), "NaN wins over numbers")
      let lowest = try Tensor.filled(Shape(1, 2, 2, 1), with: -.infinity)
      XCTAssertEqual(try MaxPool(window: 2, stride: 2).forward([lowest]).output.array, [-.infinity])
      XCTAssertEqual(try gradient(lowest, window: 2, stride: 2), [1, 0, 0, 0])
    }
  }

  func testGlobalAverage() throws {
    let x = try tensor((0..<24).map { Scalar($0) }, 2, 3, 2, 2)
    XCTAssertEqual(try GlobalAveragePool().forward([x]).output.array, [5, 6, 17, 18])
  }

  func testWhatDoesNotFitIsNamed() throws {
    let image = try tensor([1, 2, 3, 4], 1, 2, 2, 1)
    assertThrows(
      try MaxPool(window: 3, stride: 1).forward([image]),
      "an image height of 2 .* window of 3: use images of at least 3")
    assertThrows(try MaxPool(window: 2, stride: 0).forward([image]), "stride \\(?0")
    assertThrows(
      try MaxPool(window: 2, stride: 1, padding: 2).forward([image]), "max_pool2d: padding .* at most half the window")
    assertThrows(
      try AveragePool(window: 1, stride: 1).forward([tensor([1, 2], 2)]), "avg_pool2d: expected an input \\(batch")
    assertThrows(try AveragePool(window: 2, stride: 1, padding: 1).forward([tensor([], 1, 0, 2, 1)]), "no pixels")
    assertThrows(try GlobalAveragePool().forward([tensor([], 1, 0, 2, 1)]), "no pixels to average")
  }

  private func gradient(_ x: Tensor, window: Int, stride: Int, padding: Int = 0) throws -> [Scalar]? {
    let pool = MaxPool(window: window, stride: stride, padding: padding)
    let (y, saved) = try pool.forward([x])
    return try pool.vjp(
      at: Point(inputs: [x], output: y, saved: saved), cotangent: Tensor.filled(y.shape, with: 1), wanted: [true])[0]?
      .array
  }

  /// The pixels of every window that lie in the image, per output element.
  private func windows(of x: Tensor, _ window: Extent2, _ stride: Extent2, _ padding: Extent2) -> [[Scalar]] {
    let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
    let values = x.array
    var result: [[Scalar]] = []
    for image in 0..<x.shape[0] {
      for top in Swift.stride(
        from: -padding.height, through: height + padding.height - window.height, by: stride.height)
      {
        for left in Swift.stride(from: -padding.width, through: width + padding.width - window.width, by: stride.width)
        {
          for channel in 0..<channels {
            var pixels: [Scalar] = []
            for row in max(0, top)..<min(height, top + window.height) {
              for column in max(0, left)..<min(width, left + window.width) {
                pixels.append(values[((image * height + row) * width + column) * channels + channel])
              }
            }
            result.append(pixels)
          }
        }
      }
    }
    return result
  }
}
