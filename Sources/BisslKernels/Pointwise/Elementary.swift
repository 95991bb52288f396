import Glibc

/// Elementary functions with their first two derivatives, for losses: rows of embeddings, not images.
public enum Elementary {
  /// y = eˣ
  public static func exponential(_ x: Source, into y: Destination, count: Int) {
    for i in 0..<count { y[i] = Exponential.value(x[i]) }
  }

  /// out = eˣ·a
  public static func exponential(_ x: Source, times a: Source, into out: Destination, count: Int) {
    for i in 0..<count { out[i] = Exponential.value(x[i]) * a[i] }
  }

  /// out += eˣ·a·b
  public static func addExponential(_ x: Source, times a: Source, _ b: Source, to out: Destination, count: Int) {
    for i in 0..<count { out[i] += Exponential.value(x[i]) * a[i] * b[i] }
  }

  /// y = log x
  public static func logarithm(_ x: Source, into y: Destination, count: Int) {
    for i in 0..<count { y[i] = log(x[i]) }
  }

  /// out = c·xᵖ·a; a factor c of 0 makes zeros, whatever xᵖ is.
  public static func power(
    _ x: Source, _ p: Scalar, times a: Source, scaledBy c: Scalar, into out: Destination, count: Int
  ) {
    for i in 0..<count { out[i] = c == 0 ? 0 : c * pow(x[i], p) * a[i] }
  }

  /// out += c·xᵖ·a·b
  public static func addPower(
    _ x: Source, _ p: Scalar, times a: Source, _ b: Source, scaledBy c: Scalar, to out: Destination, count: Int
  ) {
    if c == 0 { return }
    for i in 0..<count { out[i] += c * pow(x[i], p) * a[i] * b[i] }
  }

  /// y = xᵖ
  public static func power(_ x: Source, _ p: Scalar, into y: Destination, count: Int) {
    for i in 0..<count { y[i] = pow(x[i], p) }
  }

  /// y = sin(x + phase)
  public static func sine(_ x: Source, phase: Phase, into y: Destination, count: Int) {
    for i in 0..<count { y[i] = phase.sine(x[i]) }
  }

  /// out = sin(x + phase)·a
  public static func sine(_ x: Source, phase: Phase, times a: Source, into out: Destination, count: Int) {
    for i in 0..<count { out[i] = phase.sine(x[i]) * a[i] }
  }

  /// out += sin(x + phase)·a·b
  public static func addSine(
    _ x: Source, phase: Phase, times a: Source, _ b: Source, to out: Destination, count: Int
  ) {
    for i in 0..<count { out[i] += phase.sine(x[i]) * a[i] * b[i] }
  }

  /// Quarter turns, which take the sine to its derivatives.
  public enum Phase: Int, Sendable {
    case none, quarter, half, threeQuarters

    /// That of the derivative.
    public var next: Phase { Phase(rawValue: (rawValue + 1) % 4) ?? .none }

    /// sin(x + phase), without rounding the sum.
    @inline(__always)
    func sine(_ x: Scalar) -> Scalar {
      switch self {
      case .none: sin(x)
      case .quarter: cos(x)
      case .half: -sin(x)
      case .threeQuarters: -cos(x)
      }
    }
  }

  /// y = tanh x
  public static func hyperbolicTangent(_ x: Source, into y: Destination, count: Int) {
    for i in 0..<count { y[i] = tanh(x[i]) }
  }

  /// out = (1 − tanh² x)·a
  public static func hyperbolicTangentDerivative(_ x: Source, times a: Source, into out: Destination, count: Int) {
    for i in 0..<count { out[i] = squaredSecant(x[i]) * a[i] }
  }

  /// out −= 2 tanh x (1 − tanh² x)·a·b
  public static func addHyperbolicTangentSecondDerivative(
    _ x: Source, times a: Source, _ b: Source, to out: Destination, count: Int
  ) {
    for i in 0..<count { out[i] -= 2 * tanh(x[i]) * squaredSecant(x[i]) * a[i] * b[i] }
  }

  /// 1 − tanh² x = 1/cosh² x, which does not cancel where |x| is large.
  @inline(__always)
  private static func squaredSecant(_ x: Scalar) -> Scalar {
    let secant = 1 / cosh(x)
    return secant * secant
  }
}
