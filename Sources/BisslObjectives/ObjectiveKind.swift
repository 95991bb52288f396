import BisslAutograd
import BisslCore
import BisslModels

/// The objectives that can be made by name and settings.
public enum ObjectiveKind: String, CaseIterable, Sendable {
  case simclr
  /// Made of the online network, a backbone and a `ProjectorAndPredictor`, which its target begins as a copy of.
  case byol
  case mae
  case classifier
  case multilabel

  /// - Parameter modules: what the objective keeps copies of: BYOL's online backbone and head, none for the others.
  /// - Throws: where a setting is unknown, missing or out of range, or the number of modules is another.
  public func objective(_ options: Options, of modules: [any Module]) throws -> any Objective {
    try options.requireKnown(settings, to: rawValue)
    let expected = self == .byol ? 2 : 0
    try require(
      modules.count == expected, .value("modules: \(rawValue) is made of \(expected) modules, got \(modules.count)"))
    switch self {
    case .simclr: return try SimCLR(temperature: options.number("temperature"))
    case .byol: return try BYOL(backbone: modules[0], head: modules[1])
    case .mae:
      return try MAE(maskRatio: options.number("mask_ratio"), normalizesPixels: options.flag("normalize_pixels"))
    case .classifier: return Classifier()
    case .multilabel: return MultiLabelClassifier()
    }
  }

  private var settings: [String] {
    switch self {
    case .simclr: ["temperature"]
    case .mae: ["mask_ratio", "normalize_pixels"]
    case .byol, .classifier, .multilabel: []
    }
  }
}
