/// Hue rotation through Pillow's 8-bit HSV: hue and saturation are truncated to bytes, the hue byte is shifted with
/// wrap-around, and the way back rounds. Written without branches, so that the loop runs on vectors.
public enum ImagingHue {
  public static func rotate(
    _ red: UnsafeMutablePointer<UInt8>, _ green: UnsafeMutablePointer<UInt8>, _ blue: UnsafeMutablePointer<UInt8>,
    by shift: UInt8, count: Int
  ) {
    for i in 0..<count {
      let pixel = (r: Int32(red[i]), g: Int32(green[i]), b: Int32(blue[i]))
      let high = max(pixel.r, max(pixel.g, pixel.b))
      let low = min(pixel.r, min(pixel.g, pixel.b))
      let hue = (hue(pixel.r, pixel.g, pixel.b, high: high, low: low) &+ Int32(shift)) & 255
      let turned = color(hue: hue, saturation: saturation(high: high, low: low), value: high)
      red[i] = UInt8(truncatingIfNeeded: turned.r)
      green[i] = UInt8(truncatingIfNeeded: turned.g)
      blue[i] = UInt8(truncatingIfNeeded: turned.b)
    }
  }

  /// ⌊255·h⌋ with h in [0, 1) the position on the colour circle; 0 for greys.
  @inline(__always)
  static func hue(_ r: Int32, _ g: Int32, _ b: Int32, high: Int32, low: Int32) -> Int32 {
    let middle = r &+ g &+ b &- high &- low
    let ratio = Float(high &- middle) / Float(max(1, high &- low))
    // Sectors of the circle start at red, green and blue; the colour next on the circle decides the direction.
    let redIsHigh = r == high
    let greenIsHigh = g == high
    let base: Float = redIsHigh ? 0 : (greenIsHigh ? 2 : 4)
    let next = redIsHigh ? g : (greenIsHigh ? b : r)
    let sixths = next == low ? base - 1 + ratio : base + 1 - ratio
    let turn = sixths / 6
    let position = turn < 0 ? turn + 1 : turn
    return high == low ? 0 : floorOfProduct(position, 255)
  }

  @inline(__always)
  static func saturation(high: Int32, low: Int32) -> Int32 {
    Int32(Float((high &- low) &* 255) / Float(max(1, high)))
  }

  /// ⌊a·b⌋ of the exact product, which the rounded product may exceed.
  @inline(__always)
  private static func floorOfProduct(_ a: Float, _ b: Float) -> Int32 {
    let product = a * b
    let floor = product.rounded(.down)
    let remainder = (-floor).addingProduct(a, b)
    return Int32(remainder < 0 ? floor - 1 : floor)
  }

  /// Every channel is value·(1 − saturation·share) rounded, all of 255, where the channel's share depends on how far the
  /// hue is from it: 0 within a sixth of the circle, rising to 1 over the next sixth. `hue` 255 is red again. The same
  /// bytes as Pillow's for all of its 2²⁴ inputs.
  @inline(__always)
  static func color(hue: Int32, saturation: Int32, value: Int32) -> (r: Int32, g: Int32, b: Int32) {
    let sixths = hue &* 6
    let chroma = Float(value &* saturation) * (1 / 65025)
    let rounding = Float(value) + 0.5
    func channel(_ share: Int32) -> Int32 { Int32(rounding - chroma * Float(min(max(share, 0), 255))) }
    return (
      channel(510 &- abs(sixths &- 765)), channel(abs(sixths &- 510) &- 255), channel(abs(sixths &- 1020) &- 255)
    )
  }
}
