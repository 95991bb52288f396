import BisslCore
import BisslKernels

/// Convolution in groups of channels: group after group, each by the algorithm that its own extents ask for, on copies
/// of its channels.
struct GroupedConvolution: ConvolutionAlgorithm {
  private let shape: ConvolutionShape
  private let group: ConvolutionPlan

  init(_ shape: ConvolutionShape, _ setting: ConvolutionSetting) throws {
    self.shape = shape
    let windows = shape.windows
    group = try ConvolutionPlan(
      ConvolutionShape(
        Shape(shape.batch, shape.input.height, shape.input.width, shape.groupInputs),
        Shape(shape.outputs / shape.groups, shape.groupInputs, shape.kernel.height, shape.kernel.width),
        stride: windows.stride, padding: windows.padding, dilation: windows.dilation), setting)
  }

  func product(_ terms: [(a: Tensor, b: Tensor)], into y: Tensor) throws {
    let out = try Tensor(outputs, for: "conv2d")
    for index in 0..<shape.groups {
      try group.algorithm.product(
        terms.map { (a: try channels(index, of: $0.a, inputs), b: try weights(index, of: $0.b)) }, into: out)
      write(out, to: y, index)
    }
  }

  func leftAdjoint(_ terms: [(cotangent: Tensor, b: Tensor)], into x: Tensor) throws {
    let out = try Tensor(inputs, for: "conv2d")
    for index in 0..<shape.groups {
      try group.algorithm.leftAdjoint(
        terms.map { (cotangent: try channels(index, of: $0.cotangent, outputs), b: try weights(index, of: $0.b)) },
        into: out)
      write(out, to: x, index)
    }
  }

  func rightAdjoint(_ terms: [(a: Tensor, cotangent: Tensor)], into weight: Tensor) throws {
    for index in 0..<shape.groups {
      try group.algorithm.rightAdjoint(
        terms.map {
          (a: try channels(index, of: $0.a, inputs), cotangent: try channels(index, of: $0.cotangent, outputs))
        }, into: window(index, of: weight))
    }
  }

  /// Of one group.
  private var inputs: Shape {
    get throws { try Shape(shape.batch, shape.input.height, shape.input.width, shape.groupInputs) }
  }
  private var outputs: Shape {
    get throws { try Shape(shape.batch, shape.output.height, shape.output.width, shape.outputs / shape.groups) }
  }

  /// The channels of a group, of maps (batch, height, width, channels).
  private func channels(_ group: Int, of maps: Tensor, _ part: Shape) throws -> Tensor {
    let out = try Tensor(part, for: "conv2d")
    let (width, all) = (part.channels, maps.shape.channels)
    parallelRows(part.rows, of: width) { rows in
      for row in rows {
        Elementwise.copy(
          maps.source + row * all + group * width, into: out.pointer + row * width, count: width)
      }
    }
    return out
  }

  /// The transpose of `channels`.
  private func write(_ part: Tensor, to maps: Tensor, _ group: Int) {
    let (width, all) = (part.shape.channels, maps.shape.channels)
    parallelRows(part.shape.rows, of: width) { rows in
      for row in rows {
        Elementwise.copy(
          part.source + row * width, into: maps.pointer + row * all + group * width, count: width)
      }
    }
  }

  /// With a place of their own for what the group's algorithm makes of them.
  private func weights(_ index: Int, of weight: Tensor) throws -> Tensor {
    try weight.form(.group(index)) { try window(index, of: weight).preparing() }
  }

  private func window(_ index: Int, of weight: Tensor) throws -> Tensor {
    let outputs = shape.outputs / shape.groups
    let part = try Shape(outputs, shape.groupInputs, shape.kernel.height, shape.kernel.width)
    return try weight.window(at: index * part.count, part)
  }
}
