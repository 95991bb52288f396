import BisslCore
import BisslKernels

/// Stochastic depth (Huang et al. 2016) as timm's: in training a branch of a block is left out for an image with a
/// probability that grows linearly with depth, and scaled by 1/(1 − p) otherwise.
///
/// Draws are keyed by the seed, by how many training passes steps have committed, and by the batch's own values. So
/// they are fixed within a forward pass and its derivatives, asking twice answers the same, and the passes of one step over
/// different batches are independent. The count is a buffer: it is saved and restored with the network.
struct DropPath: Sendable {
  private let rate: Double
  private let depth: Int
  private let seed: UInt64
  private let passes: Int
  private static let counter = "drop_path.num_batches_tracked"

  init(rate: Double, depth: Int, seed: UInt64, in builder: inout ModuleBuilder) throws {
    self.rate = rate
    self.depth = depth
    self.seed = seed
    passes = try builder.passCounter(DropPath.counter)
  }

  /// Factors of the branches of every block for the images of a batch.
  func factors(for images: Tensor, in pass: Pass) throws -> [(attention: [Scalar], mlp: [Scalar])] {
    let key = seed &* 0x9E37_79B9_7F4A_7C15 &+ (try count(in: pass)) ^ DropPath.checksum(of: images)
    return (0..<depth).map { block in
      let p = depth > 1 ? rate * Double(block) / Double(depth - 1) : rate
      func draw(_ branch: Int) -> [Scalar] {
        var random = Random(key: key, stream: UInt64(2 * block + branch))
        return (0..<images.shape[0]).map { _ in random.uniform() < p ? 0 : Scalar(1 / (1 - p)) }
      }
      return (attention: draw(0), mlp: draw(1))
    }
  }

  /// A state may hold anything: what was loaded into it, or written to its memory.
  private func count(in pass: Pass) throws -> UInt64 {
    let counted = try pass.buffer(passes).item()
    guard counted >= 0, let count = UInt64(exactly: counted) else {
      throw EngineError.value(
        "\(DropPath.counter): expected a count of training steps, got \(counted): load a whole state, or set it to 0")
    }
    return count
  }

  /// Of up to 4096 values spread over the batch (FNV-1a by words).
  private static func checksum(of images: Tensor) -> UInt64 {
    let step = max(1, images.count / 4096)
    return stride(from: 0, to: images.count, by: step).reduce(0xCBF2_9CE4_8422_2325) { hash, index in
      (hash ^ UInt64(images.source[index].bitPattern)) &* 0x100_0000_01B3
    }
  }
}
