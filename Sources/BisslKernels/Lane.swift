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
}

extension Scalar: Lane {
  static var width: Int { 1 }
  @inline(__always) static func load(_ source: Source) -> Scalar { source.pointee }
  @inline(__always) func store(_ destination: Destination) { destination.pointee = self }
  @inline(__always) func times(_ s: Scalar) -> Scalar { s * self }
  @inline(__always) func times(_ s: Scalar, plus other: Scalar) -> Scalar { other.addingProduct(s, self) }
}

/// A vector of AVX2, and one of AVX-512.
#if BISSL_DOUBLE
  typealias VectorLane = SIMD4<Scalar>
  typealias WideLane = SIMD8<Scalar>
#else
  typealias VectorLane = SIMD8<Scalar>
  typealias WideLane = SIMD16<Scalar>
#endif

extension SIMD where Scalar == BisslKernels.Scalar {
  @inline(__always) static func load(_ source: Source) -> Self {
    UnsafeRawPointer(source).loadUnaligned(as: Self.self)
  }
  @inline(__always) func store(_ destination: Destination) {
    UnsafeMutableRawPointer(destination).storeBytes(of: self, as: Self.self)
  }
}

extension VectorLane: Lane {
  static var width: Int { scalarCount }
  @inline(__always) static func load(_ source: Source) -> Self { bissl_lane_load(source) }
  @inline(__always) func store(_ destination: Destination) { bissl_lane_store(self, destination) }
  @inline(__always) static func + (a: Self, b: Self) -> Self { bissl_lane_add(a, b) }
  @inline(__always) static func - (a: Self, b: Self) -> Self { bissl_lane_subtract(a, b) }
  @inline(__always) static prefix func - (a: Self) -> Self { bissl_lane_negate(a) }
  @inline(__always) func times(_ s: Scalar) -> Self { bissl_lane_scale(self, s) }
  @inline(__always) func times(_ s: Scalar, plus other: Self) -> Self { bissl_lane_scale_add(self, s, other) }
}

/// Calls `vector` with the channels at which whole vectors begin, then `single` with each channel that is left.
@inline(__always)
func forEachLane(_ channels: Int, vector: (Int) -> Void, single: (Int) -> Void) {
  var c = 0
  while c + VectorLane.width <= channels {
    vector(c)
    c += VectorLane.width
  }
  while c < channels {
    single(c)
    c += 1
  }
}
