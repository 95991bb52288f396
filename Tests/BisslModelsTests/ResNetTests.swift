import BisslAutograd
import BisslCore
import BisslKernels
import BisslModels
import XCTest

final class ResNetTests: XCTestCase {
  private func tiny(block: ResNet.Block = .basic, stem: ResNet.Stem = .imagenet) throws -> ResNet {
    try ResNet(.init(block: block, layers: [1, 2], widths: [4, 6], stem: stem), seed: 3)
  }

  private func images(_ count: Int, _ size: Int) throws -> Tensor {
    var random = Random(key: 1)
    let shape = try Shape(count, size, size + 3, 3)
    return try Tensor((0..<shape.count).map { _ in Scalar(random.normal()) }, shape)
  }

  func testResNet18HasTorchvisionsParameters() throws {
    let configuration = try ResNet.Configuration(
      block: .basic, layers: [2, 2, 2, 2], widths: [64, 128, 256, 512], stem: .imagenet)
    let layout = try ResNet(configuration, seed: 0).state.parameterLayout
    XCTAssertEqual(layout.count, 11_176_512)
    XCTAssertEqual(layout.segments.count, 60)
    XCTAssertEqual(
      layout.segments[15..<21].map(\.name),
      [
        "layer2.0.conv1.weight", "layer2.0.bn1.weight", "layer2.0.bn1.bias", "layer2.0.conv2.weight",
        "layer2.0.bn2.weight",
        "layer2.0.bn2.bias",
      ])
    XCTAssertEqual(layout.segments[21].name, "layer2.0.downsample.0.weight")
    XCTAssertEqual(layout.segments[0].shape.dimensions, [64, 3, 7, 7])
  }

  func testResNet50HasTorchvisionsParameters() throws {
    let configuration = try ResNet.Configuration(
      block: .bottleneck, layers: [3, 4, 6, 3], widths: [64, 128, 256, 512], stem: .imagenet)
    let net = try ResNet(configuration, seed: 0)
    XCTAssertEqual(net.state.parameterLayout.count, 23_508_032)
    XCTAssertEqual(net.outputs, 2048)
  }

  func testFeaturesOfOddRectangles() throws {
    for stem in ResNet.Stem.allCases {
      for block in ResNet.Block.allCases {
        let net = try tiny(block: block, stem: stem)
        XCTAssertEqual(try net.apply(images(3, 9)).shape.dimensions, [3, net.outputs])
      }
    }
  }

  func testTheSeedAloneDecidesTheParameters() throws {
    XCTAssertEqual(try tiny().state.parameters.array, try tiny().state.parameters.array)
    let other = try ResNet(.init(block: .basic, layers: [1, 2], widths: [4, 6], stem: .imagenet), seed: 4)
    XCTAssertNotEqual(try tiny().state.parameters.array, other.state.parameters.array)
  }

  func testKaimingDeviation() throws {
    let net = try ResNet(.init(block: .basic, layers: [1], widths: [64], stem: .small), seed: 0)
    let segment = net.state.parameterLayout.segments[3]
    let weights = try net.state.parameters.window(at: segment.offset, segment.shape).array.map { Double($0) }
    let deviation = (weights.map { $0 * $0 }.reduce(0, +) / Double(weights.count)).squareRoot()
    XCTAssertEqual(deviation, (2.0 / Double(64 * 9)).squareRoot(), accuracy: 0.001)
  }

  func testCopiesAreIndependent() throws {
    let net = try tiny()
    let copy = try net.copy()
    copy.state.parameters.pointer[0] += 1
    copy.state.buffers.pointer[0] += 1
    XCTAssertNotEqual(net.state.parameters.array[0], copy.state.parameters.array[0])
    XCTAssertNotEqual(net.state.buffers.array[0], copy.state.buffers.array[0])
  }

  func testRunningStatisticsMoveAsPyTorchs() throws {
    let net = try ResNet(.init(block: .basic, layers: [1], widths: [2], stem: .small), seed: 0)
    let x = try images(2, 4)
    let weight = try net.state.parameters.window(at: 0, Shape(2, 3, 3, 3))
    let y = try Convolution(padding: Extent2(1)).forward([x, weight]).output
    try net.observe(x)
    let count = Double(y.shape.rows)
    for channel in 0..<2 {
      let values = stride(from: channel, to: y.count, by: 2).map { Double(y.array[$0]) }
      let mean = values.reduce(0, +) / count
      let unbiased = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / (count - 1)
      XCTAssertEqual(Double(net.state.buffers.array[channel]), 0.1 * mean, accuracy: 1e-6)
      XCTAssertEqual(Double(net.state.buffers.array[2 + channel]), 0.9 + 0.1 * unbiased, accuracy: 1e-6)
    }
    XCTAssertEqual(net.state.buffers.array[4], 1, "num_batches_tracked")
  }

  func testStackedBatchesPassAsIfOneByOne() throws {
    let (first, second) = (try images(2, 9), try images(4, 9).window(at: 2 * 9 * 12 * 3, Shape(2, 9, 12, 3)))
    let (net, other) = (try tiny(), try tiny())
    func pass(_ net: ResNet) throws -> Pass {
      try Pass(net, on: Tape(recording: false), mode: .training, frozen: true)
    }
    let (one, both) = (try pass(net), try pass(other))
    let separate = try [first, second].flatMap { try net.forward(Variable(constant: $0), in: one).value.array }
    let stacked = try Concatenate().forward([first, second]).output
    let together = try other.forward(Variable(constant: stacked), batches: 2, in: both).value.array
    let accuracy: Scalar = MemoryLayout<Scalar>.size == 8 ? 1e-12 : 1e-5
    for (a, b) in zip(separate, together) { XCTAssertEqual(a, b, accuracy: accuracy) }
    net.state.commit(one.statistics)
    other.state.commit(both.statistics)
    XCTAssertNotEqual(net.state.buffers.array, try tiny().state.buffers.array)
    for (a, b) in zip(net.state.buffers.array, other.state.buffers.array) {
      XCTAssertEqual(a, b, accuracy: accuracy)
    }
    XCTAssertThrowsError(try other.forward(Variable(constant: stacked), batches: 3, in: both))
  }

  func testEvaluationChangesNothing() throws {
    let net = try tiny()
    let before = (net.state.parameters.array, net.state.buffers.array)
    _ = try net.apply(images(2, 8))
    XCTAssertEqual(net.state.parameters.array, before.0)
    XCTAssertEqual(net.state.buffers.array, before.1)
  }

  func testWrongImagesAreRefused() throws {
    let net = try tiny()
    for shape in [try Shape(2, 3, 8, 8), try Shape(8, 8, 3), try Shape(0, 8, 8, 3), try Shape(2, 8, 8, 1)] {
      XCTAssertThrowsError(try net.apply(Tensor.zeros(shape))) { error in
        XCTAssertTrue("\(error)".hasPrefix("images:"), "\(error)")
      }
    }
  }

  func testWrongConfigurationsAreRefused() {
    XCTAssertThrowsError(try ResNet.Configuration(block: .basic, layers: [1], widths: [4, 8], stem: .small))
    XCTAssertThrowsError(try ResNet.Configuration(block: .basic, layers: [], widths: [], stem: .small))
    XCTAssertThrowsError(try ResNet.Configuration(block: .basic, layers: [1], widths: [0], stem: .small))
    XCTAssertThrowsError(try ResNet.Configuration(block: .basic, layers: [0], widths: [4], stem: .small))
  }
}
