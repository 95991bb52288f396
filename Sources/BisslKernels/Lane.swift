import CBissl

/// A number or a vector of numbers, so that one text of a kernel serves whole vectors of channels and what is left over.
protocol Lane {
  static var width: Int { get }
  static var zero: Self { get }
  static func load(_ source: Source) -> Self
  func store(_ destination: Destination)
  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static prefix func - (a: Self) -> Self
  /// s·self
  func times(_ s: Scalar) -> Self
  /// s·self + other, rounded once.
  func times(_ s: Scalar, plus other: Self) -> Self
  /// self∘factor + other, rounded once.
  func times(lane factor: Self, plus other: Self) -> Self
}

extension Scalar: Lane {
  static var width: Int { 1 }
  @inline(__always) static func load(_ source: Source) -> Scalar { source.pointee }
  @inline(__always) func store(_ destination: Destination) { destination.pointee = self }
  @inline(__always) func times(_ s: Scalar) -> Scalar { s * self }
  @inline(__always) func times(_ s: Scalar, plus other: Scalar) -> Scalar { other.addingProduct(s, self) }
  @inline(__always) func times(lane factor: Scalar, plus other: Scalar) -> Scalar { other.addingProduct(factor, self) }
}

/// A vector of AVX2, one of AVX-512, and the longest that this build has registers for.
typealias NarrowLane = bissl_narrow_lane
typealias WideLane = bissl_wide_lane
typealias VectorLane = bissl_lane

extension SIMD where Scalar == BisslKernels.Scalar {
  @inline(__always) static func load(_ source: Source) -> Self {
    UnsafeRawPointer(source).loadUnaligned(as: Self.self)
  }
  @inline(__always) func store(_ destination: Destination) {
    UnsafeMutableRawPointer(destination).storeBytes(of: self, as: Self.self)
  }
}

extension NarrowLane: Lane {
  static var width: Int { scalarCount }
  @inline(__always) static func load(_ source: Source) -> Self { bissl_narrow_lane_load(source) }
  @inline(__always) func store(_ destination: Destination) { bissl_narrow_lane_store(self, destination) }
  @inline(__always) static func + (a: Self, b: Self) -> Self { bissl_narrow_lane_add(a, b) }
  @inline(__always) static func - (a: Self, b: Self) -> Self { bissl_narrow_lane_subtract(a, b) }
  @inline(__always) static prefix func - (a: Self) -> Self { bissl_narrow_lane_negate(a) }
  @inline(__always) func times(_ s: Scalar) -> Self { bissl_narrow_lane_scale(self, s) }
  @inline(__always) func times(_ s: Scalar, plus other: Self) -> Self { bissl_narrow_lane_scale_add(self, s, other) }
  @inline(__always) func times(lane factor: Self, plus other: Self) -> Self {
    bissl_narrow_lane_multiply_add(self, factor, other)
  }
}

extension WideLane: Lane {
  static var width: Int { scalarCount }
  @inline(__always) static func load(_ source: Source) -> Self { bissl_wide_lane_load(source) }
  @inline(__always) func store(_ destination: Destination) { bissl_wide_lane_store(self, destination) }
  @inline(__always) static func + (a: Self, b: Self) -> Self { bissl_wide_lane_add(a, b) }
  @inline(__always) static func - (a: Self, b: Self) -> Self { bissl_wide_lane_subtract(a, b) }
  @inline(__always) static prefix func - (a: Self) -> Self { bissl_wide_lane_negate(a) }
  @inline(__always) func times(_ s: Scalar) -> Self { bissl_wide_lane_scale(self, s) }
  @inline(__always) func times(_ s: Scalar, plus other: Self) -> Self { bissl_wide_lane_scale_add(self, s, other) }
  @inline(__always) func times(lane factor: Self, plus other: Self) -> Self {
    bissl_wide_lane_multiply_add(self, factor, other)
  }
}

/// What a kernel does with the channels of one lane.
protocol LaneBody {
  func callAsFunction<L: Lane>(_ lane: L.Type, _ channel: Int)
}

/// Calls `body` with the channels at which lanes begin: the longest vectors first, then shorter ones, then single channels.
@inline(__always)
func forEachLane(_ channels: Int, _ body: some LaneBody) {
  var c = 0
  while c + VectorLane.width <= channels {
    body(VectorLane.self, c)
    c += VectorLane.width
  }
  while c + NarrowLane.width <= channels {
    body(NarrowLane.self, c)
    c += NarrowLane.width
  }
  while c < channels {
    body(Scalar.self, c)
    c += 1
  }
}
