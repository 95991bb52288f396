import BisslCore

/// The random numbers of one view of an epoch: every transform has a key of its own, every sample a stream under it. So
/// draws depend neither on threads nor on the batch a sample is in, and switching a transform off does not shift the
/// draws of the others.
struct AugmentationStreams {
  enum Transform: Int, CaseIterable {
    case crop, flip, jitter, grey, blur, solarize
  }

  private let keys: [UInt64]

  init(seed: UInt64, epoch: UInt64, view: UInt64) {
    // Philox as a hash. The constant keeps these keys apart from other uses of the same seed.
    let base = Random.block(key: seed ^ 0x696D_6167_696E_6700, stream: epoch, counter: view)
    let key = UInt64(base[0]) << 32 | UInt64(base[1])
    keys = Transform.allCases.map { transform in
      let block = Random.block(key: key, stream: UInt64(base[2]), counter: UInt64(transform.rawValue))
      return UInt64(block[0]) << 32 | UInt64(block[1])
    }
  }

  func random(_ transform: Transform, sample: Int64) -> Random {
    Random(key: keys[transform.rawValue], stream: UInt64(bitPattern: sample))
  }
}
