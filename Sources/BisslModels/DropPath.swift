import BisslAutograd
import BisslCore
import BisslKernels

/// Stochastic depth (Huang et al. 2016) as timm's: in training a branch of a block is left out for an image with a
/// probability that grows linearly with depth, and scaled by 1/(1 − p) otherwise.
///
/// Draws are keyed by the seed, by how many training passes steps have committed, and by the batch's own values. So
/// they are fixed within a forward pass and its derivatives, asking twice answers the same, and the passes of one step over
/// different batches are independent. The count is a buffer: it is saved and restored with the network.
///
/// Over several processes the batch is that of all of them, and each takes the draws of the places that its images have there.
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
    let places = try Places(of: images, in: pass)
    let key = seed &* 0x9E37_79B9_7F4A_7C15 &+ (try count(in: pass)) ^ (try places.checksum(of: images))
    return (0..<depth).map { block in
      let p = depth > 1 ? rate * Double(block) / Double(depth - 1) : rate
      func draw(_ branch: Int) -> [Scalar] {
        var random = Random(key: key, stream: UInt64(2 * block + branch))
        let drawn = (0..<places.total).map { _ in random.uniform() < p ? 0 : Scalar(1 / (1 - p)) }
        return places.own.map { drawn[$0] }
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
}

/// Where images stand among those of all processes, whose several batches lie one behind the other as one process's do.
private struct Places {
  /// Of each image, and how many images there are.
  let own: [Int]
  let total: Int
  private let share: BatchShare

  init(of images: Tensor, in pass: Pass) throws {
    share = pass.tape.share
    let count = images.shape[0] / pass.batches
    let (first, all) = try share.rows(count)
    own = (0..<images.shape[0]).map { $0 / count * all + first + $0 % count }
    total = pass.batches * all
  }

  /// Of some 4096 values spread over the batch (FNV-1a by words).
  func checksum(of images: Tensor) throws -> UInt64 {
    let length = images.count / images.shape[0]
    let step = max(1, total * length / 4096)
    var bits = [UInt64](repeating: 0, count: (total * length + step - 1) / step)
    for (image, place) in own.enumerated() {
      let start = place * length
      for sampled in (start + step - 1) / step..<(start + length + step - 1) / step {
        bits[sampled] = UInt64(images.source[image * length + sampled * step - start].bitPattern)
      }
    }
    return try summed(bits).reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ $1) &* 0x100_0000_01B3 }
  }

  /// Words of which each process has some, and zeros in the place of others; as halves, which doubles hold exactly.
  private func summed(_ words: [UInt64]) throws -> [UInt64] {
    if share.isWhole { return words }
    let halves = words.map { Double($0 >> 32) } + words.map { Double($0 & 0xFFFF_FFFF) }
    let sums = try share.sum(halves, for: "the pixels that drop path is drawn by")
    return words.indices.map { UInt64(sums[$0]) << 32 | UInt64(sums[words.count + $0]) }
  }
}
