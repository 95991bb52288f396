import BisslCore
import BisslKernels
import CBissl
import Glibc

extension bissl_array {
  var dimensions: [Int] {
    withUnsafeBytes(of: shape) { bytes in
      (0..<max(0, min(Int(rank), BISSL_MAX_RANK))).map {
        Int(bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Int64>.stride, as: Int64.self))
      }
    }
  }

  /// Shape, with its rank and pointer checked.
  func checkedShape(_ argument: String) throws -> Shape {
    try require(
      rank >= 0 && Int(rank) <= BISSL_MAX_RANK,
      .value("\(argument): expected at most \(BISSL_MAX_RANK) axes, got \(rank)"))
    let shape = try Shape(dimensions)
    try require(data != nil || shape.count == 0, .value("\(argument): an array of shape \(shape) without memory"))
    return shape
  }

  /// A tensor of the engine's precision. The memory is lent where it can be used as it is, unless `copying`.
  func tensor(_ argument: String, copying: Bool = false) throws -> Tensor {
    let shape = try checkedShape(argument)
    switch bissl_dtype(UInt32(bitPattern: dtype)) {
    case BISSL_FLOAT32: return try tensor(of: Float.self, shape, copying)
    case BISSL_FLOAT64: return try tensor(of: Double.self, shape, copying)
    case BISSL_UINT8:
      throw EngineError.type(
        "\(argument): expected float32 or float64, got uint8: normalise images first with bissl.data.normalize(images)")
    default:
      throw EngineError.type(
        "\(argument): expected float32 or float64, got an integer array: use .astype(numpy.float32)")
    }
  }

  private func tensor<Element: BinaryFloatingPoint>(of: Element.Type, _ shape: Shape, _ copying: Bool) throws -> Tensor
  {
    guard let data, shape.count > 0 else { return try Tensor(shape, for: "an input array") }
    let aligned = Int(bitPattern: data) % MemoryLayout<Element>.stride == 0
    if Element.self == Scalar.self && aligned && !copying {
      let lent = UnsafeMutableRawPointer(mutating: data).assumingMemoryBound(to: Scalar.self)
      return try Tensor(shape, in: Storage(lent: lent, count: shape.count), at: 0)
    }
    let tensor = try Tensor(shape, for: "an input array")
    if Element.self == Scalar.self {
      memcpy(tensor.pointer, data, shape.count * MemoryLayout<Scalar>.stride)
    } else {
      let stride = MemoryLayout<Element>.stride
      for i in 0..<shape.count {
        tensor.pointer[i] = Scalar(data.loadUnaligned(fromByteOffset: i * stride, as: Element.self))
      }
    }
    return tensor
  }

  /// One class index per row.
  func labels(_ argument: String) throws -> [Int] {
    let shape = try checkedShape(argument)
    try require(
      dtype == Int32(BISSL_INT64.rawValue), .type("\(argument): expected int64 class indices: use .astype(numpy.int64)")
    )
    try require(shape.rank == 1, .value("\(argument): expected shape (N,), got \(shape)"))
    guard let data else { return [] }
    return (0..<shape.count).map { Int(data.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)) }
  }

  /// The memory of a uint8 array.
  func bytes(_ argument: String) throws -> (UnsafePointer<UInt8>, Shape) {
    let shape = try checkedShape(argument)
    try require(
      dtype == Int32(BISSL_UINT8.rawValue),
      .type("\(argument): expected uint8 images in 0..255: use .astype(numpy.uint8) on values of that range"))
    guard let data, shape.count > 0 else {
      throw EngineError.value("\(argument): expected at least one image, got \(shape)")
    }
    return (data.assumingMemoryBound(to: UInt8.self), shape)
  }
}
