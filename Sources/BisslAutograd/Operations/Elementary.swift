import BisslCore
import BisslKernels

/// eˣ
public struct Exp: PointwiseOperation {
  public var name: String { "exp" }
  public var isPiecewiseLinear: Bool { false }

  public init() {}

  public func value(_ x: Source, into y: Destination, count: Int) { Elementary.exponential(x, into: y, count: count) }

  public func timesDerivative(_ x: Source, _ a: Source, into out: Destination, count: Int) {
    Elementary.exponential(x, times: a, into: out, count: count)
  }

  public func addTimesSecondDerivative(_ x: Source, _ a: Source, _ b: Source, to out: Destination, count: Int) {
    Elementary.addExponential(x, times: a, b, to: out, count: count)
  }
}

/// The natural logarithm.
public struct Log: PointwiseOperation {
  public var name: String { "log" }
  public var isPiecewiseLinear: Bool { false }

  public init() {}

  public func value(_ x: Source, into y: Destination, count: Int) { Elementary.logarithm(x, into: y, count: count) }

  public func timesDerivative(_ x: Source, _ a: Source, into out: Destination, count: Int) {
    Elementary.power(x, -1, times: a, scaledBy: 1, into: out, count: count)
  }

  public func addTimesSecondDerivative(_ x: Source, _ a: Source, _ b: Source, to out: Destination, count: Int) {
    Elementary.addPower(x, -2, times: a, b, scaledBy: -1, to: out, count: count)
  }
}

/// xᵖ with a constant exponent; x > 0 unless p is a whole number.
public struct Power: PointwiseOperation {
  public let exponent: Scalar

  public var name: String { "power" }
  public var isPiecewiseLinear: Bool { exponent == 0 || exponent == 1 }

  public init(_ exponent: Scalar) { self.exponent = exponent }

  public func value(_ x: Source, into y: Destination, count: Int) {
    Elementary.power(x, exponent, into: y, count: count)
  }

  public func timesDerivative(_ x: Source, _ a: Source, into out: Destination, count: Int) {
    Elementary.power(x, exponent - 1, times: a, scaledBy: exponent, into: out, count: count)
  }

  public func addTimesSecondDerivative(_ x: Source, _ a: Source, _ b: Source, to out: Destination, count: Int) {
    Elementary.addPower(x, exponent - 2, times: a, b, scaledBy: exponent * (exponent - 1), to: out, count: count)
  }
}

/// sin(x + φ), whose derivatives are the same function, quarter turns on.
public protocol SinusoidOperation: PointwiseOperation {
  /// φ
  var phase: Elementary.Phase { get }
}

extension SinusoidOperation {
  public var isPiecewiseLinear: Bool { false }

  public func value(_ x: Source, into y: Destination, count: Int) {
    Elementary.sine(x, phase: phase, into: y, count: count)
  }

  public func timesDerivative(_ x: Source, _ a: Source, into out: Destination, count: Int) {
    Elementary.sine(x, phase: phase.next, times: a, into: out, count: count)
  }

  public func addTimesSecondDerivative(_ x: Source, _ a: Source, _ b: Source, to out: Destination, count: Int) {
    Elementary.addSine(x, phase: phase.next.next, times: a, b, to: out, count: count)
  }
}

/// The sine.
public struct Sine: SinusoidOperation {
  public let phase = Elementary.Phase.none

  public var name: String { "sin" }

  public init() {}
}

/// The cosine: the sine, a quarter turn on.
public struct Cosine: SinusoidOperation {
  public let phase = Elementary.Phase.quarter

  public var name: String { "cos" }

  public init() {}
}

/// The hyperbolic tangent.
public struct Tanh: PointwiseOperation {
  public var name: String { "tanh" }
  public var isPiecewiseLinear: Bool { false }

  public init() {}

  public func value(_ x: Source, into y: Destination, count: Int) {
    Elementary.hyperbolicTangent(x, into: y, count: count)
  }

  public func timesDerivative(_ x: Source, _ a: Source, into out: Destination, count: Int) {
    Elementary.hyperbolicTangentDerivative(x, times: a, into: out, count: count)
  }

  public func addTimesSecondDerivative(_ x: Source, _ a: Source, _ b: Source, to out: Destination, count: Int) {
    Elementary.addHyperbolicTangentSecondDerivative(x, times: a, b, to: out, count: count)
  }
}

/// The logistic function σ(x) = 1/(1 + e⁻ˣ).
public struct Sigmoid: PointwiseOperation {
  public var name: String { "sigmoid" }
  public var isPiecewiseLinear: Bool { false }

  public init() {}

  public func value(_ x: Source, into y: Destination, count: Int) { Logistic.value(x, into: y, count: count) }

  public func timesDerivative(_ x: Source, _ a: Source, into out: Destination, count: Int) {
    Logistic.derivative(x, times: a, into: out, count: count)
  }

  public func addTimesSecondDerivative(_ x: Source, _ a: Source, _ b: Source, to out: Destination, count: Int) {
    Logistic.addSecondDerivative(x, times: a, b, to: out, count: count)
  }
}
