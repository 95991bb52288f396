import BisslAutograd
import BisslCore
import BisslKernels

/// A low-rank addition to a weight W (Hu et al. 2021, "LoRA"): W + s·BA with s = alpha/rank. A has `rank` rows and the
/// other extents of W, B is (outputs, rank), or (outputs, rank, 1, 1) beside a convolution's weight, as in peft.
public struct LowRankAdapter: Sendable {
  public let rank: Int
  public let alpha: Double
  /// Indices of A and B among the declared parameters.
  let a, b: Int

  var scale: Double { alpha / Double(rank) }
}

/// A weight's adapter on a tape: A and B as matrices, (rank, inputs) and (outputs, rank).
struct RecordedAdapter {
  let a, b: Variable
  let scale: Scalar
}

extension Pass {
  /// The adapter of a weight, where it has one.
  func adapter(of weight: Int) throws -> RecordedAdapter? {
    guard let adapter = state.adapters[weight] else { return nil }
    func matrix(_ index: Int) throws -> Variable {
      let shape = state.declared.segments[index].shape
      let parameter = try parameter(index)
      return shape.rank == 2
        ? parameter : try tape.apply(Reshape(to: [shape[0], shape.count / max(1, shape[0])]), parameter)
    }
    return RecordedAdapter(a: try matrix(adapter.a), b: try matrix(adapter.b), scale: Scalar(adapter.scale))
  }

  /// A weight with its adapter added up, W + s·BA: for layers that this module does not know from within. It costs an
  /// adjoint of W's size.
  func adaptedWeight(_ weight: Int) throws -> Variable {
    let plain = try parameter(weight)
    guard let adapter = try adapter(of: weight) else { return plain }
    let product = try tape.apply(MatrixProduct(transposeRight: false), adapter.b, adapter.a)
    let scaled = try tape.apply(Scale(by: adapter.scale), product)
    return try tape.apply(Add(), plain, tape.apply(Reshape(to: plain.value.shape.dimensions), scaled))
  }
}

// MARK: - Adding and merging

extension ModuleState {
  /// The layers that an adapter can be added to, in order.
  public var adaptableLayers: [String] {
    adaptable.sorted().compactMap { ModuleState.layer(ofWeight: declared.segments[$0].name) }
  }

  /// Every adapter with the name of its layer, in the order of the layers.
  public var layerAdapters: [(layer: String, adapter: LowRankAdapter)] {
    adapters.sorted { $0.key < $1.key }.map { weight, adapter in
      (ModuleState.layer(ofWeight: declared.segments[weight].name) ?? "", adapter)
    }
  }

  /// The name of a layer, from that of its weight.
  private static func layer(ofWeight name: String) -> String? {
    name.hasSuffix(".weight") ? String(name.dropLast(".weight".count)) : nil
  }

  /// The same numbers with adapters, which alone are trained. A begins uniform on ±1/√inputs (peft's and the authors'
  /// Kaiming), B with zeros, so that the function is what it was.
  ///
  /// - Throws: `value` for a layer that takes no adapter or has one, and for a rank that is none or larger than the layer.
  public func adapted(_ wanted: [(layer: String, rank: Int, alpha: Double)], seed: UInt64) throws -> ModuleState {
    var (layout, adapters, names) = (declared, self.adapters, self.names)
    var initial: [Tensor] = []
    for (layer, rank, alpha) in wanted {
      let weight = try adaptableWeight(of: layer, adapters)
      let shape = declared.segments[weight].shape.dimensions
      let inputs = shape.dropFirst().reduce(1, *)
      try require(
        (1...max(1, min(shape[0], inputs))).contains(rank),
        .value(
          "rank: expected a whole number from 1 to \(min(shape[0], inputs)), the least extent of \(layer) with its "
            + "\(shape[0]) outputs and \(inputs) inputs, got \(rank)"))
      try require(alpha.isFinite && alpha > 0, .value("alpha: expected a positive number, got \(alpha)"))
      let shapeOfB = [shape[0], rank] + shape.dropFirst(2).map { _ in 1 }
      let a = try layout.append("\(layer).lora_A.weight", Shape([rank] + shape.dropFirst()))
      let b = try layout.append("\(layer).lora_B.weight", Shape(shapeOfB))
      initial += try Interrupt.whole {
        let (first, second) = (try Tensor(layout.segments[a].shape), try Tensor.zeros(layout.segments[b].shape))
        Initializer.torchLinear(fanIn: inputs).fill(first, key: seed, stream: UInt64(weight))
        return [first, second]
      }
      adapters[weight] = LowRankAdapter(rank: rank, alpha: alpha, a: a, b: b)
      let last = names.lastIndex { $0.hasPrefix("\(layer).") } ?? names.count - 1
      names.insert(contentsOf: [layout.segments[a].name, layout.segments[b].name], at: last + 1)
    }
    let own = declared.segments.count
    return try divided(declared: layout, adapters: adapters, names: names, isFrozen: { $0 < own }) {
      $0 < own ? try values(of: $0) : initial[$0 - own]
    }
  }

  private func adaptableWeight(of layer: String, _ present: [Int: LowRankAdapter]) throws -> Int {
    guard let weight = adaptable.first(where: { declared.segments[$0].name == "\(layer).weight" }) else {
      throw EngineError.value("targets: \(layer) is no layer that a low-rank adapter can be added to")
    }
    try require(present[weight] == nil, .value("targets: \(layer) has an adapter already"))
    return weight
  }

  /// The plain weights W + s·BA, all of them trained. Sums are taken in double precision and rounded once.
  public func merged() throws -> ModuleState {
    let ofAdapters = Set(adapters.values.flatMap { [$0.a, $0.b] })
    var (layout, gone) = (ParameterLayout(), Set<String>())
    for (index, segment) in declared.segments.enumerated() {
      if ofAdapters.contains(index) {
        gone.insert(segment.name)
      } else {
        try layout.append(segment.name, segment.shape)
      }
    }
    // Adapters come after the parameters of the architecture, whose indices therefore stay.
    return try divided(
      declared: layout, adapters: [:], names: names.filter { !gone.contains($0) }, isFrozen: { _ in false },
      values: mergedValues(of:))
  }

  /// W + s·BA of a weight; other parameters as they are.
  private func mergedValues(of index: Int) throws -> Tensor {
    let plain = try values(of: index)
    guard let adapter = adapters[index] else { return plain }
    let (a, b, rank) = (try values(of: adapter.a), try values(of: adapter.b), adapter.rank)
    let (merged, inputs) = (try plain.copy(), a.count / rank)
    for output in 0..<plain.shape[0] {
      for input in 0..<inputs {
        var sum = 0.0
        for k in 0..<rank { sum += Double(b.source[output * rank + k]) * Double(a.source[k * inputs + input]) }
        merged.pointer[output * inputs + input] = Scalar(Double(plain.source[output * inputs + input]) + adapter.scale * sum)
      }
    }
    return merged
  }
}
