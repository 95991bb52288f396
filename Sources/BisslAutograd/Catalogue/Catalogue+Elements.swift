import BisslCore
import BisslKernels

/// Functions of each element.
extension Catalogue {
  static var pointwise: [Entry] {
    [
      Entry(
        ReLU.self, function: "relu", inputs: ["x"],
        documentation: "max(x, 0), with derivative 0 at 0.",
        samples: [Sample([7], draw: .separated), Sample([3, 41, 301], draw: .separated)]
      ) { _ in ReLU() },
      Entry(
        GELU.self, function: "gelu", inputs: ["x"],
        documentation: "x·Φ(x), exact (PyTorch's ``approximate=\"none\"``).",
        samples: [Sample([5, 3]), Sample([3, 41, 301])]
      ) { _ in GELU() },
      Entry(
        Softplus.self, function: "softplus", inputs: ["x"],
        documentation: "log(1 + exp(x)).",
        samples: [Sample([5, 3]), Sample([3, 41, 301])]
      ) { _ in Softplus() },
      Entry(
        SmoothL1.self, function: "smooth_l1", inputs: ["x"],
        settings: ["beta": .number(default: 1)],
        documentation: "x²/(2·beta) where |x| < beta, |x| - beta/2 elsewhere.",
        samples: [
          Sample([5, 3], options: ["beta": [1]]), Sample([5, 3], options: ["beta": [1.0 / 9]], draw: .separated),
          Sample([7], options: ["beta": [0]], draw: .separated),
          Sample([3, 41, 301], options: ["beta": [50]], draw: .separated),
        ]
      ) { try SmoothL1(beta: Scalar(try $0.number("beta"))) },
    ]
  }

  static var elementary: [Entry] {
    let shapes = [Sample([5, 3]), Sample([3, 41, 301])]
    let positive = [Sample([5, 3], draw: .positive), Sample([3, 41, 301], draw: .positive)]
    let powers = [-1.5, -1, 0, 0.5, 1, 2, 3].map { Sample([5, 3], options: ["exponent": [$0]], draw: .positive) }
    return [
      Entry(
        Exp.self, function: "exp", inputs: ["x"],
        documentation: "e to the power of x.",
        samples: shapes
      ) { _ in Exp() },
      Entry(
        Log.self, function: "log", inputs: ["x"],
        documentation: "The natural logarithm, for x > 0.",
        samples: positive
      ) { _ in Log() },
      Entry(
        Power.self, function: "power", inputs: ["x"],
        settings: ["exponent": .number()],
        documentation: "x to a constant power; x > 0 unless the exponent is a whole number.",
        samples: powers + [Sample([3, 41, 301], options: ["exponent": [0.5]], draw: .positive)]
      ) { Power(Scalar(try $0.number("exponent"))) },
      Entry(
        Sine.self, function: "sin", inputs: ["x"],
        documentation: "The sine of x in radians.",
        samples: shapes
      ) { _ in Sine() },
      Entry(
        Cosine.self, function: "cos", inputs: ["x"],
        documentation: "The cosine of x in radians.",
        samples: shapes
      ) { _ in Cosine() },
      Entry(
        Tanh.self, function: "tanh", inputs: ["x"],
        documentation: "The hyperbolic tangent.",
        samples: shapes
      ) { _ in Tanh() },
      Entry(
        Sigmoid.self, function: "sigmoid", inputs: ["x"],
        documentation: "1/(1 + exp(-x)).",
        samples: shapes
      ) { _ in Sigmoid() },
    ]
  }
}
