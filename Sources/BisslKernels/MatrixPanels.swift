/// Matrices rewritten as `PanelProduct` takes its right operand: panel by panel, row by row, `blockColumns` each. What
/// pads the last panel is zero. `row` is the number of elements from one row of a matrix to the next.
public enum MatrixPanels {
  /// The panel of w (depth, columns) that begins at `first`.
  public static func pack(
    _ w: Source, row stride: Int, depth: Int, columns: Int, panelFrom first: Int, into panels: Destination
  ) {
    let width = PanelProduct.blockColumns
    let panel = panels + first * depth
    let present = min(width, columns - first)
    for row in 0..<depth {
      let target = panel + row * width
      target.update(from: w + row * stride + first, count: present)
      (target + present).update(repeating: 0, count: width - present)
    }
  }

  /// The panel of wᵀ, w (columns, depth), that begins at `first`. Rows in blocks whose place in the panel stays in
  /// cache.
  public static func packTransposed(
    _ w: Source, row: Int, depth: Int, columns: Int, panelFrom first: Int, into panels: Destination
  ) {
    let width = PanelProduct.blockColumns
    let panel = panels + first * depth
    for start in stride(from: 0, to: depth, by: 64) {
      let block = start..<min(depth, start + 64)
      for lane in 0..<width {
        if first + lane < columns {
          let source = w + (first + lane) * row
          for i in block { panel[i * width + lane] = source[i] }
        } else {
          for i in block { panel[i * width + lane] = 0 }
        }
      }
    }
  }
}
