import BisslAutograd
import BisslCore
import BisslKernels
import BisslModels
import BisslObjectives
import BisslRanks
import XCTest

/// Losses of ranks that have a share of a batch each, beside those of the whole batch.
final class SharedBatchTests: XCTestCase {
  private let net = try? ResNet(
    .init(block: .basic, layers: [1, 1], widths: [3, 4], stem: .small, activation: .relu), seed: 1)

  func testSimCLR() throws {
    let (net, head) = (try XCTUnwrap(net), try Projector(inputs: 4, widths: [5, 3], seed: 2))
    try check(net, head, views(7)) { try SimCLR(temperature: 0.5) }
  }

  func testBYOL() throws {
    let net = try XCTUnwrap(net)
    let head = try ProjectorAndPredictor(inputs: 4, projector: [5], predictor: [5], seed: 2)
    let byol = try BYOL(backbone: net, head: head)
    for i in 0..<net.state.parameters.count { net.state.parameters.pointer[i] *= 1.2 }
    try check(net, head, views(7)) { byol }
  }

  func testMAE() throws {
    let vit = try VisionTransformer(
      .init(
        imageSize: 8, patchSize: 4, width: 8, depth: 2, heads: 2, hidden: 12), seed: 3)
    let decoder = try MaskedDecoder(
      .init(inputs: 8, imageSize: 8, patchSize: 4, width: 8, depth: 1, heads: 2), seed: 4)
    let tensors = [try normal(Shape(7, 8, 8, 3), key: 10), try normal(Shape(7, 4), key: 11)]
    try check(vit, decoder, Batch(tensors: tensors)) { try MAE(maskRatio: 0.5, normalizesPixels: false) }
  }

  func testClassifiers() throws {
    let (net, head) = (try XCTUnwrap(net), try LinearHead(inputs: 4, outputs: 3, seed: 2))
    let images = try normal(Shape(7, 6, 5, 3), key: 10)
    try check(net, head, Batch(tensors: [images], labels: [0, 2, 1, 1, 0, 2, 2])) { Classifier() }
    // Some ranks have pairs that are left out, some have not.
    let targets = try Tensor((0..<21).map { $0 < 5 ? -1 : Scalar($0 % 2) }, Shape(7, 3))
    try check(net, head, Batch(tensors: [images, targets])) { MultiLabelClassifier() }
  }

  /// Masks of two views of every image, of which no two ranks draw the same, and of images that differ in nothing.
  func testDropPath() throws {
    let vit = try VisionTransformer(
      .init(imageSize: 8, patchSize: 4, width: 8, depth: 2, heads: 2, hidden: 12, dropPath: 0.5), seed: 3)
    let tensors = try [10, 11].map { try normal(Shape(7, 8, 8, 3), key: $0) }
    try check(vit, Projector(inputs: 8, widths: [5, 3], seed: 2), Batch(tensors: tensors)) {
      try SimCLR(temperature: 0.5)
    }
    let alike = Batch(tensors: [try Tensor.zeros(Shape(7, 8, 8, 3))], labels: [0, 2, 1, 1, 0, 2, 2])
    try check(vit, LinearHead(inputs: 8, outputs: 3, seed: 2), alike) { Classifier() }
  }

  private func views(_ count: Int) throws -> Batch {
    Batch(tensors: try [10, 11].map { try normal(Shape(count, 6, 5, 3), key: $0) })
  }

  private struct Answers {
    let loss: Double
    let vectors: [[Scalar]]
    let statistics: [Scalar]
  }

  private func check(
    _ net: any Module, _ head: any Module, _ batch: Batch, _ objective: () throws -> any Objective
  ) throws {
    let whole = try Engine.enter { try answers(objective(), net, head, batch, SingleProcess.shared) }
    for samples in [[4, 3], [1, 4, 2]] {
      let made = try objective()
      let ranked = try Engine.enter {
        try Ranks.run(samples.count) { communicator in
          try self.answers(made, net, head, self.share(batch, samples, communicator.rank), communicator)
        }
      }
      for (rank, own) in ranked.results.enumerated() {
        let label = "\(type(of: made)), rank \(rank) of \(samples)"
        XCTAssertEqual(own.loss, whole.loss, accuracy: tolerance * abs(whole.loss), label)
        for (place, pair) in zip(own.vectors + [own.statistics], whole.vectors + [whole.statistics]).enumerated() {
          XCTAssertLessThan(distance(pair.0, pair.1), tolerance, "\(label), vector \(place)")
        }
        XCTAssertEqual(own.vectors, ranked.results[0].vectors, "\(label): ranks agree to the bit")
      }
    }
  }

  private let tolerance = MemoryLayout<Scalar>.size == 8 ? 1e-12 : 1e-3

  private func distance(_ a: [Scalar], _ b: [Scalar]) -> Double {
    var (difference, scale) = (0.0, 0.0)
    for (x, y) in zip(a, b) {
      difference += Double((x - y) * (x - y))
      scale += Double(y * y)
    }
    return difference.squareRoot() / max(scale.squareRoot(), 1e-3)
  }

  /// Loss, gradients, the products with the Hessian and, of pretext tasks, with its Gauss-Newton approximation, and batch
  /// statistics.
  private func answers(
    _ objective: any Objective, _ net: any Module, _ head: any Module, _ batch: Batch, _ communicator: any Communicator
  ) throws -> Answers {
    let sums = try objective.evaluate(batch, backbone: net, head: head, over: communicator).summed()
    let copies = (net: try net.copy(), head: try head.copy())
    let evaluation = try objective.evaluate(batch, backbone: copies.net, head: copies.head, over: communicator)
    let statistics = copies.net.state
    statistics.commit(evaluation.backbone.statistics)
    let linearization = try objective.linearize(batch, backbone: net, head: head, over: communicator)
    let u = try normal(net.state.parameters.shape, key: 5)
    let isPretext = batch.labels.isEmpty && !(objective is MultiLabelClassifier)
    let curvatures: [Curvature] = isPretext ? [.exact, .gaussNewton] : [.exact]
    let products = try curvatures.map { try linearization.product(u, $0) }
    let gradients = try [XCTUnwrap(sums.backboneGradient), XCTUnwrap(sums.headGradient)]
    return Answers(
      loss: Double(sums.loss), vectors: (gradients + products).map(\.array), statistics: statistics.buffers.array)
  }

  private func share(_ batch: Batch, _ samples: [Int], _ rank: Int) throws -> Batch {
    let first = samples[..<rank].reduce(0, +)
    let rows = first..<first + samples[rank]
    let tensors = try batch.tensors.map { tensor in
      let width = tensor.count / tensor.shape[0]
      return try Tensor(
        Array(tensor.array[rows.lowerBound * width..<rows.upperBound * width]),
        Shape([rows.count] + Array(tensor.shape.dimensions.dropFirst())))
    }
    return Batch(tensors: tensors, labels: batch.labels.isEmpty ? [] : Array(batch.labels[rows]))
  }
}
