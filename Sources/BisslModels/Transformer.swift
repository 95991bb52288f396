import BisslAutograd
import BisslCore
import BisslKernels

/// Layer normalisation with affine parameters, ε 1e-6.
struct LayerNormLayer {
  let weight, bias: Int

  init(_ name: String, width: Int, in builder: inout ModuleBuilder) throws {
    weight = try builder.parameter(name + ".weight", width, initial: .constant(1))
    bias = try builder.parameter(name + ".bias", width, initial: .constant(0))
  }

  func callAsFunction(_ x: Variable, _ pass: Pass) throws -> Variable {
    try pass.tape.apply(LayerNorm(epsilon: 1e-6), x, pass.parameter(weight), pass.parameter(bias))
  }
}

/// A factor per channel of a residual branch (Touvron et al. 2021, "LayerScale").
struct LayerScaleLayer {
  let gamma: Int

  init(_ name: String, width: Int, _ initial: Double, in builder: inout ModuleBuilder) throws {
    gamma = try builder.parameter(name + ".gamma", width, initial: .constant(initial))
  }

  func callAsFunction(_ x: Variable, _ pass: Pass) throws -> Variable {
    try pass.tape.apply(ScaleChannels(), x, pass.parameter(gamma))
  }
}

/// One pre-norm block of a transformer (Dosovitskiy et al. 2021): x + attention(norm1(x)), then + MLP(norm2(·)) with
/// exact GELU. Activations are (batch·tokens, width).
struct TransformerBlock {
  let heads: Int
  private let attentionNorm, mlpNorm: LayerNormLayer
  private let queriesKeysValues, projection, expansion, contraction: LinearLayer
  private let attentionScale, mlpScale: LayerScaleLayer?

  /// - Parameter layerScale: what the factors of both branches' channels begin with; none unless given.
  init(
    _ name: String, width: Int, heads: Int, hidden: Int, layerScale: Double? = nil, in builder: inout ModuleBuilder
  ) throws {
    self.heads = heads
    attentionNorm = try LayerNormLayer("\(name).norm1", width: width, in: &builder)
    queriesKeysValues = try .transformer("\(name).attn.qkv.", inputs: width, outputs: 3 * width, in: &builder)
    projection = try .transformer("\(name).attn.proj.", inputs: width, outputs: width, in: &builder)
    attentionScale = try layerScale.map { try LayerScaleLayer("\(name).ls1", width: width, $0, in: &builder) }
    mlpNorm = try LayerNormLayer("\(name).norm2", width: width, in: &builder)
    expansion = try .transformer("\(name).mlp.fc1.", inputs: width, outputs: hidden, in: &builder)
    contraction = try .transformer("\(name).mlp.fc2.", inputs: hidden, outputs: width, in: &builder)
    mlpScale = try layerScale.map { try LayerScaleLayer("\(name).ls2", width: width, $0, in: &builder) }
  }

  /// - Parameters:
  ///   - dropPath: factors of the two branches per image, none where nothing is dropped.
  ///   - tokens: which row of x each token is, where x holds equal tokens once; x is all tokens in order unless given.
  ///   - wanted: the tokens to answer, equally many of every image; all unless given. The others serve as keys and
  ///     values.
  func callAsFunction(
    _ x: Variable, batch: Int, _ pass: Pass, dropPath: (attention: [Scalar], mlp: [Scalar])? = nil,
    tokens: SelectRows? = nil, wanted: SelectRows? = nil
  ) throws -> Variable {
    let tape = pass.tape
    let parts = try selected(queriesKeysValues(attentionNorm(x, pass), pass), tokens, tape)
    let mixed = try selected(mix(parts, batch: batch, tape), wanted, tape)
    let passed = try selected(selected(x, tokens, tape), wanted, tape)
    let attended = try scaled(projection(mixed, pass), attentionScale, pass)
    let y = try tape.apply(Add(), passed, kept(attended, dropPath?.attention, tape))
    let hidden = try tape.apply(GELU(), expansion(mlpNorm(y, pass), pass))
    let branch = try scaled(contraction(hidden, pass), mlpScale, pass)
    return try tape.apply(Add(), y, kept(branch, dropPath?.mlp, tape))
  }

  private func scaled(_ branch: Variable, _ scale: LayerScaleLayer?, _ pass: Pass) throws -> Variable {
    try scale.map { try $0(branch, pass) } ?? branch
  }

  /// Attention of (batch·tokens, 3·width) to (batch·tokens, width).
  private func mix(_ parts: Variable, batch: Int, _ tape: Tape) throws -> Variable {
    let (rows, width) = (parts.value.shape[0], parts.value.shape[1] / 3)
    let images = try tape.apply(Reshape(to: [batch, rows / batch, 3 * width]), parts)
    return try tape.apply(Reshape(to: [rows, width]), tape.apply(Attention(heads: heads), images))
  }

  private func selected(_ x: Variable, _ rows: SelectRows?, _ tape: Tape) throws -> Variable {
    try rows.map { try tape.apply($0, x) } ?? x
  }

  private func kept(_ branch: Variable, _ factors: [Scalar]?, _ tape: Tape) throws -> Variable {
    try factors.map { try tape.apply(ScaleSamples(by: $0), branch) } ?? branch
  }
}

extension LinearLayer {
  /// Xavier-uniform weights and zero biases, as MAE's authors begin with.
  static func transformer(
    _ name: String, inputs: Int, outputs: Int, in builder: inout ModuleBuilder
  ) throws -> LinearLayer {
    try LinearLayer(
      name, inputs: inputs, outputs: outputs, weights: .xavierUniform(fanIn: inputs, fanOut: outputs),
      biases: .constant(0), in: &builder)
  }
}
