import BisslCore
import BisslKernels

/// x (…, C), every row times γ (C): the per-channel factors of LayerScale (Touvron et al. 2021).
public struct ScaleChannels: BilinearOperation {
  public var name: String { "scale_channels" }

  public init() {}

  public func productShape(_ x: Shape, _ factors: Shape) throws -> Shape {
    try check(x.rank >= 1, "expected an input of shape (…, channels), got a scalar")
    try check(
      factors.dimensions == [x.channels],
      "expected factors of shape (\(x.channels),) for an input of shape \(x), got \(factors)")
    return x
  }

  public func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws {
    let channels = y.shape.channels
    parallelRows(y.shape.rows, of: channels) { rows in
      for row in rows {
        for (index, term) in terms.enumerated() {
          let kernel = index == 0 ? Elementwise.multiply(_:_:into:count:) : Elementwise.addProduct(_:_:to:count:)
          kernel(term.a.source + row * channels, term.b.source, y.pointer + row * channels, channels)
        }
      }
    }
  }

  public func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws {
    try product(terms.map { (a: $0.cotangent, b: $0.b) }, into: x)
  }

  /// γ̄ = Σ over rows of x∘ȳ
  public func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into factors: Tensor) throws {
    guard let first = terms.first else { return }
    let products = try makeTensor(first.a.shape)
    try Multiply().product(terms.map { (a: $0.a, b: $0.cotangent) }, into: products)
    factors.pointer.update(from: try columnSums(products, for: name).source, count: factors.count)
  }
}
