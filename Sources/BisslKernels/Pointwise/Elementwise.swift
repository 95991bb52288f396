/// Loops over contiguous elements. Sources may coincide with destinations, but must not overlap them otherwise.
public enum Elementwise {
  /// out = a + b
  public static func add(_ a: Source, _ b: Source, into out: Destination, count: Int) {
    for i in 0..<count { out[i] = a[i] + b[i] }
  }

  /// out = s·a
  public static func scale(_ a: Source, by s: Scalar, into out: Destination, count: Int) {
    for i in 0..<count { out[i] = s * a[i] }
  }

  /// y += s·x
  public static func addScaled(_ x: Source, by s: Scalar, to y: Destination, count: Int) {
    for i in 0..<count { y[i] += s * x[i] }
  }

  /// out = a∘b
  public static func multiply(_ a: Source, _ b: Source, into out: Destination, count: Int) {
    for i in 0..<count { out[i] = a[i] * b[i] }
  }

  /// out += a∘b
  public static func addProduct(_ a: Source, _ b: Source, to out: Destination, count: Int) {
    for i in 0..<count { out[i] += a[i] * b[i] }
  }

  /// out = a
  public static func copy(_ a: Source, into out: Destination, count: Int) { out.update(from: a, count: count) }
}
