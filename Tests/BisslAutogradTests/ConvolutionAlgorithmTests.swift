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
    var dilation = 1
    var groups = 1
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

  /// Windows of three and four taps after the rearrangement, pixels that no window reaches, more padding than a step,
  /// strides of 2 to 4.
  private let spaceToDepthCases = [
    Case(x: [3, 22, 23, 3], w: [17, 3, 7, 7], padding: 3, stride: 2),
    Case(x: [2, 13, 12, 5], w: [33, 5, 5, 5], padding: 2, stride: 2),
    Case(x: [2, 16, 19, 2], w: [9, 2, 6, 6], padding: 0, stride: 2),
    Case(x: [1, 15, 17, 4], w: [7, 4, 8, 8], padding: 5, stride: 2),
    Case(x: [2, 23, 21, 3], w: [5, 3, 11, 11], padding: 1, stride: 3),
    Case(x: [1, 27, 30, 2], w: [6, 2, 11, 11], padding: 2, stride: 4),
  ]

  /// Images that the dilation does and does not divide, smaller than it, more and less padding than keeps the size.
  private let dilatedCases = [
    Case(x: [2, 8, 10, 19], w: [17, 19, 3, 3], padding: 2, dilation: 2),
    Case(x: [3, 9, 7, 5], w: [9, 5, 3, 3], padding: 2, dilation: 2),
    Case(x: [1, 11, 13, 6], w: [7, 6, 3, 3], padding: 0, dilation: 3),
    Case(x: [2, 7, 8, 4], w: [5, 4, 3, 3], padding: 4, dilation: 2),
    Case(x: [2, 4, 5, 33], w: [21, 33, 3, 3], padding: 6, dilation: 6),
    Case(x: [2, 12, 11, 7], w: [6, 7, 4, 4], padding: 2, dilation: 2),
  ]

  private let im2colCases = [
    Case(x: [2, 9, 7, 5], w: [19, 5, 3, 3], stride: 2), Case(x: [3, 5, 4, 37], w: [33, 37, 1, 1], padding: 0),
    Case(x: [1, 12, 13, 3], w: [17, 3, 7, 7], padding: 3, stride: 2),
    Case(x: [2, 6, 7, 290], w: [70, 290, 3, 3], stride: 2), Case(x: [1, 2, 2, 3], w: [5, 3, 1, 1], padding: 0),
  ]

  func testWinogradAgainstPlainLoops() throws {
    for (index, item) in winogradCases.enumerated() {
      let tiles = WinogradConvolution.tiles(try shape(item))
      XCTAssertFalse(tiles.isEmpty)
      for tile in tiles {
        try compare(item, "case \(index), \(tile)") { WinogradConvolution($0, tile) }
      }
    }
  }

  /// Sums that leave a core's cache, over more tiles than a slab has: the weight's adjoint with one and two terms.
  func testWinogradInSlabsAgainstIm2col() throws {
    try engine {
      let g = try shape(Case(x: [6, 38, 37, 100], w: [113, 100, 3, 3]))
      var random = Random(key: 3, stream: 0)
      for tile in WinogradConvolution.tiles(g) {
        for count in 1...2 {
          let terms = try (0..<count).map { _ in
            (
              a: try normal(Shape(g.batch, g.input.height, g.input.width, g.inputs), &random),
              cotangent: try normal(Shape(g.batch, g.output.height, g.output.width, g.outputs), &random)
            )
          }
          let (got, want) = (try filled(Shape(113, 100, 3, 3)), try filled(Shape(113, 100, 3, 3)))
          try WinogradConvolution(g, tile).rightAdjoint(terms, into: got)
          try Im2colConvolution(g).rightAdjoint(terms, into: want)
          let scale = want.array.map { abs(Double($0)) }.max() ?? 1
          let worst = zip(got.array, want.array).map { abs(Double($0) - Double($1)) }.max() ?? 0
          XCTAssertLessThan(worst / scale, isDouble ? 1e-11 : 3e-4, "\(tile), \(count) terms")
        }
      }
    }
  }

  func testSpaceToDepthAgainstPlainLoops() throws {
    for (index, item) in spaceToDepthCases.enumerated() {
      let dense = try XCTUnwrap(SpaceToDepthConvolution.dense(shape(item)))
      let tiles = WinogradConvolution.tiles(dense)
      XCTAssertFalse(tiles.isEmpty)
      for tile in tiles {
        try compare(item, "case \(index), \(tile)") { try SpaceToDepthConvolution($0, tile) }
      }
    }
  }

  func testDilatedAgainstPlainLoops() throws {
    for (index, item) in dilatedCases.enumerated() {
      let tiles = WinogradConvolution.tiles(try XCTUnwrap(DilatedConvolution.dense(shape(item))))
      XCTAssertFalse(tiles.isEmpty)
      for tile in tiles {
        try compare(item, "case \(index), \(tile)") { try DilatedConvolution($0, tile) }
      }
    }
    XCTAssertNil(DilatedConvolution.dense(try shape(Case(x: [1, 9, 9, 3], w: [2, 3, 3, 3], padding: 1, dilation: 2))))
    XCTAssertNil(
      DilatedConvolution.dense(try shape(Case(x: [1, 9, 9, 3], w: [2, 3, 3, 3], padding: 2, stride: 2, dilation: 2))))
  }

  func testIm2colAgainstPlainLoops() throws {
    for (index, item) in (winogradCases + spaceToDepthCases + dilatedCases + im2colCases).enumerated() {
      try compare(item, "case \(index)") { Im2colConvolution($0) }
    }
  }

  /// The largest have their weights packed, small ones and thin ones go to OpenBLAS.
  func testPointwiseAgainstPlainLoops() throws {
    let cases = [
      Case(x: [2, 5, 7, 3], w: [5, 3, 1, 1], padding: 0), Case(x: [2, 3, 3, 260], w: [258, 260, 1, 1], padding: 0),
      Case(x: [13, 7, 6, 21], w: [67, 21, 1, 1], padding: 0), Case(x: [11, 7, 6, 19], w: [37, 19, 1, 1]),
      Case(x: [3, 5, 6, 4], w: [7, 4, 1, 1], padding: 0, stride: 2),
      Case(x: [3, 4, 5, 2], w: [3, 2, 1, 1], padding: 1, stride: 3),
      Case(x: [7, 17, 15, 21], w: [131, 21, 1, 1], padding: 0, stride: 2),
    ]
    for (index, item) in cases.enumerated() {
      try compare(item, "case \(index)") { PointwiseConvolution($0, .full) }
    }
  }

  /// Strides, dilations and paddings in one and both axes, windows that leave the image, pixels that none reaches,
  /// channels that fill no vector and several, runs of pixels and single ones.
  private let depthwiseCases = [
    Case(x: [2, 5, 7, 3], w: [3, 1, 3, 3], groups: 3), Case(x: [3, 9, 13, 37], w: [37, 1, 3, 3], groups: 37),
    Case(x: [2, 9, 14, 19], w: [19, 1, 3, 3], stride: 2, groups: 19),
    Case(x: [2, 11, 10, 8], w: [8, 1, 3, 3], padding: 2, dilation: 2, groups: 8),
    Case(x: [1, 15, 17, 9], w: [9, 1, 7, 7], padding: 3, groups: 9),
    Case(x: [2, 15, 12, 21], w: [21, 1, 5, 5], padding: 0, stride: 3, groups: 21),
    Case(x: [2, 16, 13, 5], w: [5, 1, 2, 4], padding: 1, stride: 2, dilation: 2, groups: 5),
    Case(x: [1, 8, 9, 4], w: [4, 1, 1, 1], padding: 0, stride: 3, groups: 4),
    Case(x: [1, 2, 2, 6], w: [6, 1, 3, 3], padding: 3, stride: 2, groups: 6),
  ]

  func testDepthwiseAgainstPlainLoops() throws {
    for (index, item) in depthwiseCases.enumerated() {
      XCTAssertTrue(DepthwiseConvolution.serves(try shape(item)))
      try compare(item, "case \(index)") { DepthwiseConvolution($0) }
    }
  }

  /// By each algorithm for the groups, several output channels a group, and depthwise ones.
  func testGroupsAgainstPlainLoops() throws {
    let cases = [
      Case(x: [2, 5, 7, 6], w: [4, 3, 3, 3], stride: 2, groups: 2),
      Case(x: [2, 6, 9, 38], w: [34, 19, 3, 3], groups: 2),
      Case(x: [1, 22, 23, 9], w: [12, 3, 7, 7], padding: 3, stride: 2, groups: 3),
      Case(x: [3, 5, 4, 21], w: [15, 7, 1, 1], padding: 0, groups: 3),
      Case(x: [2, 7, 6, 5], w: [10, 1, 3, 3], groups: 5),
      Case(x: [2, 9, 8, 8], w: [12, 2, 3, 3], padding: 2, dilation: 2, groups: 4),
    ]
    for (index, item) in (cases + depthwiseCases).enumerated() {
      try compare(item, "case \(index)") { try GroupedConvolution($0, ConvolutionSetting()) }
    }
  }

  func testGroupsThatDoNotFitAreRefused() throws {
    for (x, w, groups, message) in [
      ([1, 5, 5, 6], [4, 3, 3, 3], 0, "groups 0 must divide the 6 channels of the input and the 4 of the output"),
      ([1, 5, 5, 6], [4, 2, 3, 3], 4, "groups 4 must divide"), ([1, 5, 5, 6], [4, 2, 3, 3], 3, "groups 3 must divide"),
      ([1, 5, 5, 6], [4, 6, 3, 3], 2, "3 channels in each of 2 groups, the weight of shape .* expects 6"),
      ([1, 5, 5, 6], [4, 6, 3, 3], .max, "groups 9223372036854775807 must divide"),
    ] {
      assertThrows(try ConvolutionShape(Shape(x), Shape(w), groups: groups), message)
    }
  }

  /// Derivatives of a batch share the plans that were made for it.
  func testPlansAreMadeOnce() throws {
    let plans = ConvolutionPlans()
    var made = 0
    func plan(_ batch: Int, _ setting: ConvolutionSetting) throws {
      let (x, w) = (try Shape(batch, 5, 5, 3), try Shape(4, 3, 3, 3))
      _ = try plans.plan(x, w, setting) {
        made += 1
        return try ConvolutionPlan(ConvolutionShape(x, w), setting)
      }
    }
    for _ in 0..<3 {
      try plan(2, .current)
      try plan(2, .primal)
    }
    XCTAssertEqual(made, 2)
    for batch in 3..<30 { try plan(batch, .current) }
    try plan(2, .current)
    XCTAssertEqual(made, 30, "the last few are kept")
  }

  func testTheChoice() throws {
    func choice(
      _ x: [Int], _ w: [Int], padding: Int = 1, stride: Int = 1, groups: Int = 1, isAccurate: Bool = false
    ) throws -> ConvolutionPlan.Choice {
      let item = Case(x: x, w: w, padding: padding, stride: stride, groups: groups)
      return try ConvolutionPlan(shape(item), ConvolutionSetting(isAccurate: isAccurate)).choice
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
    XCTAssertEqual(try choice([64, 96, 96, 3], [64, 3, 7, 7], padding: 3, stride: 2), .spaceToDepth(.init(.four, m: 4)))
    XCTAssertEqual(
      try choice([64, 96, 96, 3], [64, 3, 7, 7], padding: 3, stride: 2, isAccurate: true), .im2col)
    XCTAssertEqual(
      try choice([3, 24, 24, 3], [64, 3, 7, 7], padding: 3, stride: 2), .spaceToDepth(.init(.four, m: 4)),
      "a sample of the catalogue")
    XCTAssertEqual(try choice([64, 24, 24, 64], [64, 64, 3, 3], stride: 3), .im2col)
    XCTAssertEqual(
      try choice([64, 96, 96, 3], [16, 3, 3, 3]), .im2col, "few channels do not outweigh the transforms")
    XCTAssertEqual(try choice([64, 24, 24, 64], [64, 64, 1, 1]), .pointwise)
    XCTAssertEqual(try choice([64, 24, 24, 64], [64, 1, 7, 7], padding: 3, groups: 64), .depthwise)
    XCTAssertEqual(try choice([64, 24, 24, 64], [128, 1, 3, 3], groups: 64), .grouped)
    XCTAssertEqual(try choice([64, 24, 24, 64], [64, 16, 1, 1], groups: 4), .grouped)
  }

  private func shape(_ item: Case) throws -> ConvolutionShape {
    try ConvolutionShape(
      Shape(item.x), Shape(item.w), stride: Extent2(item.stride), padding: Extent2(item.padding),
      dilation: Extent2(item.dilation), groups: item.groups)
  }

  private func compare(
    _ item: Case, _ label: String, _ make: (ConvolutionShape) throws -> any ConvolutionAlgorithm
  ) throws {
    try engine {
      let g = try shape(item)
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
  let g: ConvolutionShape

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
              let group = output / (g.outputs / g.groups)
              for input in 0..<g.groupInputs {
                body(
                  source + group * g.groupInputs + input, (output * g.groupInputs + input) * g.taps + tap,
                  pixel * g.outputs + output)
              }
            }
          }
        }
      }
    }
  }
}
