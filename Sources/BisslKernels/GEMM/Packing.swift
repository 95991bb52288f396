/// Matrices rewritten as `PanelProduct` takes them: as its right operand in panels of `blockColumns` columns, as its left
/// in strips of `blockRows`; panel by panel, row by row. What pads the last one is zero. `row` is the number of elements
/// from one row of a matrix to the next.
public enum MatrixPanels {
  /// The panel of w (depth, columns) that begins at `first`.
  public static func pack(
    _ w: Source, row stride: Int, depth: Int, columns: Int, panelFrom first: Int, _ format: OperandFormat,
    into panel: Destination
  ) {
    cutPanels(
      w + first, row: stride, rows: depth, columns: min(PanelProduct.blockColumns, columns - first), at: 0, of: depth,
      format, into: panel)
  }

  /// The panel of wᵀ, w (columns, depth), that begins at `first`. Rows in blocks whose place in the panel stays in
  /// cache.
  public static func packTransposed(
    _ w: Source, row: Int, depth: Int, columns: Int, panelFrom first: Int, _ format: OperandFormat,
    into panel: Destination
  ) {
    let width = PanelProduct.blockColumns
    for start in stride(from: 0, to: depth, by: 64) {
      let end = min(depth, start + 64)
      for group in stride(from: 0, to: width, by: SquareTransposition.side) {
        let lanes = group..<min(width, group + SquareTransposition.side)
        var rest = start
        if SquareTransposition.serves && first + lanes.upperBound <= columns {
          while rest + SquareTransposition.side <= end {
            SquareTransposition.transpose(
              w + (first + group) * row + rest, row: row, into: panel + rest * width + group, targetRow: width)
            rest += SquareTransposition.side
          }
        }
        for lane in lanes {
          if first + lane < columns {
            let source = w + (first + lane) * row
            for i in rest..<end { panel[i * width + lane] = source[i] }
          } else {
            for i in rest..<end { panel[i * width + lane] = 0 }
          }
        }
      }
    }
    if format == .split { SplitTiles.splitPanel(panel, rows: 0..<depth) }
  }

  /// Rows `place` to `place + rows` of a matrix with `depth` rows, cut into strips of `PanelProduct.blockRows` columns:
  /// strip by strip, row by row, as `PanelProduct.multiplyStrips` takes its left operand. What pads the last is zero. In the
  /// format `split`, `place` begins a step.
  public static func cutStrips(
    _ w: Source, row: Int, rows: Int, columns: Int, at place: Int, of depth: Int, _ format: OperandFormat,
    into strips: Destination
  ) {
    if format == .split {
      return forEachSplit(w, row, rows, columns, SplitTiles.extent, place, depth, strips, SplitTiles.splitTransposed)
    }
    cut(w, row, rows, columns, PanelProduct.blockRows, place, depth, strips) { source, target in
      SIMD4.load(source).store(target)
      SIMD2.load(source + 4).store(target + 4)
    }
  }

  /// As `cutStrips`, into panels of `PanelProduct.blockColumns` columns.
  public static func cutPanels(
    _ w: Source, row: Int, rows: Int, columns: Int, at place: Int, of depth: Int, _ format: OperandFormat,
    into panels: Destination
  ) {
    let width = PanelProduct.blockColumns
    if format == .split {
      return forEachSplit(w, row, rows, columns, width, place, depth, panels, SplitTiles.splitPanelStep)
    }
    cut(w, row, rows, columns, width, place, depth, panels) { source, target in
      for lane in stride(from: 0, to: width, by: VectorLane.width) {
        VectorLane.load(source + lane).store(target + lane)
      }
    }
  }

  /// Step by step, and in each strip by strip of `width` columns.
  private static func forEachSplit(
    _ w: Source, _ row: Int, _ rows: Int, _ columns: Int, _ width: Int, _ place: Int, _ depth: Int,
    _ strips: Destination,
    _ split: (_ source: Source, _ row: Int, _ depth: Int, _ columns: Int, _ target: Destination) -> Void
  ) {
    let depth = OperandFormat.split.padded(depth: depth)
    for start in stride(from: 0, to: rows, by: SplitTiles.step) {
      for first in stride(from: 0, to: columns, by: width) {
        split(
          w + start * row + first, row, min(SplitTiles.step, rows - start), columns - first,
          strips + first * depth + (place + start) * width)
      }
    }
  }

  /// Eight rows at a time, whose lines of cache stay there from strip to strip even where all fall into one set. `copy`
  /// moves what one row has of a strip.
  @inline(__always)
  private static func cut(
    _ w: Source, _ row: Int, _ rows: Int, _ columns: Int, _ width: Int, _ place: Int, _ depth: Int,
    _ strips: Destination, copy: (_ source: Source, _ target: Destination) -> Void
  ) {
    for start in stride(from: 0, to: rows, by: 8) {
      let count = min(8, rows - start)
      for first in stride(from: 0, to: columns, by: width) {
        var (source, target) = (w + start * row + first, strips + first * depth + (place + start) * width)
        let present = min(width, columns - first)
        for _ in 0..<count {
          if present == width {
            copy(source, target)
          } else {
            target.update(from: source, count: present)
            (target + present).update(repeating: 0, count: width - present)
          }
          source += row
          target += width
        }
      }
    }
  }
}
