import BisslCore

extension AugmentationRecipe {
  /// One number of a recipe under the name that users write, with the values it may take.
  struct Option {
    let name: String
    let allowed: ClosedRange<Double>
    let expected: String
    let get: (AugmentationRecipe) -> Double
    let set: (inout AugmentationRecipe, Double) -> Void
    var isWhole = false

    func check(_ value: Double) throws {
      try require(
        allowed.contains(value) && (!isWhole || value == value.rounded()),
        .value("augmentation option \(name) is \(value): expected \(expected)"))
    }
  }

  static let options: [Option] = [
    whole("size", \.size, 1...16_384),
    number("crop_scale_min", \.cropScaleMin, 1e-6...1), number("crop_scale_max", \.cropScaleMax, 1e-6...1),
    number("crop_ratio_min", \.cropRatioMin, 1e-3...1e3), number("crop_ratio_max", \.cropRatioMax, 1e-3...1e3),
    flag("bicubic", \.bicubic),
    flag("center_crop", \.centerCrop), whole("resize_shorter", \.resizeShorter, 0...65_535),
    whole("short_side", \.shortSide, 0...16_384), whole("long_side", \.longSide, 0...16_384),
    number("flip_probability", \.flipProbability, 0...1),
    number("jitter_probability", \.jitterProbability, 0...1),
    number("brightness", \.brightness, 0...10), number("contrast", \.contrast, 0...10),
    number("saturation", \.saturation, 0...10), number("hue", \.hue, 0...0.5),
    number("grey_probability", \.greyProbability, 0...1),
    number("blur_probability", \.blurProbability, 0...1),
    number("blur_sigma_min", \.blurSigmaMin, 0...100), number("blur_sigma_max", \.blurSigmaMax, 0...100),
    number("solarize_probability", \.solarizeProbability, 0...1),
    number("mean_0", \.mean[0], -1e3...1e3), number("mean_1", \.mean[1], -1e3...1e3),
    number("mean_2", \.mean[2], -1e3...1e3),
    number("std_0", \.std[0], 1e-6...1e6), number("std_1", \.std[1], 1e-6...1e6),
    number("std_2", \.std[2], 1e-6...1e6),
  ]

  /// A recipe from option names (those of the fields, in snake case) and their values. Options that are not named keep
  /// their defaults. `ValueError` for an unknown or repeated name and for a value out of range.
  public init(names: [String], values: [Double]) throws {
    self.init()
    try require(
      names.count == values.count, .value("\(names.count) augmentation options were given \(values.count) values"))
    var seen = Set<String>()
    for (name, value) in zip(names, values) {
      try require(seen.insert(name).inserted, .value("augmentation option \(name) is given twice"))
      try set(name, to: value)
    }
    try validate()
  }

  private mutating func set(_ name: String, to value: Double) throws {
    guard let option = AugmentationRecipe.options.first(where: { $0.name == name }) else {
      let nearest = nearestName(to: name, among: AugmentationRecipe.options.map(\.name)) ?? ""
      throw EngineError.value("unknown augmentation option \"\(name)\": did you mean \"\(nearest)\"?")
    }
    try option.check(value)
    option.set(&self, value)
  }

  /// Throws `ValueError` where a field is out of range or two fields contradict each other.
  public func validate() throws {
    for option in AugmentationRecipe.options { try option.check(option.get(self)) }
    try requireOrder("crop_scale", cropScaleMin, cropScaleMax)
    try requireOrder("crop_ratio", cropRatioMin, cropRatioMax)
    try requireOrder("blur_sigma", blurSigmaMin, blurSigmaMax)
    try require(
      resizeShorter == 0 || centerCrop,
      .value("augmentation option resize_shorter is \(resizeShorter) without center_crop: set center_crop to 1"))
    try require(
      resizeShorter == 0 || resizeShorter >= size,
      .value(
        "augmentation option resize_shorter is \(resizeShorter), smaller than the centre crop of size \(size): "
          + "expected 0 (no resizing) or at least \(size)"))
    try validateWholeImage()
  }

  /// `short_side` shows whole images: nothing that crops goes with it.
  private func validateWholeImage() throws {
    try require(
      longSide == 0 || longSide >= shortSide && shortSide > 0,
      .value(
        "augmentation option long_side is \(longSide) with short_side \(shortSide): expected 0 (no bound), or "
          + "short_side set and at most long_side"))
    try require(
      shortSide == 0 || !centerCrop && cropScaleMin == 1,
      .value(
        "augmentation option short_side is \(shortSide), which shows whole images: expected no center_crop and no "
          + "crop_scale beside it"))
  }

  private func requireOrder(_ name: String, _ low: Double, _ high: Double) throws {
    try require(
      low <= high, .value("augmentation option \(name)_min is \(low), above \(name)_max, which is \(high)"))
  }

  // MARK: Kinds of options

  private typealias Path<Value> = WritableKeyPath<AugmentationRecipe, Value>

  private static func number(_ name: String, _ path: Path<Double>, _ allowed: ClosedRange<Double>) -> Option {
    Option(
      name: name, allowed: allowed, expected: "a number from \(allowed.lowerBound) to \(allowed.upperBound)",
      get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
  }

  private static func whole(_ name: String, _ path: Path<Int>, _ allowed: ClosedRange<Int>) -> Option {
    Option(
      name: name, allowed: Double(allowed.lowerBound)...Double(allowed.upperBound),
      expected: "a whole number from \(allowed.lowerBound) to \(allowed.upperBound)",
      get: { Double($0[keyPath: path]) }, set: { $0[keyPath: path] = Int($1) }, isWhole: true)
  }

  private static func flag(_ name: String, _ path: Path<Bool>) -> Option {
    Option(
      name: name, allowed: 0...1, expected: "0 or 1", get: { $0[keyPath: path] ? 1 : 0 },
      set: { $0[keyPath: path] = $1 == 1 }, isWhole: true)
  }
}
