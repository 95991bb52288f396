import BisslCore
import BisslKernels

/// One call's images, of one shape, and everything that is worked out once for all of them.
struct AugmentationBatch {
  let images: UnsafePointer<UInt8>
  let height: Int
  let width: Int
  let channels: Int
  let recipe: AugmentationRecipe
  let streams: AugmentationStreams
  let normalization: Normalization
  let layout: AugmentationWorkspaceLayout

  func run(_ samples: [Int64], into output: Destination) throws {
    let chunks = (samples.count + imagesPerChunk - 1) / imagesPerChunk
    var failures = [EngineError?](repeating: nil, count: chunks)
    failures.withUnsafeMutableBufferPointer { failures in
      parallelChunks(samples.count, of: imagesPerChunk) { chunk, range in
        do {
          let workspace = try AugmentationWorkspace(layout)
          for index in range { augment(index, sample: samples[index], in: workspace, into: output) }
        } catch {
          failures[chunk] = error as? EngineError ?? .state("augmentation failed: \(error)")
        }
      }
    }
    if let failure = failures.lazy.compactMap({ $0 }).first { throw failure }
    try Interrupt.check()
  }

  /// Enough to pay for a buffer, little enough to answer an interruption.
  private var imagesPerChunk: Int { max(1, min(16, (1 << 21) / max(height * width, layout.height * layout.width))) }

  func augment(_ index: Int, sample: Int64, in workspace: AugmentationWorkspace, into output: Destination) {
    let draw = AugmentationDraw(recipe, height: height, width: width, sample: sample, from: streams)
    let rowBytes = width * channels
    ImageResize(draw, recipe: recipe, height: height, width: width)
      .apply(images + index * height * rowBytes, rowBytes: rowBytes, in: workspace)
    if let jitter = draw.jitter { ColorTransforms.jitter(jitter, in: workspace) }
    if draw.isGrey { ColorTransforms.grey(in: workspace) }
    if let sigma = draw.blurSigma { GaussianBlur.apply(sigma: sigma, in: workspace) }
    if draw.isSolarized { ColorTransforms.solarize(in: workspace) }
    normalization.apply(workspace, into: output + index * layout.height * layout.width * channels)
  }
}
