import BisslCore
import BisslKernels

extension Catalogue {
  /// One operation: what callers from Python know of it, how it is made from settings, and the inputs that it is checked
  /// on.
  public struct Entry {
    /// The Swift type.
    public let name: String
    /// The function of `bissl.ops`.
    public let function: String
    /// Its documentation there.
    public let documentation: String
    public let inputs: [Input]
    public let settings: KeyValuePairs<String, Setting>
    public let samples: [Sample]
    private let make: (Options) throws -> any Operation

    /// `make` finds the defaults of settings among its options.
    init(
      _ type: (some Operation).Type, function: String, inputs: [Input], settings: KeyValuePairs<String, Setting> = [:],
      documentation: String, samples: [Sample], make: @escaping (Options) throws -> any Operation
    ) {
      name = String(describing: type)
      self.function = function
      self.documentation = documentation
      self.inputs = inputs
      self.settings = settings
      self.samples = samples
      self.make = make
    }

    /// Throws where a setting is unknown, missing or out of range.
    public func operation(_ given: Options = [:]) throws -> any Operation {
      try given.requireKnown(settings.map(\.key), to: name)
      return try make(
        given.withDefaults(
          settings.compactMap { setting in
            setting.value.fallback.map { Options.Entry(name: setting.key, numbers: [$0]) }
          }))
    }
  }

  /// Settings and inputs on which an operation's rules are checked.
  public struct Sample {
    public enum Draw {
      /// Standard normal.
      case normal
      /// Between 0.5 and 2.
      case positive
      /// In random order, and at least 0.02 apart from each other and 0.01 from zero: away from kinks.
      case separated
    }

    public let options: Options
    public let shapes: [[Int]]
    public let draw: Draw
    /// Inputs that the operation is not differentiated by.
    public let constants: Set<Int>

    init(_ shapes: [Int]..., options: Options = [:], draw: Draw = .normal, constants: Set<Int> = []) {
      self.init(shapes: shapes, options: options, draw: draw, constants: constants)
    }

    public init(shapes: [[Int]], options: Options = [:], draw: Draw = .normal, constants: Set<Int> = []) {
      self.options = options
      self.shapes = shapes
      self.draw = draw
      self.constants = constants
    }

    public func inputs(from random: inout Random) throws -> [Tensor] {
      try shapes.map { dimensions in
        let shape = try Shape(dimensions)
        return try Tensor(values(shape.count, from: &random), shape)
      }
    }

    private func values(_ count: Int, from random: inout Random) -> [Scalar] {
      switch draw {
      case .normal: return (0..<count).map { _ in Scalar(random.normal()) }
      case .positive: return (0..<count).map { _ in Scalar(random.uniform(0.5, 2)) }
      case .separated:
        // An odd multiple of 0.01, never zero.
        var values = (0..<count).map { Scalar(2 * ($0 - count / 2) + 1) * 0.01 }
        for i in values.indices.dropFirst() { values.swapAt(i, random.integer(below: i + 1)) }
        return values
      }
    }
  }
}
