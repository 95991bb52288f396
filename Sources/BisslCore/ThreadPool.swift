import BisslKernels
import Glibc
import Synchronization

/// The engine's own threads. Work comes as a number of chunks fixed by the problem, never by the thread count; threads
/// take chunks as they get free, and whoever sums partial results sums them by chunk. So results do not depend on how
/// many threads there are or how busy they are.
public final class ThreadPool: @unchecked Sendable {
  public static let shared = ThreadPool()

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var started = 0
  private var limit: Int

  /// Counts regions; a change tells workers that there may be work.
  private let generation = Atomic<Int>(0)
  /// Workers inside the open region, plus `closed` between regions. A worker that comes late finds the gate closed and is
  /// not waited for: on a busy machine, whoever runs does the work.
  private let gate = Atomic<Int>(ThreadPool.closed)
  private static let closed = 1 << 40
  private let nextChunk = Atomic<Int>(0)
  private let stop = Atomic<Bool>(false)
  /// From before the first chunk of a region to after its last.
  private let isOpen = Atomic<Bool>(false)
  private var parked = 0
  private var helpers = 0
  private var chunks = 0
  private var body: ((_ chunk: Int, _ thread: Int) -> Void)?

  private init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
    limit = ThreadPool.processorCount
  }

  /// Processors that this process may run on.
  public static var processorCount: Int {
    for line in SystemFile.lines(of: "/proc/self/status") where line.hasPrefix("Cpus_allowed:") {
      let allowed = line.dropFirst("Cpus_allowed:".count).reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
      return max(1, min(allowed, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }
    return max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  }

  /// What a region took: seconds of all its chunks together and of the longest one.
  public struct Region: Sendable {
    public let work, longest: Double
    public let chunks: Int
  }

  /// The regions since this was set to none, in their order; nil where nobody wants to know them. Set under the engine's lock,
  /// between regions.
  public var regions: [Region]?

  /// How many threads take part in a region, the calling one included. Falls where the system refuses a thread.
  public var threadCount: Int {
    get { limit }
    set { limit = min(max(1, newValue), 256) }
  }

  /// Calls `body` once for every chunk in `0..<count`, on up to `threadCount` threads, and returns when all are done.
  /// Chunks must write to disjoint memory. Once the user has asked to stop, remaining chunks are skipped; the
  /// caller finds out from `Interrupt.check()`.
  ///
  /// One region is open at a time. Inside it, in a chunk, this runs its own chunks in order on the thread of that chunk.
  public func run(_ count: Int, _ body: (_ chunk: Int) -> Void) { run(count) { chunk, _ in body(chunk) } }

  /// As `run`, and lends every thread `scratch` elements of its own, uninitialised, for the length of a chunk.
  public func run(
    _ count: Int, scratch: Int, for purpose: String, _ body: (_ chunk: Int, _ scratch: Destination) -> Void
  ) throws {
    // Whole cache lines, so that threads do not share any.
    let (padded, isTooLarge) = scratch.addingReportingOverflow(15)
    let stride = padded / 16 * 16
    let (total, overflows) = stride.multipliedReportingOverflow(by: max(1, min(limit, count)))
    let storage = try Storage(
      count: isTooLarge || overflows ? Int.max : total, for: "scratch memory of \(purpose)")
    run(count) { chunk, thread in body(chunk, storage.pointer + thread * stride) }
  }

  /// As `run`, but no request to stop is asked for or heeded before the end: for changes in place, which must not be left
  /// half done.
  public func runToCompletion(_ count: Int, _ body: (_ chunk: Int) -> Void) {
    run(count, isInterruptible: false) { chunk, _ in body(chunk) }
  }

  private func run(_ count: Int, isInterruptible: Bool = true, _ body: (_ chunk: Int, _ thread: Int) -> Void) {
    // Maybe on a thread of the pool, which must not ask.
    if isOpen.load(ordering: .acquiring) { return (0..<count).forEach { body($0, 0) } }
    if regions == nil { return share(count, isInterruptible, body) }
    let spacing = 16  // numbers in two cache lines, so that threads do not share any
    var spent = [Double](repeating: 0, count: limit * spacing)
    spent.withUnsafeMutableBufferPointer { buffer in
      let ofThreads = buffer
      share(count, isInterruptible) { chunk, thread in
        let start = MonotonicClock.seconds
        body(chunk, thread)
        let seconds = MonotonicClock.seconds - start
        ofThreads[thread * spacing] += seconds
        ofThreads[thread * spacing + 1] = max(ofThreads[thread * spacing + 1], seconds)
      }
    }
    let threads = stride(from: 0, to: spent.count, by: spacing)
    regions?.append(
      Region(
        work: threads.reduce(0) { $0 + spent[$1] }, longest: threads.reduce(0) { max($0, spent[$1 + 1]) }, chunks: count))
  }

  /// One region, from its first chunk to its last.
  private func share(_ count: Int, _ isInterruptible: Bool, _ body: (_ chunk: Int, _ thread: Int) -> Void) {
    let others = start(min(limit, count) - 1)
    isOpen.store(true, ordering: .releasing)
    defer { isOpen.store(false, ordering: .releasing) }
    if others < 1 {
      for chunk in 0..<count where !(isInterruptible && Interrupt.isRequested()) { body(chunk, 0) }
      return
    }
    withoutActuallyEscaping(body) { escapable in
      self.body = escapable
      chunks = count
      helpers = others
      nextChunk.store(0, ordering: .relaxed)
      stop.store(false, ordering: .relaxed)
      gate.store(0, ordering: .releasing)
      pthread_mutex_lock(mutex)
      generation.add(1, ordering: .sequentiallyConsistent)
      if parked > 0 { pthread_cond_broadcast(wake) }
      pthread_mutex_unlock(mutex)
      while let chunk = takeChunk() {
        escapable(chunk, 0)
        if isInterruptible && Interrupt.isRequested() { stop.store(true, ordering: .relaxed) }
      }
      gate.add(ThreadPool.closed, ordering: .acquiringAndReleasing)
      var spins = 0
      while gate.load(ordering: .acquiring) != ThreadPool.closed {
        spins += 1
        if spins > ThreadPool.spinLimit { sched_yield() }
      }
      self.body = nil
    }
  }

  /// About 20 µs of polling before a worker parks or a waiting caller yields its processor.
  private static let spinLimit = 4_000

  private func takeChunk() -> Int? {
    if stop.load(ordering: .relaxed) { return nil }
    let chunk = nextChunk.add(1, ordering: .relaxed).oldValue
    return chunk < chunks ? chunk : nil
  }

  /// Starts the threads that are missing to `wanted`; answers how many of these there are. Where the system refuses one,
  /// `threadCount` falls to what there is: results are the same, later.
  private func start(_ wanted: Int) -> Int {
    while started < wanted {
      guard startWorker(started) else {
        limit = started + 1
        return started
      }
      started += 1
    }
    return wanted
  }

  private func startWorker(_ index: Int) -> Bool {
    let worker = Unmanaged.passRetained(
      Worker(pool: self, index: index, seen: generation.load(ordering: .acquiring)))
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, 8 << 20)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var signals = sigset_t()
    var previous = sigset_t()
    sigfillset(&signals)
    // Signals belong to the interpreter's threads.
    pthread_sigmask(SIG_SETMASK, &signals, &previous)
    let status = pthread_create(
      &thread, &attributes,
      { raw in
        guard let raw else { return nil }
        let worker = Unmanaged<Worker>.fromOpaque(raw).takeRetainedValue()
        worker.pool.work(worker.index, seen: worker.seen)
        return nil
      }, worker.toOpaque())
    pthread_sigmask(SIG_SETMASK, &previous, nil)
    pthread_attr_destroy(&attributes)
    if status != 0 { worker.release() }
    return status == 0
  }

  private final class Worker {
    let pool: ThreadPool
    let index: Int
    let seen: Int
    init(pool: ThreadPool, index: Int, seen: Int) {
      self.pool = pool
      self.index = index
      self.seen = seen
    }
  }

  private func work(_ index: Int, seen first: Int) {
    var seen = first
    while true {
      seen = waitForGeneration(after: seen)
      guard enter() else { continue }
      if index < helpers, let body {
        while let chunk = takeChunk() { body(chunk, index + 1) }
      }
      gate.subtract(1, ordering: .acquiringAndReleasing)
    }
  }

  /// Joins the open region; false where there is none any more.
  private func enter() -> Bool {
    var present = gate.load(ordering: .acquiring)
    while present < ThreadPool.closed {
      let (exchanged, original) = gate.compareExchange(
        expected: present, desired: present + 1, ordering: .acquiringAndReleasing)
      if exchanged { return true }
      present = original
    }
    return false
  }

  /// Waits until there was another region than `seen`; answers the latest.
  private func waitForGeneration(after seen: Int) -> Int {
    for _ in 0..<ThreadPool.spinLimit {
      let present = generation.load(ordering: .acquiring)
      if present != seen { return present }
    }
    pthread_mutex_lock(mutex)
    parked += 1
    while generation.load(ordering: .acquiring) == seen { pthread_cond_wait(wake, mutex) }
    parked -= 1
    pthread_mutex_unlock(mutex)
    return generation.load(ordering: .acquiring)
  }
}

extension ThreadPool {
  /// Multiply-adds a second of all threads together, operands and sums in registers: what no product exceeds.
  public func multiplyAdds() -> Double {
    let (pieces, steps) = (16 * threadCount, 1 << 18)
    let began = MonotonicClock.seconds
    let sums = UnsafeMutablePointer<Scalar>.allocate(capacity: pieces)
    defer { sums.deallocate() }
    runToCompletion(pieces) { sums[$0] = MultiplyAdds.run(steps: steps) }
    return Double(pieces * steps * MultiplyAdds.perStep) / (MonotonicClock.seconds - began)
  }
}

/// Seconds that only grow.
enum MonotonicClock {
  static var seconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// Splits `count` elements into chunks of `size` and calls `body` with each chunk's index and range.
public func parallelChunks(_ count: Int, of size: Int, _ body: (_ chunk: Int, _ range: Range<Int>) -> Void) {
  let chunks = (count + size - 1) / size
  ThreadPool.shared.run(chunks) { chunk in body(chunk, chunk * size..<min(count, (chunk + 1) * size)) }
}
