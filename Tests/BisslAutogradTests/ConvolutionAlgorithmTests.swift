import BisslCore
import BisslKernels
import XCTest
@testable import BisslAutograd

/// Every fast path of convolution against plain loops, on odd shapes: the three maps, one and two terms.
final class ConvolutionAlgorithmTests: XCTestCase {
  private struct Case {
    let x: [Int]
    let w: [Int]
    var padding = 1
    var stride = 1
  }

  /// Tiles that leave the image on every side, channels that fill no vector, few and many tiles (`byTiles` and
  /// `byPositions`), several chunks.
  private let winogradCases = [
    Case(x: [1, 5, 7, 3], w: [2, 3, 3, 3]), Case(x: [2, 6, 9, 19], w: [17, 19, 3, 3]),
    Case(x: [3, 13, 11, 33], w: [21, 33, 3, 3]), Case(x: [2, 8, 8, 5], w: [9, 5, 3, 3], padding: 0),
    Case(x: [2, 6, 5, 9], w: [5, 9, 3, 3], padding: 2), Case(x: [1, 3, 3, 70], w: [65, 70, 3, 3]),
    Case(x: [5, 23, 25, 16], w: [19, 16, 3, 3]), Case(x: [1, 1, 1, 6], w: [7, 6, 3, 3]),
    Case(x: [5, 2, 2, 9], w: [11, 9, 3, 3]), Case(x: [3, 2, 3, 20], w: [17, 20, 3, 3]),
    Case(x: [50, 3, 1, 6], w: [7, 6, 3, 3]), Case(x: [40, 3, 3, 10], w: [18, 10, 3, 3]),
    Case(x: [4, 3, 3, 10], w: [18, 10, 3, 3], padding: 2),
    Case(x: [2, 4, 4, 300], w: [35, 300, 3, 3]), Case(x: [2, 9, 7, 5], w: [19, 5, 3, 3], stride: 2),
    Case(x: [3, 13, 12, 17], w: [9, 17, 3, 3], padding: 0, stride: 2),
    Case(x: [5, 24, 23, 16], w: [33, 16, 3, 3], stride: 2), Case(x: [7, 6, 5, 90], w: [35, 90, 3, 3], stride: 2),
    Case(x: [2, 4, 4, 300], w: [35, 300, 3, 3], padding: 2, stride: 2),
    Case(x: [1, 2, 1, 3], w: [4, 3, 3, 3], stride: 2), Case(x: [2, 9, 13, 12], w: [19, 12, 4, 4], padding: 0),
    Case(x: [3, 11, 10, 7], w: [9, 7, 4, 4], padding: 3), Case(x: [1, 4, 5, 70], w: [65, 70, 4, 4]),
  ]

  /// Windows of three and four taps a phase, pixels that no window reaches, more padding than a step, strides of 2 to 4.
  private let phaseCases = [
    Case(x: [3, 22, 23, 3], w: [17, 3, 7, 7], padding: 3, stride: 2),
    Case(x: [2, 13, 12, 5], w: [33, 5, 5, 5], padding: 2, stride: 2),
    Case(x: [2, 16, 19, 2], w: [9, 2, 6, 6], padding: 0, stride: 2),
    Case(x: [1, 15, 17, 4], w: [7, 4, 8, 8], padding: 5, stride: 2),
    Case(x: [2, 23, 21, 3], w: [5, 3, 11, 11], padding: 1, stride: 3),
    Case(x: [1, 27, 30, 2], w: [6, 2, 11, 11], padding: 2, stride: 4),
  ]

  private let columnCases = [
    Case(x: [2, 9, 7, 5], w: [19, 5, 3, 3], stride: 2), Case(x: [3, 5, 4, 37], w: [33, 37, 1, 1], padding: 0),
    Case(x: [1, 12, 13, 3], w: [17, 3, 7, 7], padding: 3, stride: 2),
    Case(x: [2, 6, 7, 290], w: [70, 290, 3, 3], stride: 2), Case(x: [1, 2, 2, 3], w: [5, 3, 1, 1], padding: 0),
  ]

  func testWinogradAgainstPlainLoops() throws {
    for (index, item) in winogradCases.enumerated() {
      let tiles = WinogradConvolution.tiles(try geometry(item))
      XCTAssertFalse(tiles.isEmpty)
      for tile in tiles {
        try compare(item, "case \(index), \(tile)") { g in WinogradConvolution(g, tile) }
      }
    }
  }

  func testPhasesAgainstPlainLoops() throws {
    for (index, item) in phaseCases.enumerated() {
      let dense = try XCTUnwrap(PhasedConvolution.dense(geometry(item)))
      let tiles = WinogradConvolution.tiles(dense)
      XCTAssertFalse(tiles.isEmpty)
      for tile in tiles {
        try compare(item, "case \(index), \(tile)") { g in PhasedConvolution(g, dense: dense, tile) }
      }
    }
  }

  func testColumnsAgainstPlainLoops() throws {
    for (index, item) in (winogradCases + phaseCases + columnCases).enumerated() {
      try compare(item, "case \(index)") { ColumnConvolution($0) }
    }
  }

  /// The largest are cut into panels, small ones and thin ones go to OpenBLAS.
  func testPointwiseAgainstPlainLoops() throws {
    let cases = [
      Case(x: [2, 5, 7, 3], w: [5, 3, 1, 1], padding: 0), Case(x: [2, 3, 3, 260], w: [258, 260, 1, 1], padding: 0),
      Case(x: [13, 7, 6, 21], w: [67, 21, 1, 1], padding: 0), Case(x: [11, 7, 6, 19], w: [37, 19, 1, 1]),
      Case(x: [3, 5, 6, 4], w: [7, 4, 1, 1], padding: 0, stride: 2),
      Case(x: [3, 4, 5, 2], w: [3, 2, 1, 1], padding: 1, stride: 3),
      Case(x: [7, 17, 15, 21], w: [131, 21, 1, 1], padding: 0, stride: 2),
    ]
    for (index, item) in cases.enumerated() {
      try compare(item, "case \(index)") { PointwiseConvolution($0, .whole) }
    }
  }

  func testTheChoice() throws {
    func choice(
      _ x: [Int], _ w: [Int], padding: Int = 1, stride: Int = 1, isAccurate: Bool = false
    ) throws -> ConvolutionChoice {
      ConvolutionChoice(try geometry(Case(x: x, w: w, padding: padding, stride: stride)), isAccurate: isAccurate)
    }
    XCTAssertEqual(try choice([64, 24, 24, 64], [64, 64, 3, 3]), .winograd(.init(.three, m: 6)))
    XCTAssertEqual(try choice([64, 24, 24, 64], [64, 64, 3, 3], isAccurate: true), .winograd(.init(.three, m: 3)))
    XCTAssertEqual(try choice([64, 12, 12, 128], [128, 128, 3, 3]), .winograd(.init(.three, m: 6)))
    XCTAssertEqual(try choice([64, 6, 6, 256], [256, 256, 3, 3]), .winograd(.init(.three, m: 6)))
    XCTAssertEqual(try choice([64, 3, 3, 512], [512, 512, 3, 3]), .winograd(.init(.bordered, m: 3)))
    XCTAssertEqual(try choice([64, 2, 2, 512], [512, 512, 3, 3]), .winograd(.init(.bordered, m: 2)))
    XCTAssertEqual(try choice([64, 1, 1, 512], [512, 512, 3, 3]), .winograd(.init(.bordered, m: 1)))
    XCTAssertEqual(try choice([64, 16, 16, 64], [64, 64, 3, 3]), .winograd(.init(.three, m: 4)))
    XCTAssertEqual(try choice([64, 24, 24, 64], [128, 64, 3, 3], stride: 2), .winograd(.init(.strided, m: 4)))
    XCTAssertEqual(try choice([64, 6, 6, 256], [512, 256, 3, 3], stride: 2), .winograd(.init(.strided, m: 3)))
    XCTAssertEqual(try choice([64, 96, 96, 3], [64, 3, 7, 7], padding: 3, stride: 2), .phases(.init(.four, m: 4)))
    XCTAssertEqual(
      try choice([64, 96, 96, 3], [64, 3, 7, 7], padding: 3, stride: 2, isAccurate: true), .columns)
    XCTAssertEqual(
      try choice([3, 24, 24, 3], [64, 3, 7, 7], padding: 3, stride: 2), .phases(.init(.four, m: 4)),
      "a sample of the catalogue")
    XCTAssertEqual(try choice([64, 24, 24, 64], [64, 64, 3, 3], stride: 3), .columns)
    XCTAssertEqual(
      try choice([64, 96, 96, 3], [16, 3, 3, 3]), .columns, "few channels do not outweigh the transforms")
    XCTAssertEqual(try choice([64, 24, 24, 64], [64, 64, 1, 1]), .pointwise)
  }

  private func geometry(_ item: Case) throws -> ConvolutionGeometry {
    try ConvolutionGeometry(
      Shape(item.x), Shape(item.w), stride: Extent2(item.stride), padding: Extent2(item.padding), dilation: Extent2(1))
  }

  private func compare(
    _ item: Case, _ label: String, _ make: (ConvolutionGeometry) throws -> any ConvolutionAlgorithm
  ) throws {
    try engine {
      let g = try geometry(item)
      let algorithm = try make(g)
      let y = try Shape(g.batch, g.output.height, g.output.width, g.outputs)
      var random = Random(key: 3, stream: 0)
      func drawn(_ shape: Shape) throws -> Tensor {
        try Tensor((0..<shape.count).map { _ in Scalar(random.normal()) }, shape)
      }
      for count in 1...2 {
        let xs = try (0..<count).map { _ in try drawn(Shape(item.x)) }
        let ws = try (0..<count).map { _ in try drawn(Shape(item.w)) }
        let ys = try (0..<count).map { _ in try drawn(y) }
        let plain = PlainConvolution(g: g)
        let out = [try filled(y), try filled(Shape(item.x)), try filled(Shape(item.w))]
        try algorithm.product(zip(xs, ws).map { (a: $0, b: $1) }, into: out[0])
        try algorithm.leftAdjoint(zip(ys, ws).map { (cotangent: $0, b: $1) }, into: out[1])
        try algorithm.rightAdjoint(zip(xs, ys).map { (a: $0, cotangent: $1) }, into: out[2])
        let expected = [plain.product(xs, ws), plain.leftAdjoint(ys, ws), plain.rightAdjoint(xs, ys)]
        for (map, (got, want)) in zip(["product", "left", "right"], zip(out, expected)) {
          let scale = want.map(abs).max() ?? 1
          let worst = (0..<got.count).map { abs(Double(got.pointer[$0]) - want[$0]) }.max() ?? 0
          XCTAssertLessThan(worst / scale, isDouble ? 1e-11 : 3e-4, "\(label), \(map), \(count) terms")
        }
      }
    }
  }

  /// Whatever is not written would show.
  private func filled(_ shape: Shape) throws -> Tensor { try Tensor.filled(shape, with: .nan) }
}

/// The three maps by their definition.
private struct PlainConvolution {
  let g: ConvolutionGeometry

  func product(_ xs: [Tensor], _ ws: [Tensor]) -> [Double] {
    var y = [Double](repeating: 0, count: g.pixels * g.outputs)
    for (x, w) in zip(xs, ws) {
      forEachPair { xi, wi, yi in y[yi] += Double(x.pointer[xi]) * Double(w.pointer[wi]) }
    }
    return y
  }

  func leftAdjoint(_ ys: [Tensor], _ ws: [Tensor]) -> [Double] {
    var x = [Double](repeating: 0, count: g.batch * g.imageElements)
    for (y, w) in zip(ys, ws) {
      forEachPair { xi, wi, yi in x[xi] += Double(y.pointer[yi]) * Double(w.pointer[wi]) }
    }
    return x
  }

  func rightAdjoint(_ xs: [Tensor], _ ys: [Tensor]) -> [Double] {
    var w = [Double](repeating: 0, count: g.depth * g.outputs)
    for (x, y) in zip(xs, ys) {
      forEachPair { xi, wi, yi in w[wi] += Double(x.pointer[xi]) * Double(y.pointer[yi]) }
    }
    return w
  }

  private func forEachPair(_ body: (_ x: Int, _ w: Int, _ y: Int) -> Void) {
    for image in 0..<g.batch {
      for row in 0..<g.output.height {
        for column in 0..<g.output.width {
          let pixel = (image * g.output.height + row) * g.output.width + column
          for tap in 0..<g.taps {
            let top = row * g.stride.height - g.padding.height + tap / g.kernel.width * g.dilation.height
            let left = column * g.stride.width - g.padding.width + tap % g.kernel.width * g.dilation.width
            guard (0..<g.input.height).contains(top), (0..<g.input.width).contains(left) else { continue }
            let source = ((image * g.input.height + top) * g.input.width + left) * g.inputs
            for output in 0..<g.outputs {
              for input in 0..<g.inputs {
                body(source + input, (output * g.inputs + input) * g.taps + tap, pixel * g.outputs + output)
              }
            }
          }
        }
      }
    }
  }
}
