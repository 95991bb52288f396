import BisslCore
import BisslKernels

// Linear algebra of flat vectors. Inner products are taken in double precision.
extension ParameterLayout {
  /// aᵀb of every segment.
  public func dots(_ a: Tensor, _ b: Tensor) throws -> [Double] {
    try check(a, "a")
    try check(b, "b")
    return try sums { _, range in
      Reductions.dot(a.source + range.lowerBound, b.source + range.lowerBound, count: range.count)
    }
  }

  /// ‖s·a + t·b‖² of every segment.
  public func squaredNormsOfSum(_ s: Double, _ a: Tensor, _ t: Double, _ b: Tensor) throws -> [Double] {
    try squaredNormsOfSum(s, a, segments.map { _ in t }, b)
  }

  /// ‖s·a + t·b‖² of every segment, which has a factor t of its own.
  func squaredNormsOfSum(_ s: Double, _ a: Tensor, _ t: [Double], _ b: Tensor) throws -> [Double] {
    try check(a, "a")
    try check(b, "b")
    return try sums { segment, range in
      let start = range.lowerBound
      return Reductions.squaredNormOfSum(s, a.source + start, t[segment], b.source + start, count: range.count)
    }
  }

  /// y ← y + s·x with one factor per segment.
  func add(_ x: Tensor, scaledBy factors: [Scalar], to y: Tensor) throws {
    try forEachChunk { segment, range in
      Elementwise.addScaled(
        x.source + range.lowerBound, by: factors[segment], to: y.pointer + range.lowerBound, count: range.count)
    }
  }

  /// y ← y + s·x
  func add(_ x: Tensor, times s: Double, to y: Tensor) throws {
    try add(x, scaledBy: segments.map { _ in Scalar(s) }, to: y)
  }

  /// y ← x + s·y with one factor per segment.
  func add(_ x: Tensor, toScaled y: Tensor, by factors: [Scalar]) throws {
    try forEachChunk { segment, range in
      VectorUpdates.addToScaled(
        x.source + range.lowerBound, factors[segment], y.pointer + range.lowerBound, count: range.count)
    }
  }

  /// A new vector s·a.
  func scaled(_ a: Tensor, by s: Double) throws -> Tensor {
    try check(a, "a")
    let result = try Tensor(a.shape)
    try forEachChunk { _, range in
      Elementwise.scale(
        a.source + range.lowerBound, by: Scalar(s), into: result.pointer + range.lowerBound, count: range.count)
    }
    return result
  }

  /// ‖v − A x‖
  func residual(_ product: LinearMap, _ x: Tensor, _ v: Tensor) throws -> Double {
    try squaredNormsOfSum(1, v, -1, product(x)).reduce(0, +).squareRoot()
  }

  /// A new vector a + s·b.
  func combining(_ a: Tensor, _ s: Double, _ b: Tensor) throws -> Tensor {
    try check(a, "a")
    try check(b, "b")
    let result = try Tensor(a.shape)
    try forEachChunk { _, range in
      let start = range.lowerBound
      VectorUpdates.combine(
        a.source + start, Scalar(s), b.source + start, into: result.pointer + start, count: range.count)
    }
    return result
  }
}

extension Tensor {
  /// aᵀb of two flat vectors.
  public func dot(_ other: Tensor) throws -> Double { try ParameterLayout.whole(count).dots(self, other)[0] }

  /// The ℓ2 norm of a flat vector.
  public func norm() throws -> Double { try dot(self).squareRoot() }
}
