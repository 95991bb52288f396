import BisslAutograd
import BisslCore
import BisslKernels
import BisslModels

/// Masked autoencoder (He et al. 2022): a vision transformer sees a few patches of an image, a decoder predicts the
/// pixels of the others. The loss is the mean squared error over the removed patches.
///
/// A batch is images (N, size, size, 3) and noise (N, patches), which decides what is removed.
public final class MAE: Objective {
  public let maskRatio: Double
  /// Targets are the pixels of a patch less their mean, over their standard deviation (unbiased, ε 1e-6 under the root).
  public let normalizesPixels: Bool

  public init(maskRatio: Double, normalizesPixels: Bool) throws {
    try require(
      maskRatio > 0 && maskRatio < 1, .value("mask_ratio: expected a number between 0 and 1, got \(maskRatio)"))
    self.maskRatio = maskRatio
    self.normalizesPixels = normalizesPixels
  }

  public func loss(
    of batch: Batch, backbone: (module: any Module, pass: Pass), head: (module: any Module, pass: Pass)
  ) throws -> Variable {
    let (encoder, decoder) = try parts(backbone.module, head.module)
    let masking = try masking(of: batch, encoder)
    let tokens = try encoder.encode(Variable(constant: batch.tensors[0]), patches: masking.kept, in: backbone.pass)
    let tape = backbone.pass.tape
    let predicted = tape.embedding(
      try decoder.decode(tokens, seen: masking.kept, predicting: masking.removed, in: head.pass))
    let target = try negativeTargets(batch.tensors[0], masking, patchSize: encoder.configuration.patchSize)
    // Every image has as many removed patches: the mean over all is that over the masked ones of each.
    let difference = try tape.apply(Add(), predicted, Variable(constant: target))
    return try tape.apply(Mean(), tape.apply(Multiply(), difference, difference))
  }

  /// What the decoder predicts for every patch, (N·patches, size·size·3), and the mask, (N, patches), 1 where a patch was
  /// removed. Nothing changes.
  public func predict(
    _ batch: Batch, backbone: any Module, head: any Module
  ) throws -> (prediction: Tensor, mask: Tensor) {
    let (encoder, decoder) = try parts(backbone, head)
    let masking = try masking(of: batch, encoder)
    let tape = Tape(recording: false)
    let tokens = try encoder.encode(
      Variable(constant: batch.tensors[0]), patches: masking.kept,
      in: Pass(encoder, on: tape, mode: .inference, frozen: true))
    let all = [[Int]](repeating: Array(0..<masking.patches), count: masking.batch)
    let prediction = try decoder.decode(
      tokens, seen: masking.kept, predicting: all, in: Pass(decoder, on: tape, mode: .inference, frozen: true))
    return (prediction.value, try masking.mask())
  }

  private func parts(_ backbone: any Module, _ head: any Module) throws -> (VisionTransformer, MaskedDecoder) {
    guard let encoder = backbone as? VisionTransformer else {
      throw EngineError.type("backbone: MAE needs a vision transformer, whose patches it can remove")
    }
    guard let decoder = head as? MaskedDecoder else { throw EngineError.type("head: MAE needs its decoder") }
    let (of, by) = (encoder.configuration, decoder.configuration)
    try require(
      of.width == by.inputs && of.imageSize == by.imageSize && of.patchSize == by.patchSize,
      .value("head: the decoder was made for another vision transformer"))
    try require(of.registers == 0, .value("backbone: MAE takes a vision transformer without register tokens"))
    return (encoder, decoder)
  }

  private func masking(of batch: Batch, _ encoder: VisionTransformer) throws -> PatchMasking {
    try require(
      batch.tensors.count == 2 && batch.labels.isEmpty,
      .value("batch: MAE expects images and noise, got \(batch.tensors.count) arrays"))
    let (images, noise) = (batch.tensors[0].shape, batch.tensors[1].shape)
    let patches = encoder.configuration.patches
    try require(images.rank == 4 && images[0] > 0, .value("images: expected shape (N, H, W, 3), got \(images)"))
    try require(
      noise.dimensions == [images[0], patches],
      .value("noise: expected shape (\(images[0]), \(patches)), one number per patch, got \(noise)"))
    return try PatchMasking(noise: batch.tensors[1], ratio: maskRatio)
  }

  /// −1 times the targets of the removed patches, (N·removed, size·size·3).
  private func negativeTargets(_ images: Tensor, _ masking: PatchMasking, patchSize: Int) throws -> Tensor {
    let tape = Tape(recording: false)
    let patches = try tape.apply(Patchify(size: patchSize), Variable(constant: images)).value
    let length = patches.shape[2]
    let rows = masking.removed.enumerated().flatMap { image, list in list.map { image * masking.patches + $0 } }
    let flat = Variable(constant: try patches.reshaped(to: Shape(patches.shape.rows, length)))
    let targets = try tape.apply(Scale(by: -1), tape.apply(SelectRows(rows), flat)).value
    if normalizesPixels { for row in 0..<rows.count { MAE.normalize(targets.pointer + row * length, count: length) } }
    return targets
  }

  private static func normalize(_ x: Destination, count: Int) {
    let mean = (0..<count).reduce(0.0) { $0 + Double(x[$1]) } / Double(count)
    let squares = (0..<count).reduce(0.0) { $0 + (Double(x[$1]) - mean) * (Double(x[$1]) - mean) }
    let inverse = 1 / (squares / Double(count - 1) + 1e-6).squareRoot()
    for i in 0..<count { x[i] = Scalar((Double(x[i]) - mean) * inverse) }
  }
}
