import BisslAutograd
import BisslCore
import BisslKernels
import CBissl

@_cdecl("bissl_engine_describe")
public func engineDescribe(_ out: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?)
  -> Int32
{
  call(error) {
    try give(
      TextHandle(
        JSON.object(
          ("precision", JSON.string(MemoryLayout<Scalar>.size == 8 ? "float64" : "float32")),
          ("simd", JSON.string(String(cString: bissl_simd_level()))),
          ("matrix_tiles", BF16x2GEMM.isSupported ? "true" : "false"),
          ("threads", "\(ThreadPool.shared.threadCount)"), ("processors", "\(ThreadPool.processorCount)"),
          ("exact_convolution", Convolution.isExact ? "true" : "false"),
          ("bf16x2_products", GEMM.precision == .bf16x2 ? "true" : "false"),
          ("recompute_activations", Tape.recomputesActivations ? "true" : "false"),
          ("blas_core", JSON.string(BLAS.coreName)), ("blas_configuration", JSON.string(BLAS.configuration)),
          ("blas_error", JSON.number(BLAS.selfCheckError())))), to: out)
  }
}

@_cdecl("bissl_engine_threads")
public func engineThreads(_ count: UnsafeMutablePointer<Int64>?, _ error: UnsafeMutablePointer<bissl_error>?) -> Int32 {
  call(error) { write(Int64(ThreadPool.shared.threadCount), to: count) }
}

@_cdecl("bissl_engine_set_threads")
public func engineSetThreads(_ count: Int64, _ error: UnsafeMutablePointer<bissl_error>?) -> Int32 {
  call(error) {
    try require((1...256).contains(count), .value("threads: expected 1 to 256, got \(count)"))
    ThreadPool.shared.threadCount = Int(count)
  }
}

@_cdecl("bissl_engine_record_regions")
public func engineRecordRegions(_ record: Int32, _ error: UnsafeMutablePointer<bissl_error>?) -> Int32 {
  call(error) {
    try require(record == 0 || ThreadPool.shared.regions == nil, .state("regions are recorded already: end that first"))
    ThreadPool.shared.regions = record != 0 ? [] : nil
  }
}

@_cdecl("bissl_engine_regions")
public func engineRegions(_ out: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?)
  -> Int32
{
  call(error) {
    guard let regions = ThreadPool.shared.regions else { throw EngineError.state("no regions are recorded") }
    let numbers = regions.map { JSON.numbers([$0.work, $0.longest, Double($0.chunks)]) }
    try give(TextHandle(JSON.array(numbers)), to: out)
  }
}

@_cdecl("bissl_engine_multiply_adds")
public func engineMultiplyAdds(_ rate: UnsafeMutablePointer<Double>?, _ error: UnsafeMutablePointer<bissl_error>?) -> Int32 {
  call(error) { write(ThreadPool.shared.multiplyAdds(), to: rate) }
}

@_cdecl("bissl_engine_set_exact_convolution")
public func engineSetExactConvolution(_ exact: Int32, _ error: UnsafeMutablePointer<bissl_error>?) -> Int32 {
  call(error) { Convolution.isExact = exact != 0 }
}

@_cdecl("bissl_engine_set_bf16x2_products")
public func engineSetBF16x2Products(_ enabled: Int32, _ error: UnsafeMutablePointer<bissl_error>?) -> Int32 {
  call(error) { try GEMM.setPrecision(enabled != 0 ? .bf16x2 : .full) }
}

@_cdecl("bissl_engine_set_recompute_activations")
public func engineSetRecomputeActivations(_ recompute: Int32, _ error: UnsafeMutablePointer<bissl_error>?) -> Int32 {
  call(error) { Tape.recomputesActivations = recompute != 0 }
}

@_cdecl("bissl_engine_memory")
public func engineMemory(_ out: UnsafeMutablePointer<Int64>?, _ error: UnsafeMutablePointer<bissl_error>?) -> Int32 {
  call(error) {
    let memory = MemoryPool.statistics
    for (index, value) in [memory.liveBytes, memory.liveBlocks, memory.peakBytes, memory.cachedBytes].enumerated() {
      out?[index] = Int64(value)
    }
  }
}

@_cdecl("bissl_engine_reset_peak")
public func engineResetPeak(_ error: UnsafeMutablePointer<bissl_error>?) -> Int32 {
  call(error) { MemoryPool.resetPeak() }
}

@_cdecl("bissl_engine_record_holdings")
public func engineRecordHoldings(_ record: Int32, _ error: UnsafeMutablePointer<bissl_error>?) -> Int32 {
  call(error) {
    try require(
      record == 0 || MemoryPool.holdingsAtPeak == nil, .state("what memory is held for is recorded already: end that first"))
    MemoryPool.recordHoldings(record != 0)
  }
}

@_cdecl("bissl_engine_holdings_at_peak")
public func engineHoldingsAtPeak(
  _ out: UnsafeMutablePointer<bissl_handle?>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    guard let atPeak = MemoryPool.holdingsAtPeak else { throw EngineError.state("what memory is held for is not recorded") }
    let held = atPeak.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    try give(TextHandle(JSON.array(held.map { JSON.array([JSON.string($0.key), "\($0.value)"]) })), to: out)
  }
}

@_cdecl("bissl_engine_trim")
public func engineTrim(_ error: UnsafeMutablePointer<bissl_error>?) -> Int32 { call(error) { MemoryPool.trim() } }

@_cdecl("bissl_engine_interrupt_after")
public func engineInterruptAfter(
  _ count: Int64, _ left: UnsafeMutablePointer<Int64>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) { try replace(&Interrupt.countdown, by: count, writingTo: left) }
}

@_cdecl("bissl_engine_refuse_memory_after")
public func engineRefuseMemoryAfter(
  _ count: Int64, _ left: UnsafeMutablePointer<Int64>?, _ error: UnsafeMutablePointer<bissl_error>?
) -> Int32 {
  call(error) {
    var countdown = MemoryRefusal.countdown
    try replace(&countdown, by: count, writingTo: left)
    MemoryRefusal.countdown = countdown
  }
}

/// A test's countdown set to `count`; what was left of it is written.
private func replace(_ countdown: inout Int, by count: Int64, writingTo left: UnsafeMutablePointer<Int64>?) throws {
  try require((0...1 << 32).contains(count), .value("count: expected 0 to 2³², got \(count)"))
  write(Int64(countdown), to: left)
  countdown = Int(count)
}

@_cdecl("bissl_engine_set_poll")
public func engineSetPoll(_ poll: (@convention(c) () -> Int32)?) { Interrupt.poll = poll }
