import BisslAutograd
import BisslCore
import BisslKernels
import Foundation
import XCTest

final class LossTests: XCTestCase {
  func testCrossEntropyAgainstItsDefinition() throws {
    var random = Random(key: 5)
    try engine {
      let logits = try normal(Shape(6, 4), &random)
      let labels = [3, 0, 0, 2, 1, 3]
      let loss = try SoftmaxCrossEntropy(labels: labels).forward([logits]).output.item()
      let rows = (0..<6).map { row in (0..<4).map { Double(logits.array[row * 4 + $0]) } }
      let expected = zip(rows, labels).reduce(0) { $0 - log(softmax($1.0)[$1.1]) } / 6
      XCTAssertEqual(Double(loss), expected, accuracy: isDouble ? 1e-14 : 1e-6)
    }
  }

  func testCrossEntropyOfLargeLogitsIsFinite() throws {
    try engine {
      let logits = try tensor([1000, -1000, 0, -1000, -1000, 1000], 2, 3)
      let operation = SoftmaxCrossEntropy(labels: [1, 2])
      let (loss, saved) = try operation.forward([logits])
      XCTAssertEqual(try loss.item(), 1000)
      let gradient = try operation.vjp(
        at: Point(inputs: [logits], output: loss, saved: saved), cotangent: Tensor.scalar(1), wanted: [true])
      XCTAssertEqual(gradient[0]?.array, [0.5, -0.5, 0, 0, 0, 0])
    }
  }

  func testLabelsAreChecked() throws {
    let logits = try Tensor.zeros(Shape(3, 4))
    assertThrows(
      try SoftmaxCrossEntropy(labels: [0, 4, 1]).forward([logits]),
      "labels\\[1\\] is 4, allowed are 0 to 3 for 4 classes")
    assertThrows(
      try SoftmaxCrossEntropy(labels: [0, 1, -1]).forward([logits]), "labels\\[2\\] is -1, allowed are 0 to 3")
    assertThrows(
      try SoftmaxCrossEntropy(labels: [0, 1]).forward([logits]), "one label for each of 3 rows, got 2 labels")
    assertThrows(try SoftmaxCrossEntropy(labels: []).forward([tensor([], 0, 4)]), "empty batch")
  }

  /// SimCLR's definition, written out.
  func testNTXentAgainstItsDefinition() throws {
    var random = Random(key: 6)
    try engine {
      for (pairs, width, temperature) in [(2, 3, 0.5), (7, 5, 0.1)] {
        let (z, _) = try L2Normalize().forward([normal(Shape(2 * pairs, width), &random)])
        let loss = try NTXent(temperature: Scalar(temperature)).forward([z]).output.item()
        let rows = (0..<2 * pairs).map { row in (0..<width).map { Double(z.array[row * width + $0]) } }
        var expected = 0.0
        for i in rows.indices {
          let others = rows.indices.filter { $0 != i }
          let logits = others.map { j in zip(rows[i], rows[j]).reduce(0) { $0 + $1.0 * $1.1 } / temperature }
          let positive = (i + pairs) % (2 * pairs)
          expected -= zip(others, softmax(logits)).reduce(0) { $0 + ($1.0 == positive ? log($1.1) : 0) }
        }
        XCTAssertEqual(Double(loss), expected / Double(2 * pairs), accuracy: isDouble ? 1e-13 : 1e-5)
      }
    }
  }

  /// NT-Xent is the cross-entropy of z zᵀ/τ with a diagonal of −∞: the composition of the plain operations has the same
  /// gradient and the same Hessian products.
  func testNTXentAgainstTheCompositionOfPlainOperations() throws {
    var random = Random(key: 8)
    try engine {
      let (pairs, width) = (4, 3)
      let z = try normal(Shape(2 * pairs * width), &random)
      let direction = try normal(z.shape, &random)
      let fused = try secondOrder(z, direction, 2 * pairs, width) { tape, z in
        try tape.apply(NTXent(temperature: 0.7), z)
      }
      let mask = try Tensor.zeros(Shape(2 * pairs, 2 * pairs))
      for row in 0..<2 * pairs { mask.pointer[row * (2 * pairs + 1)] = -1e30 }
      let labels = (0..<2 * pairs).map { ($0 + pairs) % (2 * pairs) }
      let plain = try secondOrder(z, direction, 2 * pairs, width) { tape, z in
        let products = try tape.apply(MatrixProduct(transposeRight: true), z, z)
        let logits = try tape.apply(Add(), tape.apply(Scale(by: 1 / 0.7), products), Variable(constant: mask))
        return try tape.apply(SoftmaxCrossEntropy(labels: labels), logits)
      }
      let tolerance = isDouble ? 1e-12 : 1e-4
      XCTAssertEqual(Double(fused.loss), Double(plain.loss), accuracy: tolerance * 10)
      assertClose(fused.gradient, plain.gradient, within: tolerance, "gradient")
      assertClose(fused.product, plain.product, within: tolerance, "Hessian product")
    }
  }

  func testNTXentNeedsPairsAndATemperature() throws {
    let operation = NTXent(temperature: 0.5)
    assertThrows(
      try operation.forward([tensor([1, 0, 0, 1], 2, 2)]), "a contrastive batch needs at least 2.*no negatives")
    assertThrows(try operation.forward([tensor([1, 2, 3, 4, 5], 5, 1)]), "odd number of rows")
    assertThrows(try operation.forward([tensor([1, 2, 3, 4], 4)]), "expected z")
    assertThrows(
      try NTXent(temperature: 0).forward([tensor([1, 2, 3, 4], 4, 1)]), "temperature must be positive and finite")
    assertThrows(try NTXent(temperature: .nan).forward([tensor([1, 2, 3, 4], 4, 1)]), "temperature")
  }

  func testNormalizeOfTinyAndNonFiniteRows() throws {
    try engine {
      let x = try tensor([3, 4, 0, 0, 1e-13, 0, .nan, 1], 4, 2)
      let (y, _) = try L2Normalize().forward([x])
      XCTAssertEqual(Array(y.array.prefix(4)), [0.6, 0.8, 0, 0])
      XCTAssertEqual(Double(y.array[4]), 0.1, accuracy: 1e-6, "below 1e-12 the length counts as 1e-12")
      XCTAssertTrue(y.array[6].isNaN && y.array[7].isNaN, "NaN spoils its row, as in PyTorch")
    }
  }

  private func softmax(_ logits: [Double]) -> [Double] {
    let exponentials = logits.map { exp($0) }
    return exponentials.map { $0 / exponentials.reduce(0, +) }
  }

  private func secondOrder(
    _ z: Tensor, _ direction: Tensor, _ rows: Int, _ width: Int, _ objective: (Tape, Variable) throws -> Variable
  ) throws -> (loss: Scalar, gradient: Tensor?, product: Tensor?) {
    let tape = Tape()
    let vector = tape.add(z)
    let loss = try objective(tape, tape.parameter(vector, at: 0, Shape(rows, width)))
    let linearization = try Linearization(tape, loss: loss, differentiated: [vector])
    return (
      linearization.loss, linearization.gradients[vector], try linearization.hessianProduct([vector: direction])[vector]
    )
  }
}
