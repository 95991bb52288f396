import BisslCore
import BisslKernels

/// max(x, 0), with derivative 0 at 0. NaN passes.
public struct ReLU: PointwiseOperation {
  public var name: String { "relu" }
  public var isPiecewiseLinear: Bool { true }

  public init() {}

  public func value(_ x: Source, into y: Destination, count: Int) { Activations.relu(x, into: y, count: count) }

  public func timesDerivative(_ x: Source, _ a: Source, into out: Destination, count: Int) {
    Activations.gate(x, a, into: out, count: count)
  }

  public func addTimesSecondDerivative(_ x: Source, _ a: Source, _ b: Source, to out: Destination, count: Int) {}
}

/// x·Φ(x), exact (PyTorch's `approximate="none"`).
public struct GELU: PointwiseOperation {
  public var name: String { "gelu" }
  public var isPiecewiseLinear: Bool { false }

  public init() {}

  public func value(_ x: Source, into y: Destination, count: Int) { Activations.gelu(x, into: y, count: count) }

  public func timesDerivative(_ x: Source, _ a: Source, into out: Destination, count: Int) {
    Activations.geluDerivative(x, times: a, into: out, count: count)
  }

  public func addTimesSecondDerivative(_ x: Source, _ a: Source, _ b: Source, to out: Destination, count: Int) {
    Activations.addGeluSecondDerivative(x, times: a, b, to: out, count: count)
  }
}

/// log(1 + exp(x)). Binary cross-entropy with logits x and targets t of 0 and 1 is softplus((1 − 2t)·x).
public struct Softplus: PointwiseOperation {
  public var name: String { "softplus" }
  public var isPiecewiseLinear: Bool { false }

  public init() {}

  public func value(_ x: Source, into y: Destination, count: Int) { Activations.softplus(x, into: y, count: count) }

  public func timesDerivative(_ x: Source, _ a: Source, into out: Destination, count: Int) {
    Logistic.value(x, times: a, into: out, count: count)
  }

  public func addTimesSecondDerivative(_ x: Source, _ a: Source, _ b: Source, to out: Destination, count: Int) {
    Logistic.addDerivative(x, times: a, b, to: out, count: count)
  }
}
