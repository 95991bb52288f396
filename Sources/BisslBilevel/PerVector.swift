import BisslCore

/// What an optimiser keeps for each parameter vector that it has met.
struct PerVector<Value> {
  /// A vector is known by its memory, which is kept alive so that no other vector can be taken for it.
  private struct Key: Hashable {
    let storage: ObjectIdentifier
    let offset: Int

    init(_ vector: Tensor) {
      storage = ObjectIdentifier(vector.storage)
      offset = vector.offset
    }
  }

  private var entries: [Key: (vector: Tensor, value: Value)] = [:]

  subscript(parameters: Parameters) -> Value? {
    get { entries[Key(parameters.vector)]?.value }
    set { entries[Key(parameters.vector)] = newValue.map { (parameters.vector, $0) } }
  }
}
