import BisslAutograd

extension JSON {
  static func entry(_ entry: Catalogue.Entry) -> String {
    object(
      ("name", string(entry.name)), ("function", string(entry.function)),
      ("documentation", string(entry.documentation)),
      ("inputs", array(entry.inputs.map { object(("name", string($0.name)), ("count", string($0.count.rawValue))) })),
      ("settings", array(entry.settings.map { setting($0.key, $0.value) })))
  }

  private static func setting(_ name: String, _ setting: Catalogue.Setting) -> String {
    object(
      ("name", string(name)), ("kind", string(setting.kind.rawValue)),
      ("default", setting.fallback.map(number) ?? "null"), ("required", setting.isRequired ? "true" : "false"))
  }
}
