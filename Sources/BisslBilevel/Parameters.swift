import BisslCore
import BisslKernels

/// A flat parameter vector with named segments: a backbone's θ or a head's φ. Optimisers change it in place.
public struct Parameters {
  public let vector: Tensor
  public let layout: ParameterLayout

  public init(_ vector: Tensor, _ layout: ParameterLayout) throws {
    try layout.check(vector, "parameters")
    self.vector = vector
    self.layout = layout
  }
}

/// The gradient of a loss in one parameter vector.
public struct Gradient {
  /// "backbone" or "head", for messages.
  public let name: String
  public let parameters: Parameters
  public let vector: Tensor

  public init(_ name: String, of parameters: Parameters, _ vector: Tensor) throws {
    try parameters.layout.check(vector, "\(name) gradient")
    self.name = name
    self.parameters = parameters
    self.vector = vector
  }
}

/// A loss and its gradients at one (θ, φ). Read only.
public struct EvaluatedLoss {
  public let loss: Scalar
  public let backboneGradient: Tensor
  public let headGradient: Tensor

  public init(loss: Scalar, backboneGradient: Tensor, headGradient: Tensor) {
    self.loss = loss
    self.backboneGradient = backboneGradient
    self.headGradient = headGradient
  }
}
