import BisslCore
import BisslKernels

extension Catalogue {
  static var losses: [Entry] {
    [
      Entry(
        SoftmaxCrossEntropy.self, function: "cross_entropy", inputs: ["logits"],
        settings: [
          "labels": .integers(), "weights": .numbers().optional, "ignore_index": .integer().optional,
        ],
        documentation: """
          Softmax cross-entropy of logits (…, C) with class numbers (…), the mean over rows or, with ``weights`` (…), \
          their weighted mean; rows labelled ``ignore_index`` take no part.
          """,
        samples: [
          Sample([1, 3], options: ["labels": [2]]), Sample([5, 3], options: ["labels": [0, 2, 1, 1, 0]]),
          Sample([2, 3, 4], options: ["labels": [255, 0, 3, 255, 1, 2], "ignore_index": [255]]),
          Sample([4, 3], options: ["labels": [1, -1, 0, 2], "ignore_index": [-1], "weights": [0.25, 9, 0, 1.5]]),
          Sample([1301, 37], options: ["labels": (0..<1301).map { Double($0 * 7 % 37) }]),
          Sample(
            [1301, 37],
            options: [
              "labels": (0..<1301).map { Double($0 * 7 % 38) }, "ignore_index": [37],
              "weights": (0..<1301).map { Double($0 % 5) },
            ]),
        ]
      ) { options in
        SoftmaxCrossEntropy(
          labels: try options.integers("labels", in: Options.rows),
          weights: try options.list("weights", default: []),
          ignoring: options.names.contains("ignore_index")
            ? try options.integer("ignore_index", in: Options.rows) : nil)
      },
      Entry(
        NTXent.self, function: "nt_xent", inputs: ["z"],
        settings: ["temperature": .number(default: 0.5)],
        documentation:
          "NT-Xent (Chen et al. 2020) of rows z (2B, F), ℓ2-normalised: row i and row i + B are views of one image.",
        samples: [
          Sample([4, 3], options: ["temperature": [0.5]]), Sample([10, 7], options: ["temperature": [1.25]]),
          Sample([270, 5], options: ["temperature": [2]]),
        ]
      ) { NTXent(temperature: Scalar(try $0.number("temperature"))) },
    ]
  }
}
