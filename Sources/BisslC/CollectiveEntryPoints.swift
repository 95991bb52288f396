import BisslCore
import BisslKernels
import CBissl

@_cdecl("bissl_engine_set_communicator")
public func engineSetCommunicator(
  _ rank: Int64, _ size: Int64, _ sum: bissl_sum?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    try require((1...1 << 20).contains(size), .value("size: expected 1 to 2²⁰ processes, got \(size)"))
    try require((0..<size).contains(rank), .value("rank: expected 0 to \(size - 1), got \(rank)"))
    if size == 1 { return Engine.communicator = SingleProcess.shared }
    guard let sum else { throw EngineError.value("sum: several processes need one") }
    Engine.communicator = CalledCommunicator(rank: Int(rank), size: Int(size), sum: sum)
  }
}

/// Processes that sum through a function of whoever uses the engine.
private final class CalledCommunicator: Communicator {
  let rank, size: Int
  private let function: bissl_sum

  init(rank: Int, size: Int, sum: @escaping bissl_sum) {
    self.rank = rank
    self.size = size
    function = sum
  }

  func sum(_ vectors: [Tensor], for purpose: String) throws {
    let dtype = MemoryLayout<Scalar>.size == 8 ? BISSL_FLOAT64 : BISSL_FLOAT32
    try call(vectors.map { UnsafeMutableRawPointer($0.pointer) }, vectors.map { Int64($0.count) }, dtype, purpose)
  }

  func sum(_ numbers: inout [Double], for purpose: String) throws {
    try numbers.withUnsafeMutableBufferPointer { numbers in
      guard let base = numbers.baseAddress else { return }
      try call([UnsafeMutableRawPointer(base)], [Int64(numbers.count)], BISSL_FLOAT64, purpose)
    }
  }

  private func call(
    _ buffers: [UnsafeMutableRawPointer?], _ lengths: [Int64], _ dtype: bissl_dtype, _ purpose: String
  ) throws {
    let status = function(buffers, lengths, Int64(buffers.count), Int32(dtype.rawValue), purpose)
    try require(status == 0, .state("the sum over processes of \(purpose) failed"))
  }
}
