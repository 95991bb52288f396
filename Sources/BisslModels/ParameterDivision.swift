import BisslCore

/// Where a parameter lies: at an offset of the vector that is trained, or of the one that is frozen.
enum ParameterPlace: Sendable {
  case trained(Int)
  case frozen(Int)
}

/// A module's parameters divided into two flat vectors, each in PyTorch's order.
struct ParameterDivision {
  private let declared: ParameterLayout
  private(set) var places: [ParameterPlace]
  private(set) var trained = ParameterLayout()
  private(set) var frozen = ParameterLayout()

  /// - Parameters:
  ///   - names: of parameters and buffers, in PyTorch's order.
  ///   - isFrozen: whether the parameter at an index is frozen.
  init(of declared: ParameterLayout, names: [String], isFrozen: (Int) -> Bool) throws {
    self.declared = declared
    places = declared.segments.map { .trained($0.offset) }
    let indices = Dictionary(declared.segments.enumerated().map { ($1.name, $0) }) { first, _ in first }
    try require(indices.count == declared.segments.count, .value("backbone: a name of a parameter was given twice"))
    for index in names.compactMap({ indices[$0] }) {
      let segment = declared.segments[index]
      if isFrozen(index) {
        places[index] = .frozen(frozen.count)
        try frozen.append(segment.name, segment.shape)
      } else {
        places[index] = .trained(trained.count)
        try trained.append(segment.name, segment.shape)
      }
    }
  }

  /// Both vectors, with these numbers.
  func filled(_ values: (Int) throws -> Tensor) throws -> (trained: Tensor, frozen: Tensor) {
    let first = try Tensor(Shape(trained.count), for: "the parameters of a module")
    let second = try Tensor(Shape(frozen.count), for: "the frozen parameters of a module")
    for (index, place) in places.enumerated() {
      let source = try values(index)
      switch place {
      case .trained(let offset): (first.pointer + offset).update(from: source.source, count: source.count)
      case .frozen(let offset): (second.pointer + offset).update(from: source.source, count: source.count)
      }
    }
    return (first, second)
  }
}

// MARK: - Freezing

extension ModuleState {
  /// The same numbers, these parameters frozen and all others trained.
  ///
  /// - Throws: `value` for a name that there is not, and where nothing would be left to train.
  public func freezing(_ frozen: [String]) throws -> ModuleState {
    let indices = try Set(frozen.map(index(ofParameter:)))
    try require(
      indices.count < declared.segments.count,
      .value("freeze: nothing would be left to train; freeze fewer parameters"))
    return try divided(isFrozen: indices.contains, values: values(of:))
  }

  /// All declared parameters as one vector, copied.
  func declaredValues() throws -> Tensor {
    let vector = try Tensor(Shape(declared.count), for: "the parameters of a module")
    for (index, segment) in declared.segments.enumerated() {
      (vector.pointer + segment.offset).update(from: try values(of: index).source, count: segment.shape.count)
    }
    return vector
  }

  /// The place of a parameter among the declared ones.
  public func index(ofParameter name: String) throws -> Int {
    guard let index = declared.segments.firstIndex(where: { $0.name == name }) else {
      let known = declared.segments.prefix(10).map(\.name).joined(separator: ", ")
      throw EngineError.value("parameter: expected one of \(known), …, got '\(name)'")
    }
    return index
  }
}
