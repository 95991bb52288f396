import BisslAutograd
import BisslCore
import BisslKernels
import BisslRanks
import XCTest

/// All four rules of an operation on shares of a batch beside those on the whole of it. Inputs of two axes and more are
/// sharded, vectors are replicated; the output is sharded where it has as many rows as the share, else replicated.
///
/// The adjoint of a replicated value is partial: each rank is given another part of its cotangent, and those of its inputs
/// are added up.
struct ShareCheck<Op: CollectiveOperation> {
  let operation: Op
  let label: String
  /// Samples of each rank.
  let samples: [Int]
  private let batches: Int
  private let inputs, tangents: [Tensor]
  private let cotangent, cotangentTangent: Tensor
  private var random = Random(key: 20_261_129)

  /// - Parameter counts: of the ranks' shares, that of the last being what is left.
  init(operation: Op, sample: Catalogue.Sample, batches: Int, ranks: Int, label: String) throws {
    self.operation = operation
    self.label = "\(label), \(ranks) ranks"
    self.batches = batches
    let all = sample.shapes[0][0] / batches
    // Uneven shares where they can be.
    let bounds = (0...ranks).map { $0 * $0 * all / (ranks * ranks) }
    samples = (0..<ranks).map { bounds[$0 + 1] - bounds[$0] }
    inputs = try sample.inputs(from: &random)
    tangents = try inputs.map { [random] input in
      var random = random
      return try normal(input.shape, &random)
    }
    let output = try operation.forward(inputs).output
    cotangent = try normal(output.shape, &random)
    cotangentTangent = try normal(output.shape, &random)
  }

  private struct Answers {
    let output, tangent: Tensor
    let adjoints, adjointTangents: [Tensor?]
  }

  func run() throws {
    if samples.contains(where: { $0 < 1 }) { return }
    let whole = try answers(operation, inputs, tangents, cotangent, cotangentTangent)
    let (cotangents, cotangentTangents) = (try parts(cotangent), try parts(cotangentTangent))
    let ranked = try Ranks.run(samples.count) { communicator in
      let (share, rank) = (BatchShare(over: communicator), communicator.rank)
      share.begin(samples: samples[rank])
      return try answers(
        operation.over(share), inputs.map { try shard($0, rank) }, tangents.map { try shard($0, rank) }, cotangents[rank],
        cotangentTangents[rank])
    }.results
    compare(whole.output, ranked.map(\.output), "output")
    compare(whole.tangent, ranked.map(\.tangent), "jvp")
    for i in inputs.indices {
      compareAdjoint(whole.adjoints[i], ranked.map { $0.adjoints[i] }, "vjp of input \(i)")
      compareAdjoint(whole.adjointTangents[i], ranked.map { $0.adjointTangents[i] }, "vjpTangent of input \(i)")
    }
  }

  private func answers(
    _ operation: Op, _ inputs: [Tensor], _ tangents: [Tensor], _ cotangent: Tensor, _ cotangentTangent: Tensor
  ) throws -> Answers {
    let (output, saved) = try operation.forward(inputs)
    let point = Point(inputs: inputs, output: output, saved: saved)
    let wanted = inputs.map { _ in true }
    return Answers(
      output: output, tangent: try XCTUnwrap(operation.jvp(at: point, tangents: tangents)),
      adjoints: try operation.vjp(at: point, cotangent: cotangent, wanted: wanted),
      adjointTangents: try operation.vjpTangent(
        at: point, tangents: tangents, cotangent: cotangent, cotangentTangent: cotangentTangent, wanted: wanted))
  }

  // MARK: Shares

  private var total: Int { samples.reduce(0, +) }

  /// A rank's rows of every batch.
  private func shard(_ x: Tensor, _ rank: Int) throws -> Tensor {
    guard x.shape.rank >= 2 else { return x }
    let width = x.count / (batches * total)
    let (first, count) = (samples[..<rank].reduce(0, +), samples[rank])
    let values = x.array
    var kept: [Scalar] = []
    for batch in 0..<batches {
      let start = (batch * total + first) * width
      kept += values[start..<start + count * width]
    }
    return try Tensor(kept, Shape([batches * count] + Array(x.shape.dimensions.dropFirst())))
  }

  /// What the ranks' cotangents are: their rows, or parts that add up.
  private func parts(_ whole: Tensor) throws -> [Tensor] {
    if !(operation is Gather) { return try samples.indices.map { try shard(whole, $0) } }
    let last = samples.count - 1
    return try samples.indices.map { rank in
      let factor: Scalar = rank == last ? 1 - Scalar(last) * 0.25 : 0.25
      return try Tensor(whole.array.map { $0 * factor }, whole.shape)
    }
  }

  // MARK: Comparisons

  private func compare(_ whole: Tensor, _ ranked: [Tensor], _ what: String) {
    for (rank, own) in ranked.enumerated() {
      let expected = own.shape == whole.shape ? whole : try? shard(whole, rank)
      assertClose(own, expected, within: isDouble ? 1e-12 : 1e-4, scale: norm(whole), "\(label): \(what) of rank \(rank)")
    }
  }

  private func compareAdjoint(_ whole: Tensor?, _ ranked: [Tensor?], _ what: String) {
    guard let whole else { return XCTAssertTrue(ranked.allSatisfy { $0 == nil }, "\(label): \(what)") }
    if whole.shape.rank >= 2 { return compare(whole, ranked.compactMap { $0 }, what) }
    var sum = [Scalar](repeating: 0, count: whole.count)
    for own in ranked { for (i, value) in (own?.array ?? []).enumerated() { sum[i] += value } }
    assertClose(
      try? Tensor(sum, whole.shape), whole, within: isDouble ? 1e-12 : 1e-4, "\(label): \(what), summed over ranks")
  }
}
