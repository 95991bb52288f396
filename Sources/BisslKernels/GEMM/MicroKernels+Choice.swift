extension MicroKernels {
  typealias Kernel = (
    _ depth: Int, _ a: Source, _ row: Int, _ step: Int, _ b: Source, _ bStep: Int, _ c: Destination, _ ldc: Int,
    _ accumulate: Bool, _ next: Source, _ nextStep: Int
  ) -> Void

  /// The kernel that spends least on a block of packed B of which `columns` are wanted. It writes no more columns of c than
  /// a whole block has. Whichever it is, an entry of the result is the same sum in the same order.
  static func serving(columns: Int) -> Kernel {
    if columns <= NarrowLane.scalarCount { return narrow1 }
    if !Packing.isWide { return narrow2 }
    switch (columns + WideLane.scalarCount - 1) / WideLane.scalarCount {
    case 1: return wide1
    case 2: return wide2
    case 3: return wide3
    default: return wide4
    }
  }
}
