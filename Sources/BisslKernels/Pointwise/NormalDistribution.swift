/// Φ and φ, distribution function and density of the standard normal distribution, in straight-line arithmetic, so
/// that loops over them run on vectors. Both tails keep their digits: relative errors stay within a few ulp, times x²/2 where
/// the exponent is rounded (1e-15 in double, 5e-7 in single precision around zero).
///
/// With z = |x|/√2 and t = 1/(1 + cz): Φ(−|x|) = ½erfc(z) = t·q(2t − 1)·exp(−z²). The function that the polynomial q
/// stands for is smooth on the whole of t ∈ [0, 1]; its Chebyshev series, with c = 11/32 chosen for fast decay, is
/// truncated below an ulp and written in powers, whose absolute values sum to little more than the result.
enum NormalDistribution {
  @inline(__always)
  static func values(_ x: Scalar) -> (distribution: Scalar, density: Scalar) {
    let exponential = Exponential.value(-0.5 * x * x)
    let t = 1 / (1 + magnitude(x) * 0.243_067_956_032_875_7)
    let tail = t * polynomial(2 * t - 1) * exponential
    return (x < 0 ? tail : 1 - tail, exponential * 0.398_942_280_401_432_7)
  }

  @inline(__always)
  static func density(_ x: Scalar) -> Scalar { Exponential.value(-0.5 * x * x) * 0.398_942_280_401_432_7 }

  @inline(__always)
  private static func magnitude(_ x: Scalar) -> Scalar { x < 0 ? -x : x }

  /// q, by Horner's rule.
  @inline(__always)
  private static func polynomial(_ u: Scalar) -> Scalar {
    #if BISSL_DOUBLE
      var q: Double = -2.5111788918378417e-10
      q = q.times(u, plus: 6.80404238886976458e-10)
      q = q.times(u, plus: 1.97176556562234972e-9)
      q = q.times(u, plus: -7.55350460645508495e-9)
      q = q.times(u, plus: -6.08154104416789414e-9)
      q = q.times(u, plus: 4.83196154184016292e-8)
      q = q.times(u, plus: -4.44776260861554533e-9)
      q = q.times(u, plus: -2.54629397347820834e-7)
      q = q.times(u, plus: 1.81956232435840882e-7)
      q = q.times(u, plus: 1.33184059768980473e-6)
      q = q.times(u, plus: -1.50589137003702428e-6)
      q = q.times(u, plus: -7.89213286342567162e-6)
      q = q.times(u, plus: 8.94541265348687671e-6)
      q = q.times(u, plus: 5.70138501005513111e-5)
      q = q.times(u, plus: -2.40785042820693362e-5)
      q = q.times(u, plus: -4.75610158728502799e-4)
      q = q.times(u, plus: -6.08148141178712803e-4)
      q = q.times(u, plus: 3.05540664079853306e-3)
      q = q.times(u, plus: 0.0173916088215411065)
      q = q.times(u, plus: 0.049144518756201844)
      q = q.times(u, plus: 0.0976392367283036067)
      q = q.times(u, plus: 0.149740402050640322)
      q = q.times(u, plus: 0.184078810762891457)
      return q
    #else
      var q: Float = 5.376282656e-6
      q = q.times(u, plus: 4.036541363e-5)
      q = q.times(u, plus: -2.039906665e-5)
      q = q.times(u, plus: -4.604396244e-4)
      q = q.times(u, plus: -6.09972294e-4)
      q = q.times(u, plus: 3.049068221e-3)
      q = q.times(u, plus: 0.01739202492)
      q = q.times(u, plus: 0.04914562025)
      q = q.times(u, plus: 0.0976392017)
      q = q.times(u, plus: 0.149740348)
      q = q.times(u, plus: 0.1840788112)
      return q
    #endif
  }
}
