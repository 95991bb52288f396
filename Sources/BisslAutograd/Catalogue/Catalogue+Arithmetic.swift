import BisslCore
import BisslKernels

/// Sums and products.
extension Catalogue {
  static var sums: [Entry] {
    [
      Entry(
        Add.self, function: "add", inputs: ["a", "b"], documentation: "a + b, of one shape.",
        samples: [Sample([5, 3], [5, 3]), Sample([3, 41, 301], [3, 41, 301])]
      ) { _ in Add() },
      Entry(
        Scale.self, function: "scale", inputs: ["x"],
        settings: ["by": .number()],
        documentation: "x times a number.",
        samples: [Sample([7], options: ["by": [-1.5]]), Sample([3, 41, 301], options: ["by": [0.25]])]
      ) { Scale(by: Scalar(try $0.number("by"))) },
      Entry(
        AddBias.self, function: "add_bias", inputs: ["x", "bias"],
        documentation: "x (…, C) plus a vector (C,) in every row.",
        samples: [Sample([5, 3], [3]), Sample([2, 3, 5, 7], [7]), Sample([1301, 37], [37])]
      ) { _ in AddBias() },
      Entry(
        Mean.self, function: "mean", inputs: ["x"],
        documentation: "The mean of all elements.",
        samples: [Sample([7]), Sample([2, 3, 5]), Sample([3, 41, 301])]
      ) { _ in Mean() },
    ]
  }

  static var axes: [Entry] {
    [
      Entry(
        Sum.self, function: "sum", inputs: ["x"],
        settings: ["axis": .integer()],
        documentation: "The sum over an axis.",
        samples: [
          Sample([7], options: ["axis": [0]]), Sample([2, 3, 5], options: ["axis": [0]]),
          Sample([2, 3, 5], options: ["axis": [1]]), Sample([2, 3, 5], options: ["axis": [2]]),
          Sample([3, 41, 301], options: ["axis": [1]]), Sample([301, 41, 3], options: ["axis": [0]]),
          Sample([301, 5, 33], options: ["axis": [2]]),
        ]
      ) { Sum(axis: try $0.integer("axis", in: Options.axes)) },
      Entry(
        Repeat.self, function: "repeat", inputs: ["x"],
        settings: ["axis": .integer(), "count": .integer()],
        documentation: "``count`` copies along a new axis.",
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
        Transpose.self, function: "transpose", inputs: ["x"],
        settings: ["axes": .integers()],
        documentation: "The axes in another order.",
        samples: [
          Sample([5], options: ["axes": [0]]), Sample([2, 3], options: ["axes": [1, 0]]),
          Sample([2, 3, 5, 4], options: ["axes": [2, 0, 3, 1]]), Sample([3, 41, 301], options: ["axes": [1, 2, 0]]),
        ]
      ) { Transpose(try $0.integers("axes", in: Options.axes)) },
    ]
  }

  static var products: [Entry] {
    [
      Entry(
        Multiply.self, function: "multiply", inputs: ["a", "b"],
        documentation: "a·b, element by element, of one shape.",
        samples: [Sample([5, 3], [5, 3]), Sample([3, 41, 301], [3, 41, 301])]
      ) { _ in Multiply() },
      Entry(
        MatrixProduct.self, function: "matmul", inputs: ["a", "b"],
        settings: ["transpose_right": .flag(default: false)],
        documentation: "The matrix product of (M, K) and (K, N); with ``transpose_right``, of (M, K) and (N, K)ᵀ.",
        samples: [
          Sample([1, 1], [1, 1]), Sample([5, 3], [3, 7]),
          Sample([5, 3], [7, 3], options: ["transpose_right": [1]]),
          Sample([300, 33], [33, 270]), Sample([300, 33], [270, 33], options: ["transpose_right": [1]]),
        ]
      ) { MatrixProduct(transposeRight: try $0.flag("transpose_right")) },
      Entry(
        ScaleChannels.self, function: "scale_channels", inputs: ["x", "factors"],
        documentation:
          "Every row of x (…, C) times ``factors`` (C,), element by element: LayerScale (Touvron et al. 2021).",
        samples: [Sample([5, 3], [3]), Sample([2, 3, 5, 7], [7]), Sample([1301, 37], [37])]
      ) { _ in ScaleChannels() },
      Entry(
        Linear.self, function: "linear", inputs: ["x", "weight", "bias"],
        documentation: "x Wᵀ + b for x (N, inputs), weight (outputs, inputs), bias (outputs,).",
        samples: [Sample([5, 3], [7, 3], [7]), Sample([400, 33], [270, 33], [270])]
      ) { _ in Linear() },
      Entry(
        LowRankLinear.self, function: "low_rank_linear", inputs: ["x", "weight", "a", "b", .optional("bias")],
        settings: ["scale": .number(default: 1)],
        documentation: """
          x Wᵀ + scale·(x Aᵀ) Bᵀ + bias for x (N, inputs), weight (outputs, inputs), a (rank, inputs), b (outputs, rank), \
          bias (outputs,): a linear layer with a low-rank addition (Hu et al. 2021, "LoRA").
          """,
        samples: [
          Sample([5, 3], [7, 3], [2, 3], [7, 2], [7], options: ["scale": [0.5]]),
          Sample([5, 3], [4, 3], [1, 3], [4, 1]),
          Sample([400, 33], [270, 33], [5, 33], [270, 5], [270], options: ["scale": [-2]]),
        ]
      ) { LowRankLinear(scale: Scalar(try $0.number("scale"))) },
    ]
  }
}
