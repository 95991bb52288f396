/// The function of smooth-L1 losses: x²/2β where |x| < β, |x| − β/2 elsewhere; β ≥ 0.
public enum SmoothAbsolute {
  /// y = f(x)
  public static func value(_ x: Source, _ beta: Scalar, into y: Destination, count: Int) {
    let (half, inverse) = (beta / 2, 1 / beta)
    for i in 0..<count {
      let size = abs(x[i])
      y[i] = size < beta ? (size * inverse) * size / 2 : size - half
    }
  }

  /// out = f′(x)·a with f′(x) = x/β inside, the sign of x elsewhere; 0 at 0. NaN passes.
  public static func derivative(_ x: Source, _ beta: Scalar, times a: Source, into out: Destination, count: Int) {
    let inverse = 1 / beta
    for i in 0..<count {
      let sign: Scalar = x[i] > 0 ? 1 : x[i] < 0 ? -1 : x[i]
      out[i] = (abs(x[i]) < beta ? x[i] * inverse : sign) * a[i]
    }
  }

  /// out += f″(x)·a·b with f″(x) = 1/β inside, 0 from the knot on
  public static func addSecondDerivative(
    _ x: Source, _ beta: Scalar, times a: Source, _ b: Source, to out: Destination, count: Int
  ) {
    let inverse = 1 / beta
    for i in 0..<count { out[i] += abs(x[i]) < beta ? inverse * a[i] * b[i] : 0 }
  }
}
