import BisslCore
import BisslKernels

/// Every operation there is, with what it takes to make and to check it. The test suite checks each on its samples, and
/// fails where an operation is missing here; the boundary offers the same list to Python.
///
/// Samples have odd extents and rectangles; the last of each spans several chunks of the parallel loops.
public enum Catalogue {
  public static var entries: [Entry] {
    pointwise + elementary + sums + axes + products + convolutions + arrangement + rows + pooling + resampling
      + normalizations + attention + losses
  }

  /// An operation by its name, the Swift type's. Throws where there is none.
  public static func operation(named name: String, _ settings: Options = [:]) throws -> any Operation {
    guard let entry = byName[name] else {
      throw EngineError.value(
        "operation: expected one of \(byName.keys.sorted().joined(separator: ", ")), got '\(name)'")
    }
    return try entry.operation(settings)
  }

  private static let byName = Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }
}
