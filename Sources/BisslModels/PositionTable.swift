import BisslCore
import BisslKernels
import Glibc

/// Fixed two-dimensional sine-cosine positions as MAE's authors make them (`get_2d_sincos_pos_embed`): the first half of
/// a row encodes the column of a patch, the second half its row, each as sin and cos of position·10000^(−i/(width/4)).
/// The rows of the class token and registers, the first, are zero. Rounded to single precision, as their tables are.
enum PositionTable {
  /// Fills (prefix + side², width); the width is a multiple of four.
  static func sineCosine(side: Int, width: Int, prefix: Int = 1, into table: Destination) {
    let half = width / 2
    table.update(repeating: 0, count: prefix * width)
    for patch in 0..<side * side {
      let start = (patch + prefix) * width
      for (part, position) in [patch % side, patch / side].enumerated() {
        for i in 0..<half / 2 {
          let angle = Double(position) * pow(10_000, -Double(i) / Double(half / 2))
          table[start + part * half + i] = Scalar(Float(sin(angle)))
          table[start + part * half + half / 2 + i] = Scalar(Float(cos(angle)))
        }
      }
    }
  }
}
