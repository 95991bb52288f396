import BisslCore
import BisslKernels

extension NTXent {
  /// The same loss as its parts, from the logits z zᵀ/τ on, in which it is convex.
  ///
  /// Where several processes have a share of the batch each, z are the rows of this one's, and the loss is the mean over
  /// these, each among the rows of all processes.
  ///
  /// - Parameter markingLogits: whether they are an embedding.
  public func parts(of z: Variable, on tape: Tape, markingLogits: Bool) throws -> Variable {
    try validate(z.value.shape, least: tape.share.isWhole ? 2 : 1)
    let scaled = try tape.apply(Scale(by: 1 / temperature), z)
    let all = try tape.share.isWhole ? z : tape.apply(Gather(batches: 2), z)
    let similarities = try tape.apply(MatrixProduct(transposeRight: true), scaled, all)
    let (pairs, count) = (z.value.shape[0] / 2, all.value.shape[0])
    try check(count >= 4, "a contrastive batch needs at least 2 pairs, and all processes together have \(count / 2)")
    let first = try tape.share.rows(pairs).first
    // Where each row of this process stands among those of all.
    let places = (0..<2 * pairs).map { $0 / pairs * (count / 2) + first + $0 % pairs }
    let excluded = try Tensor.zeros(Shape(places.count, count))
    for (row, place) in places.enumerated() { excluded.pointer[row * count + place] = -.infinity }
    let logits = try tape.apply(Add(), similarities, Variable(constant: excluded))
    if markingLogits { tape.embedding(logits) }
    let otherViews = places.map { ($0 + count / 2) % count }
    return try tape.apply(SoftmaxCrossEntropy(labels: otherViews), logits)
  }
}
