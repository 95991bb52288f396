extension Winograd {
  /// Elements from one matrix of transformed weights to the next: no multiple of a page, whose multiples would share few
  /// places of the cache.
  public func matrixElements(from: Int, to: Int) -> Int { PanelProduct.panelElements(depth: from, columns: to) + 16 }

  /// u[matrix] = G g Gᵀ in panels (`PanelProduct`), (from, to) channels, for the panel that begins at channel `first` of
  /// `to`; weights are (outputs, inputs, 3, 3). What pads the panel is zero. Backward at stride 1 the window is turned by
  /// 180°: the input adjoint is a convolution too.
  public func transformWeights(
    _ weights: Source, outputs: Int, inputs: Int, _ direction: WeightOrder.Direction, panelFrom first: Int,
    into u: Destination
  ) {
    let isTurned = stride == 1
    let (from, to) = direction == .forward ? (inputs, outputs) : (outputs, inputs)
    let columns = PanelProduct.blockColumns
    let step = matrixElements(from: from, to: to)
    withUnsafeTemporaryAllocation(of: VectorLane.self, capacity: 9) { window in
      guard let g = window.baseAddress else { return }
      for k in 0..<from {
        for lane in Swift.stride(from: 0, to: columns, by: VectorLane.width) {
          for tap in 0..<9 {
            for i in 0..<VectorLane.width {
              let channel = first + lane + i
              guard channel < to else {
                g[tap][i] = 0
                continue
              }
              g[tap][i] =
                direction == .forward
                ? weights[(channel * inputs + k) * 9 + tap]
                : weights[(k * inputs + channel) * 9 + (isTurned ? 8 - tap : tap)]
            }
          }
          WinogradTransforms.weight(
            VectorLane.self, m: m, stride: stride, UnsafePointer(g), into: u + first * from + k * columns + lane,
            step: step)
        }
      }
    }
  }

  /// weights (outputs, inputs, 3, 3) = Gᵀ u G for inputs `range` of u[matrix] (inputs, outputs), rows `row` apart: the
  /// adjoint of `transformWeights`.
  public func transformWeightAdjoint(
    _ u: Source, row: Int, step: Int, outputs: Int, inputs: Int, range: Range<Int>, into weights: Destination
  ) {
    withUnsafeTemporaryAllocation(of: VectorLane.self, capacity: 9) { window in
      guard let g = window.baseAddress else { return }
      for output in Swift.stride(from: 0, to: outputs, by: VectorLane.width) {
        for input in range {
          WinogradTransforms.weightAdjoint(
            VectorLane.self, m: m, stride: stride, u + input * row + output, step: step, into: g)
          for i in 0..<min(VectorLane.width, outputs - output) {
            let target = weights + ((output + i) * inputs + input) * 9
            for tap in 0..<9 { target[tap] = g[tap][i] }
          }
        }
      }
    }
  }
}
