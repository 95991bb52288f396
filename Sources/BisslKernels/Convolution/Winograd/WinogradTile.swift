/// A tile of m×m outputs of a convolution by Winograd's transforms: which window slides over it, and how large it is.
/// The larger, the fewer products an output needs, and the more they round.
public struct WinogradTile: Hashable, Sendable {
  public enum Window: Hashable, Sendable {
    /// 3×3 weights.
    case three
    /// 3×3 weights at stride 2.
    case strided
    /// 4×4 weights.
    case four
    /// 3×3 weights over an image no larger than the tile, within a border of one zero pixel. What is known to be zero
    /// needs no products: 3×3 outputs take 16, amid a larger image 25.
    case bordered
  }

  public let window: Window
  /// Side of the square of outputs, one of those there are transforms for.
  public let m: Int

  public init(_ window: Window, m: Int) {
    self.window = window
    self.m = m
  }

  /// Those for images of a size with zeros around, and square windows.
  public static func candidates(
    taps: Int, stride: Int, padding: Int, height: Int, width: Int
  ) -> [WinogradTile] {
    guard padding < taps else { return [] }
    switch (taps, stride) {
    case (3, 1):
      let extent = padding == 1 ? max(height, width) : Int.max
      let bordered = all(.bordered).filter { $0.m >= extent }
      return bordered + all(.three)
    case (3, 2): return all(.strided)
    case (4, 1): return all(.four)
    default: return []
    }
  }

  private static func all(_ window: Window) -> [WinogradTile] {
    WinogradTransforms.sides(window).map { WinogradTile(window, m: $0) }
  }

  /// Whether second derivatives of ReLU networks stay as exact as with direct sums (`python/benchmarks/precision.py`)
  /// where primal values are made with it.
  public var isAccurate: Bool { m <= 3 }

  /// Side of the window of weights.
  public var taps: Int { window == .four ? 4 : 3 }
  /// Input pixels from one output pixel to the next.
  public var stride: Int { window == .strided ? 2 : 1 }
  /// Side of the square of inputs.
  public var inputs: Int { window == .bordered ? m : stride * (m - 1) + taps }
  /// Side of the transformed squares of images.
  public var side: Int {
    guard window == .bordered else { return inputs }
    return m == 1 ? 1 : m + 1
  }
  /// Side of the transformed square of weights: at stride 2 several positions share an element.
  public var weightSide: Int { window == .strided ? m + taps - 1 : side }
}
