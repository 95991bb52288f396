/// What one process has of a batch that several train on together: some of its samples, in the order of the processes.
///
/// Values on a tape are *sharded* (rows of samples), *replicated* (parameters, batch statistics) or *partial* (to be summed
/// over processes). The adjoint of a sharded value is sharded, that of a replicated one is partial, and the other way
/// round. A loss is partial: the loss of a share as if it were the whole batch, weighted by `weight`.
///
/// How many samples each process has is exchanged once, along with the first sum that there is.
public final class BatchShare {
  /// All of the batch: there is one process, and nothing is ever exchanged.
  public static let whole = BatchShare(over: SingleProcess.shared)

  public let communicator: any Communicator
  private var own: Int?
  /// Samples of each process.
  private var samples: [Int]?

  public init(over communicator: any Communicator) { self.communicator = communicator }

  /// Whether this process has all of the batch.
  public var isWhole: Bool { communicator.size == 1 }

  /// States how many samples this process has, before anything is asked about the batch; what is stated first counts.
  public func begin(samples: Int) {
    if own == nil { own = samples }
  }

  /// Numbers summed over processes; no other work of this operation may be unfinished.
  public func sum(_ numbers: [Double], for purpose: String) throws -> [Double] {
    if isWhole { return numbers }
    try Interrupt.check()
    let exchanged = samples == nil ? own.map(placed) ?? [] : []
    var sums = numbers + exchanged
    try communicator.sum(&sums, for: purpose)
    if !exchanged.isEmpty { samples = try counts(sums.suffix(exchanged.count)) }
    return Array(sums.prefix(numbers.count))
  }

  /// A tensor summed over processes, in place.
  public func sum(_ tensor: Tensor, for purpose: String) throws {
    if isWhole { return }
    try Interrupt.check()
    try communicator.sum([tensor], for: purpose)
  }

  /// This process's part of the batch, from 0 to 1.
  public func weight() throws -> Double {
    if isWhole { return 1 }
    let samples = try known()
    return Double(samples[communicator.rank]) / Double(samples.reduce(0, +))
  }

  /// Where the `count` rows of this process stand among those of all, where every sample has as many rows: before it, and
  /// in all.
  public func rows(_ count: Int) throws -> (first: Int, total: Int) {
    if isWhole { return (0, count) }
    let (samples, rank) = (try known(), communicator.rank)
    let (perSample, rest) = count.quotientAndRemainder(dividingBy: samples[rank])
    try require(
      rest == 0, .value("a batch over processes: expected rows for each of \(samples[rank]) samples, got \(count)"))
    return (samples[..<rank].reduce(0, +) * perSample, samples.reduce(0, +) * perSample)
  }

  private func known() throws -> [Int] {
    if samples == nil {
      guard own != nil else { throw EngineError.state("a batch over processes: nobody has said how many samples it has") }
      _ = try sum([], for: "the sizes of all shares of a batch")
    }
    return samples ?? []
  }

  /// `count` at this process's place, among zeros.
  private func placed(_ count: Int) -> [Double] {
    (0..<communicator.size).map { $0 == communicator.rank ? Double(count) : 0 }
  }

  private func counts(_ sums: ArraySlice<Double>) throws -> [Int] {
    let counts = sums.map { Int($0) }
    if let rank = counts.firstIndex(where: { $0 < 1 }) {
      throw EngineError.value("batch: rank \(rank) of \(counts.count) has no sample: use a batch of at least one for each")
    }
    return counts
  }
}
