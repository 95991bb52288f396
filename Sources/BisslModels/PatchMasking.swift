import BisslCore

/// Which patches of every image a masked autoencoder sees (He et al. 2022): of L patches the int(L(1 − ratio)) with the
/// smallest noise, in the order of their noise.
public struct PatchMasking: Sendable {
  /// Patches per image.
  public let patches: Int
  /// Kept patches of every image, in the order in which the encoder takes them.
  public let kept: [[Int]]
  /// The others, in their order in the image.
  public let removed: [[Int]]

  /// - Parameters:
  ///   - noise: (batch, patches), finite. Equal values are ranked by place.
  ///   - ratio: share of the patches to remove, in (0, 1), such that both kinds exist.
  public init(noise: Tensor, ratio: Double) throws {
    let (batch, patches) = (noise.shape[0], noise.shape[1])
    let count = try PatchMasking.keptCount(of: patches, ratio: ratio)
    let values = noise.array
    try require(values.allSatisfy(\.isFinite), .value("noise: expected finite numbers"))
    kept = (0..<batch).map { image in
      let row = values[image * patches..<(image + 1) * patches]
      return Array(row.indices.sorted { (row[$0], $0) < (row[$1], $1) }.prefix(count).map { $0 - row.startIndex })
    }
    removed = kept.map { kept in
      let seen = Set(kept)
      return (0..<patches).filter { !seen.contains($0) }
    }
    self.patches = patches
  }

  /// Throws unless at least one patch is kept and one removed.
  public static func keptCount(of patches: Int, ratio: Double) throws -> Int {
    let kept = Int(Double(patches) * (1 - ratio))
    try require(
      kept > 0 && kept < patches,
      .value("mask_ratio: \(ratio) of \(patches) patches keeps \(kept): at least one must be kept and one removed"))
    return kept
  }

  public var batch: Int { kept.count }

  /// Kept patches per image.
  public var keptCount: Int { kept.first?.count ?? 0 }

  /// (batch, patches): 1 where a patch is removed, 0 where it is kept.
  public func mask() throws -> Tensor {
    let mask = try Tensor.filled(Shape(batch, patches), with: 1)
    for (image, kept) in kept.enumerated() {
      for patch in kept { mask.pointer[image * patches + patch] = 0 }
    }
    return mask
  }
}
