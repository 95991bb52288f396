import BisslCore

/// Checks of numbers that a user sets.
enum Setting {
  static func requireNonNegative(_ value: Double, _ name: String) throws {
    try require(value.isFinite && value >= 0, .value("\(name): expected a finite number ≥ 0, got \(value)"))
  }

  static func requirePositive(_ value: Double, _ name: String) throws {
    try require(value.isFinite && value > 0, .value("\(name): expected a finite number > 0, got \(value)"))
  }
}
