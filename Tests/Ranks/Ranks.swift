import BisslCore
import BisslKernels
import Foundation

/// Several processes that train together, played by threads of one: what the engine communicates, without any library that
/// does. One of them runs at a time, as the engine's memory and threads want it, until it waits in a sum; sums are taken in
/// the order of ranks.
public final class Ranks: @unchecked Sendable {
  private let size: Int
  private let condition = NSCondition()
  private var running: Int?
  private var arrived: [Int: (values: [Double], purpose: String)] = [:]
  private var sums: [Double] = []
  private var round = 0
  private var failure: (any Error)?
  /// Of every sum: what it was for, and how many bytes.
  public private(set) var sent: [(purpose: String, bytes: Int)] = []

  private init(_ size: Int) { self.size = size }

  /// What `body` answers on each of `size` ranks. Where one throws, all that wait for it do, and so does this.
  public static func run<Result>(
    _ size: Int, _ body: @escaping (_ communicator: any Communicator) throws -> Result
  ) throws -> (results: [Result], sent: [(purpose: String, bytes: Int)]) {
    let ranks = Ranks(size)
    let results = Results<Result>(size)
    let group = DispatchGroup()
    for rank in 0..<size {
      group.enter()
      let thread = Thread {
        ranks.take(rank)
        do { results.values[rank] = try body(Member(ranks, rank)) } catch { ranks.fail(error) }
        ranks.release()
        group.leave()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    group.wait()
    if let failure = ranks.failure { throw failure }
    return (results.values.compactMap { $0 }, ranks.sent)
  }

  /// Written by one rank at a time.
  private final class Results<Value>: @unchecked Sendable {
    var values: [Value?]
    init(_ count: Int) { values = Array(repeating: nil, count: count) }
  }

  private final class Member: Communicator {
    let ranks: Ranks
    let rank: Int
    var size: Int { ranks.size }

    init(_ ranks: Ranks, _ rank: Int) {
      self.ranks = ranks
      self.rank = rank
    }

    func sum(_ numbers: inout [Double], for purpose: String) throws {
      numbers = try ranks.sum(numbers, purpose, bytes: 8 * numbers.count, of: rank)
    }

    func sum(_ vectors: [Tensor], for purpose: String) throws {
      let values = vectors.flatMap { $0.array.map { Double($0) } }
      var sums = try ranks.sum(values, purpose, bytes: MemoryLayout<Scalar>.size * values.count, of: rank)[...]
      for vector in vectors {
        for i in 0..<vector.count { vector.pointer[i] = Scalar(sums[sums.startIndex + i]) }
        sums = sums.dropFirst(vector.count)
      }
    }
  }

  private func take(_ rank: Int) {
    condition.lock()
    while running != nil { condition.wait() }
    running = rank
    condition.unlock()
  }

  private func release() {
    condition.lock()
    running = nil
    condition.broadcast()
    condition.unlock()
  }

  private func fail(_ error: any Error) {
    condition.lock()
    if failure == nil { failure = error }
    condition.unlock()
  }

  private func sum(_ values: [Double], _ purpose: String, bytes: Int, of rank: Int) throws -> [Double] {
    condition.lock()
    defer { condition.unlock() }
    arrived[rank] = (values, purpose)
    let own = round
    running = nil
    if arrived.count == size { finish(bytes) }
    condition.broadcast()
    while round == own && failure == nil { condition.wait() }
    while running != nil { condition.wait() }
    running = rank
    if let failure { throw failure }
    return sums
  }

  private func finish(_ bytes: Int) {
    let all = (0..<size).compactMap { arrived[$0] }
    if Set(all.map { "\($0.values.count) for \($0.purpose)" }).count > 1 {
      failure = EngineError.state("ranks meet in different sums: \(all.map { "\($0.values.count) for \($0.purpose)" })")
      return
    }
    sums = all.dropFirst().reduce(all[0].values) { sum, next in zip(sum, next.values).map { $0 + $1 } }
    sent.append((all[0].purpose, bytes))
    arrived = [:]
    round += 1
  }
}
