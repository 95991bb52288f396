import BisslCore
import BisslKernels

/// x²/2β where |x| < β, |x| − β/2 elsewhere (Girshick 2015). f″ is 1/β inside and 0 from the knot on; with β = 0 this is
/// |x|, whose derivative at 0 counts as 0.
public struct SmoothL1: PointwiseOperation {
  public let beta: Scalar

  public var name: String { "smooth_l1" }
  public var isPiecewiseLinear: Bool { beta == 0 }

  public init(beta: Scalar) throws {
    try require(beta >= 0 && beta.isFinite, .value("smooth_l1: expected a beta of at least 0, got \(beta)"))
    self.beta = beta
  }

  public func value(_ x: Source, into y: Destination, count: Int) {
    SmoothAbsolute.value(x, beta, into: y, count: count)
  }

  public func timesDerivative(_ x: Source, _ a: Source, into out: Destination, count: Int) {
    SmoothAbsolute.derivative(x, beta, times: a, into: out, count: count)
  }

  public func addTimesSecondDerivative(_ x: Source, _ a: Source, _ b: Source, to out: Destination, count: Int) {
    SmoothAbsolute.addSecondDerivative(x, beta, times: a, b, to: out, count: count)
  }
}
