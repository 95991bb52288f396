import BisslAutograd
import BisslCore
import XCTest

/// The one loop that checks every operation on every sample.
final class CatalogueTests: XCTestCase {
  func testEveryRuleOfEveryOperation() throws {
    try forEachSample { operation, sample, label in
      try examine(operation, sample, label)
    }
  }

  func testSecondDerivativesThroughTheTape() throws {
    try forEachSample { operation, sample, label in
      try SecondOrderCheck(operation: operation, sample: sample, label: label).run()
    }
  }

  func testSameBitsForAnyNumberOfThreads() throws {
    try forEachSample { operation, sample, label in
      try compareThreadCounts(operation, sample, label)
    }
  }

  func testEveryOperationHasAnEntry() throws {
    let declared = try declaredOperations()
    let listed = Catalogue.entries.map(\.name)
    XCTAssertGreaterThan(declared.count, 10)
    XCTAssertEqual(
      declared.subtracting(listed), [], "operations in Operations/ without an entry in the Catalogue")
    XCTAssertEqual(Set(listed).subtracting(declared), [], "entries without an operation in Operations/")
    XCTAssertEqual(Set(listed).count, listed.count, "an operation is listed twice")
    for entry in Catalogue.entries { XCTAssertFalse(entry.samples.isEmpty, "\(entry.name) has no samples") }
  }

  /// What Python makes functions of.
  func testEntriesNameTheInputsOfTheirSamples() throws {
    XCTAssertEqual(Set(Catalogue.entries.map(\.function)).count, Catalogue.entries.count, "a function is named twice")
    for entry in Catalogue.entries {
      let least = entry.inputs.filter { $0.count != .optional }.count
      let most = entry.inputs.contains { $0.count == .several } ? Int.max : entry.inputs.count
      for sample in entry.samples {
        XCTAssertTrue(
          (least...most).contains(sample.shapes.count), "\(entry.name) names other inputs than samples have")
      }
      XCTAssertTrue(entry.documentation.hasSuffix("."), "\(entry.name): its documentation is no sentence")
    }
  }

  func testUnknownAndMissingSettings() throws {
    let pool = try XCTUnwrap(Catalogue.entries.first { $0.name == "MaxPool" })
    assertThrows(
      try pool.operation(["windows": [2]]), "MaxPool has no setting windows: it knows window, stride, padding")
    assertThrows(try pool.operation(), "window is missing")
    assertThrows(try pool.operation(["window": [2, 2, 2]]), "one number or a \\(height, width\\) pair, got 3")
    assertThrows(try pool.operation(["window": [2.5]]), "whole numbers from 0 to 32768, got 2.5")
  }

  private func forEachSample(_ body: (any BisslAutograd.Operation, Catalogue.Sample, String) throws -> Void) throws {
    for entry in Catalogue.entries {
      for (index, sample) in entry.samples.enumerated() {
        try engine { try body(entry.operation(sample.options), sample, "\(entry.name), sample \(index)") }
      }
    }
  }

  private func examine<Op: BisslAutograd.Operation>(
    _ operation: Op, _ sample: Catalogue.Sample, _ label: String
  ) throws {
    try RuleCheck(operation: operation, sample: sample, label: label).run()
  }

  private func compareThreadCounts<Op: BisslAutograd.Operation>(
    _ operation: Op, _ sample: Catalogue.Sample, _ label: String
  ) throws {
    let results = try [1, 2, 3].map { threads in
      try withThreads(threads) { try RuleCheck(operation: operation, sample: sample, label: label).everything() }
    }
    XCTAssertEqual(results[0], results[1], "\(label): 1 and 2 threads disagree")
    XCTAssertEqual(results[0], results[2], "\(label): 1 and 3 threads disagree")
  }

  /// The types that conform to one of the operation protocols, as the sources declare them.
  private func declaredOperations() throws -> Set<String> {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Sources/BisslAutograd/Operations").standardized
    let pattern = try NSRegularExpression(pattern: #"(?:struct|class|enum) (\w+)(?:<.*>)?: (?:\w+, )*\w*Operation\b"#)
    var names: Set<String> = []
    let files = try XCTUnwrap(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in pattern.matches(in: text, range: NSRange(text.startIndex..., in: text)) {
        if let range = Range(match.range(at: 1), in: text) { names.insert(String(text[range])) }
      }
    }
    return names
  }
}
