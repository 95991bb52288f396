import BisslCore
import BisslKernels

extension Catalogue {
  static var losses: [Entry] {
    [
      Entry(
        SoftmaxCrossEntropy.self, function: "cross_entropy", inputs: ["logits"],
        settings: ["labels": .integers()],
        documentation: "Softmax cross-entropy of logits (N, C) with class numbers (N,).",
        samples: [
          Sample([1, 3], options: ["labels": [2]]), Sample([5, 3], options: ["labels": [0, 2, 1, 1, 0]]),
          Sample([1301, 37], options: ["labels": (0..<1301).map { Double($0 * 7 % 37) }]),
        ]
      ) { SoftmaxCrossEntropy(labels: try $0.integers("labels", in: Options.rows)) },
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
