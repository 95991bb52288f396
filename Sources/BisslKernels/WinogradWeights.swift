extension Winograd {
  /// Which way a convolution goes: from the weight's inputs to its outputs, or, with the window turned by 180°, back.
  public enum Direction: Sendable { case forward, backward }

  /// u[position] = G g Gᵀ in panels (`PanelProduct`), (from, to) channels, for the panel that begins at channel `first`
  /// of `to`; weights are (outputs, inputs, 3, 3). What pads the panel is zero.
  public func transformWeights(
    _ weights: Source, outputs: Int, inputs: Int, _ direction: Direction, panelFrom first: Int, into u: Destination
  ) {
    let (from, to) = direction == .forward ? (inputs, outputs) : (outputs, inputs)
    let columns = PanelProduct.blockColumns
    let step = PanelProduct.panelElements(depth: from, columns: to)
    withUnsafeTemporaryAllocation(of: VectorLane.self, capacity: 9) { window in
      guard let g = window.baseAddress else { return }
      for k in 0..<from {
        for lane in stride(from: 0, to: columns, by: VectorLane.width) {
          for tap in 0..<9 {
            for i in 0..<VectorLane.width {
              let channel = first + lane + i
              guard channel < to else {
                g[tap][i] = 0
                continue
              }
              g[tap][i] =
                direction == .forward
                ? weights[(channel * inputs + k) * 9 + tap] : weights[(k * inputs + channel) * 9 + 8 - tap]
            }
          }
          weight(UnsafePointer(g), into: u + first * from + k * columns + lane, step: step)
        }
      }
    }
  }

  /// weights (outputs, inputs, 3, 3) = Gᵀ u G for inputs `range` of u[position] (inputs, outputs), rows `row` apart: the
  /// adjoint of `transformWeights`.
  public func transformWeightAdjoint(
    _ u: Source, row: Int, step: Int, outputs: Int, inputs: Int, range: Range<Int>, into weights: Destination
  ) {
    withUnsafeTemporaryAllocation(of: VectorLane.self, capacity: 9) { window in
      guard let g = window.baseAddress else { return }
      for output in stride(from: 0, to: outputs, by: VectorLane.width) {
        for input in range {
          weightAdjoint(u + input * row + output, step: step, into: g)
          for i in 0..<min(VectorLane.width, outputs - output) {
            let target = weights + ((output + i) * inputs + input) * 9
            for tap in 0..<9 { target[tap] = g[tap][i] }
          }
        }
      }
    }
  }

  @inline(__always)
  private func weight(_ g: UnsafePointer<VectorLane>, into u: Destination, step: Int) {
    switch m {
    case 2: WinogradTransforms.weight2(VectorLane.self, g, into: u, step: step)
    case 3: WinogradTransforms.weight3(VectorLane.self, g, into: u, step: step)
    default: WinogradTransforms.weight4(VectorLane.self, g, into: u, step: step)
    }
  }

  @inline(__always)
  private func weightAdjoint(_ u: Source, step: Int, into g: UnsafeMutablePointer<VectorLane>) {
    switch m {
    case 2: WinogradTransforms.weightAdjoint2(VectorLane.self, u, step: step, into: g)
    case 3: WinogradTransforms.weightAdjoint3(VectorLane.self, u, step: step, into: g)
    default: WinogradTransforms.weightAdjoint4(VectorLane.self, u, step: step, into: g)
    }
  }
}
