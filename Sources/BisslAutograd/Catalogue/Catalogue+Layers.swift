import BisslCore
import BisslKernels

/// What networks are made of.
extension Catalogue {
  /// Small weights sum their adjoint by pixels, large ones by taps; 3×3 windows may go through Winograd, as may wide
  /// ones after space-to-depth; groups are of several channels or of one each: all are here.
  static var convolutions: [Entry] {
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
        Convolution.self, function: "conv2d", inputs: ["x", "weight"],
        settings: [
          "stride": .extent(default: 1), "padding": .extent(default: 0), "dilation": .extent(default: 1),
          "groups": .integer(default: 1),
        ],
        documentation: """
          The convolution of maps (N, H, W, C) with a weight (outputs, C/groups, height, width): output channels of a \
          group see the input channels of that group. ``groups=C`` is a depthwise convolution.
          """,
        samples: small + winograd + large + groups
      ) { options in
        Convolution(
          stride: try options.extent("stride", in: Options.sides),
          padding: try options.extent("padding", in: Options.sides),
          dilation: try options.extent("dilation", in: Options.sides),
          groups: try options.integer("groups", in: Options.rows))
      }
    ]
  }

  static var pooling: [Entry] {
    let settings: KeyValuePairs<String, Setting> = [
      "window": .extent(), "stride": .extent().optional, "padding": .extent(default: 0),
    ]
    let samples = [
      Sample([2, 5, 7, 3], options: ["window": [3], "stride": [2], "padding": [1]], draw: .separated),
      Sample([1, 6, 5, 17], options: ["window": [3, 2], "stride": [1, 2], "padding": [0, 1]], draw: .separated),
      Sample([2, 4, 9, 2], options: ["window": [2, 3], "stride": [3]], draw: .separated),
      Sample([2, 49, 41, 19], options: ["window": [3], "stride": [2], "padding": [1]], draw: .separated),
    ]
    return [
      Entry(
        MaxPool.self, function: "max_pool2d", inputs: ["x"], settings: settings,
        documentation: "The greatest value of each window; the stride is the window unless given.",
        samples: samples
      ) { options in
        let (window, stride, padding) = try windows(options)
        return MaxPool(window: window, stride: stride, padding: padding)
      },
      Entry(
        AveragePool.self, function: "avg_pool2d", inputs: ["x"], settings: settings,
        documentation:
          "The mean of each window, padding counted as zeros; the stride is the window unless given.",
        samples: samples
      ) { options in
        let (window, stride, padding) = try windows(options)
        return AveragePool(window: window, stride: stride, padding: padding)
      },
      Entry(
        GlobalAveragePool.self, function: "global_avg_pool", inputs: ["x"],
        documentation: "The mean of each map: (N, H, W, C) to (N, C).",
        samples: [Sample([2, 3, 5, 7]), Sample([3, 41, 37, 19])]
      ) { _ in GlobalAveragePool() },
    ]
  }

  /// The stride is the window unless given, as in PyTorch.
  private static func windows(_ options: Options) throws -> (window: Extent2, stride: Extent2, padding: Extent2) {
    let window = try options.extent("window", in: Options.sides)
    return (
      window, try options.extent("stride", in: Options.sides, default: window),
      try options.extent("padding", in: Options.sides)
    )
  }

  /// Boxes within their map, across its border, without area, smaller than a cell and larger than the map.
  static var resampling: [Entry] {
    let boxes: [Double] = [
      3, 2, 50, 41.5, -9, -4.25, 22, 30, 17, 9, 17, 9, 40, 20, 44, 27, -200, -300, 400, 500, 60, 10, 90, 30,
    ]
    let many = (0..<60).flatMap { (i: Int) -> [Double] in
      let (x, y) = (i * 7 % 90, i * 5 % 70)
      return [x, y, x + 3 * i, y + 2 * i].map { Double($0) }
    }
    let plain: Options = ["boxes": boxes, "image_index": [1, 0, 1, 1, 0, 2], "scale": [0.125]]
    return [
      Entry(
        RoIAlign.self, function: "roi_align", inputs: ["features"],
        settings: [
          "boxes": .numbers(), "image_index": .integers(), "output_size": .extent(),
          "scale": .number(default: 0.0625), "sampling_ratio": .integer(default: 2), "aligned": .flag(default: false),
        ],
        documentation: """
          RoIAlign (He et al. 2017): boxes (K, 4) of maps (N, H, W, C), in ``output_size`` bins each, the means of \
          bilinear samples.
          """,
        samples: [
          Sample([3, 5, 7, 3], options: plain.adding("output_size", [3, 2])),
          Sample(
            [3, 5, 7, 3],
            options: plain.adding("output_size", [2, 3]).adding("sampling_ratio", [0]).adding("aligned", [1])),
          Sample([3, 1, 1, 2], options: plain.adding("output_size", [2]).adding("sampling_ratio", [3])),
          Sample(
            [2, 13, 17, 37],
            options: [
              "boxes": many, "image_index": (0..<60).map { Double($0 * $0 % 2) }, "output_size": [7],
              "scale": [0.2], "sampling_ratio": [0],
            ]),
        ]
      ) { options in
        RoIAlign(
          boxes: try options.list("boxes"), images: try options.integers("image_index", in: Options.rows),
          size: try options.extent("output_size", in: Options.sides), scale: try options.number("scale"),
          samplingRatio: try options.integer("sampling_ratio", in: 0...32), isAligned: try options.flag("aligned"))
      },
      Entry(
        Interpolate.self, function: "interpolate", inputs: ["x"],
        settings: ["size": .extent()],
        documentation: """
          Maps (N, H, W, C) at another size, (height, width), by bilinear interpolation, as PyTorch's interpolate with \
          ``mode="bilinear"`` and ``align_corners=False``.
          """,
        samples: [
          Sample([2, 3, 5, 3], options: ["size": [7, 4]]), Sample([1, 1, 2, 2], options: ["size": [3, 1]]),
          Sample([2, 9, 8, 1], options: ["size": [3, 5]]), Sample([3, 7, 9, 21], options: ["size": [61, 50]]),
        ]
      ) { Interpolate(to: try $0.extent("size", in: Options.sides)) },
    ]
  }

  /// Inputs of batch normalisation: x, γ, β and, as the fourth, the residual. Running statistics make it inference.
  static var normalizations: [Entry] {
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
      Entry(
        BatchNorm.self, function: "batch_norm", inputs: ["x", "weight", "bias", .optional("residual")],
        settings: [
          "relu": .flag(default: false), "epsilon": .number(default: 1e-5), "batches": .integer(default: 1),
          "mean": .numbers().optional, "variance": .numbers().optional,
        ],
        documentation: """
          Batch normalisation of x (…, C) with weight and bias (C,): by the statistics of each of ``batches`` equal \
          parts of the first axis, or by a given mean and variance. Then adds ``residual`` and takes ReLU, where asked.
          """,
        samples: samples
      ) { options in
        let (mean, variance) = (try options.list("mean", default: []), try options.list("variance", default: []))
        let mode: BatchNorm.Mode =
          mean.isEmpty
          ? .training(batches: try options.integer("batches", in: Options.rows))
          : .inference(mean: try vector(mean), variance: try vector(variance))
        return BatchNorm(mode: mode, epsilon: try options.number("epsilon"), relu: try options.flag("relu"))
      },
      Entry(
        LayerNorm.self, function: "layer_norm", inputs: ["x", "weight", "bias"],
        settings: ["epsilon": .number(default: 1e-6)],
        documentation: "Layer normalisation over the last axis, with weight and bias (C,).",
        samples: [
          Sample([3, 5], [5], [5]), Sample([2, 3, 7], [7], [7], options: ["epsilon": [0.1]]),
          Sample([1301, 37], [37], [37]),
        ]
      ) { LayerNorm(epsilon: try $0.number("epsilon")) },
      Entry(
        L2Normalize.self, function: "l2_normalize", inputs: ["x"],
        documentation: "Every row (the last axis) divided by its length, which counts as at least 1e-12.",
        samples: [Sample([3, 5]), Sample([2, 3, 9]), Sample([1301, 37])]
      ) { _ in L2Normalize() },
    ]
  }

  private static func vector(_ values: [Double]) throws -> Tensor {
    try Tensor(values.map { Scalar($0) }, Shape(values.count))
  }

  /// The last sample has more than one block of queries.
  static var attention: [Entry] {
    [
      Entry(
        Attention.self, function: "attention", inputs: ["qkv"],
        settings: ["heads": .integer()],
        documentation:
          "Multi-head attention from queries, keys and values side by side: (N, L, 3·width) to (N, L, width).",
        samples: [
          Sample([1, 1, 9], options: ["heads": [1]]), Sample([2, 5, 36], options: ["heads": [3]]),
          Sample([2, 195, 24], options: ["heads": [2]]),
        ]
      ) { Attention(heads: try $0.integer("heads", in: Options.sides)) }
    ]
  }
}
