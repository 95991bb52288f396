import BisslCore
import BisslKernels

/// Every operation there is, with what it takes to make and to check it. The test suite checks each on its samples, and
/// fails where an operation is missing here; the boundary offers the same list to Python.
///
/// Samples have odd extents and rectangles; the last of each spans several chunks of the parallel loops.
public enum Catalogue {
  public static var entries: [Entry] {
    pointwise + elementary + sums + axes + products + convolutions + arrangement + rows + pooling + normalizations
      + attention + losses
  }

  private static var pointwise: [Entry] {
    [
      Entry(ReLU.self, samples: [Sample([7], draw: .separated), Sample([3, 41, 301], draw: .separated)]) { _ in ReLU()
      },
      Entry(GELU.self, samples: [Sample([5, 3]), Sample([3, 41, 301])]) { _ in GELU() },
      Entry(Softplus.self, samples: [Sample([5, 3]), Sample([3, 41, 301])]) { _ in Softplus() },
    ]
  }

  private static var elementary: [Entry] {
    let shapes = [Sample([5, 3]), Sample([3, 41, 301])]
    let positive = [Sample([5, 3], draw: .positive), Sample([3, 41, 301], draw: .positive)]
    let powers = [-1.5, -1, 0, 0.5, 1, 2, 3].map { Sample([5, 3], options: ["exponent": [$0]], draw: .positive) }
    return [
      Entry(Exp.self, samples: shapes) { _ in Exp() },
      Entry(Log.self, samples: positive) { _ in Log() },
      Entry(
        Power.self, options: ["exponent"],
        samples: powers + [Sample([3, 41, 301], options: ["exponent": [0.5]], draw: .positive)]
      ) { Power(Scalar(try $0.number("exponent"))) },
      Entry(Tanh.self, samples: shapes) { _ in Tanh() },
      Entry(Sigmoid.self, samples: shapes) { _ in Sigmoid() },
    ]
  }

  private static var axes: [Entry] {
    [
      Entry(
        Sum.self, options: ["axis"],
        samples: [
          Sample([7], options: ["axis": [0]]), Sample([2, 3, 5], options: ["axis": [0]]),
          Sample([2, 3, 5], options: ["axis": [1]]), Sample([2, 3, 5], options: ["axis": [2]]),
          Sample([3, 41, 301], options: ["axis": [1]]), Sample([301, 41, 3], options: ["axis": [0]]),
          Sample([301, 5, 33], options: ["axis": [2]]),
        ]
      ) { Sum(axis: try $0.integer("axis", in: Options.axes)) },
      Entry(
        Repeat.self, options: ["axis", "count"],
        samples: [
          Sample([], options: ["axis": [0], "count": [3]]), Sample([2, 3], options: ["axis": [0], "count": [4]]),
          Sample([2, 3], options: ["axis": [1], "count": [4]]), Sample([2, 3], options: ["axis": [2], "count": [1]]),
          Sample([301, 41], options: ["axis": [1], "count": [3]]),
        ]
      ) {
        Repeat(
          axis: try $0.integer("axis", in: Options.axes), count: try $0.integer("count", in: Options.rows))
      },
      Entry(
        Transpose.self, options: ["axes"],
        samples: [
          Sample([5], options: ["axes": [0]]), Sample([2, 3], options: ["axes": [1, 0]]),
          Sample([2, 3, 5, 4], options: ["axes": [2, 0, 3, 1]]), Sample([3, 41, 301], options: ["axes": [1, 2, 0]]),
        ]
      ) { Transpose(try $0.integers("axes", in: Options.axes)) },
    ]
  }

  private static var sums: [Entry] {
    [
      Entry(Add.self, samples: [Sample([5, 3], [5, 3]), Sample([3, 41, 301], [3, 41, 301])]) { _ in Add() },
      Entry(
        Scale.self, options: ["by"],
        samples: [Sample([7], options: ["by": [-1.5]]), Sample([3, 41, 301], options: ["by": [0.25]])]
      ) { Scale(by: Scalar(try $0.number("by"))) },
      Entry(AddBias.self, samples: [Sample([5, 3], [3]), Sample([2, 3, 5, 7], [7]), Sample([1301, 37], [37])]) { _ in
        AddBias()
      },
      Entry(Mean.self, samples: [Sample([7]), Sample([2, 3, 5]), Sample([3, 41, 301])]) { _ in Mean() },
    ]
  }

  private static var products: [Entry] {
    [
      Entry(Multiply.self, samples: [Sample([5, 3], [5, 3]), Sample([3, 41, 301], [3, 41, 301])]) { _ in Multiply() },
      Entry(
        MatrixProduct.self, options: ["transpose_right"],
        samples: [
          Sample([1, 1], [1, 1]), Sample([5, 3], [3, 7]),
          Sample([5, 3], [7, 3], options: ["transpose_right": [1]]),
          Sample([300, 33], [33, 270]), Sample([300, 33], [270, 33], options: ["transpose_right": [1]]),
        ]
      ) { MatrixProduct(transposeRight: try $0.flag("transpose_right", default: false)) },
      Entry(ScaleChannels.self, samples: [Sample([5, 3], [3]), Sample([2, 3, 5, 7], [7]), Sample([1301, 37], [37])]) { _ in
        ScaleChannels()
      },
      Entry(Linear.self, samples: [Sample([5, 3], [7, 3], [7]), Sample([400, 33], [270, 33], [270])]) { _ in Linear() },
    ]
  }

  /// Small weights sum their adjoint by pixels, large ones by taps; 3×3 windows may go through Winograd, as may wide
  /// ones after space-to-depth; groups are of several channels or of one each: all are here.
  private static var convolutions: [Entry] {
    let small = [
      Sample([2, 5, 7, 3], [4, 3, 3, 3], options: ["stride": [2], "padding": [1]]),
      Sample([1, 6, 9, 2], [3, 2, 1, 3], options: ["stride": [1, 2], "padding": [0, 2], "dilation": [1, 2]]),
      Sample([3, 5, 4, 7], [5, 7, 1, 1]),
      Sample([3, 5, 4, 7], [5, 7, 1, 1], options: ["stride": [2]]),
    ]
    let winograd = [
      Sample([2, 7, 5, 19], [17, 19, 3, 3], options: ["padding": [1]]),
      Sample([3, 30, 26, 16], [21, 16, 3, 3], options: ["padding": [1]]),
      Sample([3, 24, 24, 3], [64, 3, 7, 7], options: ["stride": [2], "padding": [3]]),
    ]
    let large = [
      Sample([2, 3, 4, 91], [83, 91, 3, 3], options: ["padding": [1]]),
      Sample([5, 33, 29, 7], [9, 7, 3, 3], options: ["stride": [2, 1], "padding": [1]]),
    ]
    let groups = [
      Sample([2, 5, 7, 6], [4, 3, 3, 3], options: ["stride": [2], "padding": [1], "groups": [2]]),
      Sample([2, 7, 9, 19], [19, 1, 3, 3], options: ["stride": [2, 1], "padding": [1], "groups": [19]]),
      Sample([1, 9, 8, 5], [10, 1, 3, 3], options: ["padding": [2], "dilation": [2], "groups": [5]]),
      Sample([3, 19, 23, 41], [41, 1, 7, 7], options: ["padding": [3], "groups": [41]]),
    ]
    return [
      Entry(
        Convolution.self, options: ["stride", "padding", "dilation", "groups"],
        samples: small + winograd + large + groups
      ) { options in
        Convolution(
          stride: try options.extent("stride", in: Options.sides, default: Extent2(1)),
          padding: try options.extent("padding", in: Options.sides, default: Extent2(0)),
          dilation: try options.extent("dilation", in: Options.sides, default: Extent2(1)),
          groups: try options.integer("groups", in: Options.rows, default: 1))
      }
    ]
  }

  private static var arrangement: [Entry] {
    [
      Entry(Reshape.self, options: ["to"], samples: [Sample([2, 3, 5], options: ["to": [5, 6]])]) {
        Reshape(to: try $0.integers("to", in: Options.extents))
      },
      Entry(
        Concatenate.self,
        samples: [Sample([5]), Sample([2, 3], [1, 3], [4, 3]), Sample([301, 41, 3], [200, 41, 3])]
      ) { _ in Concatenate() },
    ]
  }

  private static var rows: [Entry] {
    let many = (0..<1301).map { Double($0 * 7 % 900) }
    return [
      Entry(
        SelectRows.self, options: ["indices"],
        samples: [
          Sample([5, 3], options: ["indices": [4, 0, 0, 2, 0]]), Sample([1, 7], options: ["indices": [0, 0, 0]]),
          Sample([901, 37], options: ["indices": many]),
        ]
      ) { SelectRows(try $0.integers("indices", in: Options.rows)) },
      Entry(
        ScaleSamples.self, options: ["by"],
        samples: [
          Sample([6, 5], options: ["by": [0, 1.25, -2]]), Sample([2, 3, 5], options: ["by": [0, 2]]),
          Sample([1300, 37], options: ["by": (0..<650).map { Double($0 % 3) }]),
        ]
      ) { ScaleSamples(by: try $0.list("by").map { Scalar($0) }) },
      Entry(
        Patchify.self, options: ["size", "channels_first"],
        samples: [
          Sample([2, 6, 9, 5], options: ["size": [3]]),
          Sample([3, 4, 6, 3], options: ["size": [2], "channels_first": [1]]),
          Sample([5, 84, 91, 3], options: ["size": [7], "channels_first": [1]]),
        ]
      ) {
        Patchify(
          size: try $0.integer("size", in: Options.sides),
          channelsFirst: try $0.flag("channels_first", default: false))
      },
    ]
  }

  /// The last sample has more than one block of queries.
  private static var attention: [Entry] {
    [
      Entry(
        Attention.self, options: ["heads"],
        samples: [
          Sample([1, 1, 9], options: ["heads": [1]]), Sample([2, 5, 36], options: ["heads": [3]]),
          Sample([2, 195, 24], options: ["heads": [2]]),
        ]
      ) { Attention(heads: try $0.integer("heads", in: Options.sides)) }
    ]
  }

  private static var pooling: [Entry] {
    let settings = ["window", "stride", "padding"]
    let samples = [
      Sample([2, 5, 7, 3], options: ["window": [3], "stride": [2], "padding": [1]], draw: .separated),
      Sample([1, 6, 5, 17], options: ["window": [3, 2], "stride": [1, 2], "padding": [0, 1]], draw: .separated),
      Sample([2, 4, 9, 2], options: ["window": [2, 3], "stride": [3]], draw: .separated),
      Sample([2, 49, 41, 19], options: ["window": [3], "stride": [2], "padding": [1]], draw: .separated),
    ]
    return [
      Entry(MaxPool.self, options: settings, samples: samples) { options in
        let (window, stride, padding) = try windows(options)
        return MaxPool(window: window, stride: stride, padding: padding)
      },
      Entry(AveragePool.self, options: settings, samples: samples) { options in
        let (window, stride, padding) = try windows(options)
        return AveragePool(window: window, stride: stride, padding: padding)
      },
      Entry(GlobalAveragePool.self, samples: [Sample([2, 3, 5, 7]), Sample([3, 41, 37, 19])]) { _ in GlobalAveragePool()
      },
    ]
  }

  /// The stride is the window unless given, as in PyTorch.
  private static func windows(_ options: Options) throws -> (window: Extent2, stride: Extent2, padding: Extent2) {
    let window = try options.extent("window", in: Options.sides)
    return (
      window, try options.extent("stride", in: Options.sides, default: window),
      try options.extent("padding", in: Options.sides, default: Extent2(0))
    )
  }

  /// Inputs of batch normalisation: x, γ, β and, as the fourth, the residual. Running statistics make it inference.
  private static var normalizations: [Entry] {
    let statistics: Options = ["mean": [0.5, -1, 0.25], "variance": [0.5, 2, 1]]
    let samples = [
      Sample([7, 3], [3], [3]), Sample([2, 3, 5, 3], [3], [3], options: ["relu": [1]]),
      Sample([5, 3], [3], [3], [5, 3], options: ["relu": [1]]), Sample([5, 3], [3], [3], [5, 3]),
      Sample([5, 3], [3], [3], options: statistics),
      Sample([5, 3], [3], [3], [5, 3], options: statistics.adding("relu", [1])),
      Sample([3, 41, 29, 13], [13], [13], [3, 41, 29, 13], options: ["relu": [1]]),
      Sample([6, 3], [3], [3], [6, 3], options: ["relu": [1], "batches": [2]]),
      Sample([6, 23, 29, 13], [13], [13], options: ["batches": [3]]),
    ]
    return [
      Entry(BatchNorm.self, options: ["relu", "epsilon", "batches", "mean", "variance"], samples: samples) { options in
        let (mean, variance) = (try options.list("mean", default: []), try options.list("variance", default: []))
        let mode: BatchNorm.Mode =
          mean.isEmpty
          ? .training(batches: try options.integer("batches", in: Options.rows, default: 1))
          : .inference(mean: try vector(mean), variance: try vector(variance))
        return BatchNorm(
          mode: mode, epsilon: try options.number("epsilon", default: 1e-5),
          relu: try options.flag("relu", default: false))
      },
      Entry(
        LayerNorm.self, options: ["epsilon"],
        samples: [
          Sample([3, 5], [5], [5]), Sample([2, 3, 7], [7], [7], options: ["epsilon": [0.1]]),
          Sample([1301, 37], [37], [37]),
        ]
      ) { LayerNorm(epsilon: try $0.number("epsilon", default: 1e-6)) },
      Entry(L2Normalize.self, samples: [Sample([3, 5]), Sample([2, 3, 9]), Sample([1301, 37])]) { _ in L2Normalize() },
    ]
  }

  private static func vector(_ values: [Double]) throws -> Tensor {
    try Tensor(values.map { Scalar($0) }, Shape(values.count))
  }

  private static var losses: [Entry] {
    [
      Entry(
        SoftmaxCrossEntropy.self, options: ["labels"],
        samples: [
          Sample([1, 3], options: ["labels": [2]]), Sample([5, 3], options: ["labels": [0, 2, 1, 1, 0]]),
          Sample([1301, 37], options: ["labels": (0..<1301).map { Double($0 * 7 % 37) }]),
        ]
      ) { SoftmaxCrossEntropy(labels: try $0.integers("labels", in: Options.rows)) },
      Entry(
        NTXent.self, options: ["temperature"],
        samples: [
          Sample([4, 3], options: ["temperature": [0.5]]), Sample([10, 7], options: ["temperature": [1.25]]),
          Sample([270, 5], options: ["temperature": [2]]),
        ]
      ) { NTXent(temperature: Scalar(try $0.number("temperature", default: 0.5))) },
    ]
  }
}
