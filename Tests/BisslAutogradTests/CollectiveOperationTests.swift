import BisslAutograd
import BisslCore
import BisslKernels
import BisslRanks
import XCTest

/// Operations that communicate, among ranks that are threads.
final class CollectiveOperationTests: XCTestCase {
  /// The catalogue's samples, in shares of two and three ranks.
  func testRulesOnSharesAreThoseOfTheWholeBatch() throws {
    var checked = Set<String>()
    for entry in Catalogue.entries {
      for (index, sample) in entry.samples.enumerated() {
        guard let operation = try entry.operation(sample.options) as? any CollectiveOperation else { continue }
        checked.insert(entry.name)
        try check(operation, sample, batches(of: operation), "\(entry.name), sample \(index)")
      }
    }
    XCTAssertEqual(checked, ["BatchNorm", "Gather"])
  }

  private func batches(of operation: any CollectiveOperation) -> Int {
    switch operation {
    case let gather as Gather: gather.batches
    case let norm as BatchNorm:
      if case .training(let batches) = norm.mode { batches } else { 1 }
    default: 1
    }
  }

  /// Two views, each with statistics of its own, far from zero: sums of squares must not cancel.
  func testBatchNormOfTwoViewsAboutAShift() throws {
    let entry = try XCTUnwrap(Catalogue.entries.first { $0.name == "BatchNorm" })
    let sample = try XCTUnwrap(entry.samples.first { $0.shapes[0].count > 2 })
    var doubled = Array(sample.shapes.prefix(3))
    doubled[0][0] *= 2
    let shift = try tensor([Scalar](repeating: 0.25, count: sample.shapes[1][0]), sample.shapes[1][0])
    let operation = BatchNorm(mode: .training(batches: 2), relu: true, shift: shift)
    try check(operation, Catalogue.Sample(shapes: doubled), 2, "two views")
  }

  private func check(
    _ operation: some CollectiveOperation, _ sample: Catalogue.Sample, _ batches: Int, _ label: String
  ) throws {
    for ranks in [2, 3] {
      try engine { try ShareCheck(operation: operation, sample: sample, batches: batches, ranks: ranks, label: label).run() }
    }
  }

  /// One sum a rule, all quantities of both views together; the sizes of the shares go with the first.
  func testBatchNormMeetsOnceARule() throws {
    let sent = try engine {
      try Ranks.run(2) { communicator in
        let share = BatchShare(over: communicator)
        share.begin(samples: 2 + communicator.rank)
        var random = Random(key: 1)
        let shape = try Shape(2 * (2 + communicator.rank), 3, 5)
        let inputs = [try normal(shape, &random), try normal(Shape(5), &random), try normal(Shape(5), &random)]
        let operation = BatchNorm(mode: .training(batches: 2)).over(share)
        let (output, saved) = try operation.forward(inputs)
        let point = Point(inputs: inputs, output: output, saved: saved)
        _ = try operation.jvp(at: point, tangents: inputs)
        _ = try operation.vjp(at: point, cotangent: output, wanted: [true, true, true])
        _ = try operation.vjpTangent(
          at: point, tangents: inputs, cotangent: output, cotangentTangent: output, wanted: [true, true, true])
      }.sent
    }
    let vectors = 8 * 2 * 5
    XCTAssertEqual(sent.map(\.bytes), [2 * vectors + 8 + 2 * 8, 2 * vectors, 2 * vectors, 7 * vectors])
  }

  func testARankWithoutSamplesIsRefused() throws {
    assertThrows(
      try engine {
        try Ranks.run(2) { communicator in
          let share = BatchShare(over: communicator)
          share.begin(samples: communicator.rank)
          _ = try share.rows(communicator.rank)
        }
      }, "rank 0 of 2 has no sample")
  }

  /// A tape hands its share to what it records.
  func testATapeSharesWhatItRecords() throws {
    let rows = try engine {
      try Ranks.run(3) { communicator in
        let tape = Tape(share: BatchShare(over: communicator))
        tape.share.begin(samples: 1)
        let own = try tensor([Scalar(communicator.rank)], 1, 1)
        return try tape.apply(Gather(), Variable(constant: own)).value.array
      }.results
    }
    XCTAssertEqual(rows, [[0, 1, 2], [0, 1, 2], [0, 1, 2]])
  }
}
