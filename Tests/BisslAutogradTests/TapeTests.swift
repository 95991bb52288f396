import BisslAutograd
import BisslCore
import BisslKernels
import XCTest

final class TapeTests: XCTestCase {
  /// f(a, b) = mean(gelu(a·b)∘a′): a used twice, b once.
  private func record(_ a: Tensor, _ b: Tensor) throws -> (Tape, Variable, ParameterVector, ParameterVector) {
    let tape = Tape()
    let (first, second) = (tape.add(a), tape.add(b))
    let x = try tape.parameter(first, at: 0, Shape(3, 4))
    let w = try tape.parameter(second, at: 2, Shape(4, 4))
    let hidden = try tape.apply(GELU(), tape.apply(MatrixProduct(transposeRight: false), x, w))
    return (tape, try tape.apply(Mean(), tape.apply(Multiply(), hidden, x)), first, second)
  }

  private func parameters() throws -> (Tensor, Tensor, Tensor, Tensor) {
    var random = Random(key: 7)
    return (
      try normal(Shape(12), &random), try normal(Shape(20), &random), try normal(Shape(12), &random),
      try normal(Shape(20), &random)
    )
  }

  func testGradientOfSharedInputsAndUntouchedSegments() throws {
    try engine {
      let (a, b, u, w) = try parameters()
      let (tape, loss, first, second) = try record(a, b)
      let gradients = try tape.gradient(of: loss)
      XCTAssertEqual(gradients[second]?.array.prefix(2), [0, 0], "what lies before the segment has no gradient")
      XCTAssertEqual(gradients[second]?.array.suffix(2), [0, 0])
      guard isDouble else { return }
      let step: Scalar = 1e-6
      let above = try record(moving(a, along: u, by: step), moving(b, along: w, by: step)).1.value.item()
      let below = try record(moving(a, along: u, by: -step), moving(b, along: w, by: -step)).1.value.item()
      let slope = inner(gradients[first], u) + inner(gradients[second], w)
      XCTAssertEqual(slope, Double((above - below) / (2 * step)), accuracy: 1e-8)
    }
  }

  func testHessianBlockOfOneVectorHoldsTheOtherFixed() throws {
    try engine {
      let (a, b, u, w) = try parameters()
      let (tape, loss, first, second) = try record(a, b)
      let both = try Linearization(tape, loss: loss, differentiated: [first, second])
      let one = try Linearization(record(a, b).0, loss: loss, differentiated: [first])
      let block = try one.hessianProduct([first: u])
      XCTAssertEqual(Array(block.keys), [first])
      let full = try both.hessianProduct([first: u, second: Tensor.zeros(b.shape)])
      assertClose(block[first], full[first], within: isDouble ? 1e-13 : 1e-5, "diagonal block")
      XCTAssertEqual(one.gradients.count, 2, "gradients of all vectors are kept unless told otherwise")
      assertThrows(try one.hessianProduct([second: w]), "held constant")
      assertThrows(try one.hessianProduct([first: w]), "u: expected shape \\(12,\\), got \\(20,\\)")
    }
  }

  func testMissingDirectionIsZero() throws {
    try engine {
      let (a, b, _, w) = try parameters()
      let (tape, loss, first, second) = try record(a, b)
      let linearization = try Linearization(tape, loss: loss, differentiated: [first, second])
      let some = try linearization.hessianProduct([second: w])
      let all = try linearization.hessianProduct([first: Tensor.zeros(a.shape), second: w])
      assertClose(some[first], all[first], within: isDouble ? 1e-13 : 1e-5, "cross block")
      assertClose(some[second], all[second], within: isDouble ? 1e-13 : 1e-5, "own block")
      XCTAssertEqual(try linearization.hessianProduct([:]).values.map(norm), [0, 0])
    }
  }

  func testRepeatedProductsAreEqualBitForBit() throws {
    try engine {
      let (a, b, u, w) = try parameters()
      let (tape, loss, first, second) = try record(a, b)
      let linearization = try Linearization(tape, loss: loss, differentiated: [first, second])
      let once = try linearization.hessianProduct([first: u, second: w])
      let again = try linearization.hessianProduct([first: u, second: w])
      XCTAssertEqual(once[first]?.array, again[first]?.array)
      XCTAssertEqual(once[second]?.array, again[second]?.array)
    }
  }

  func testConstantsRecordNothingAndEvaluationKeepsNothing() throws {
    try engine {
      let x = Variable(constant: try tensor([1, -2], 2))
      let recording = Tape()
      let loss = try recording.apply(Mean(), recording.apply(ReLU(), x))
      XCTAssertEqual(try loss.value.item(), 0.5)
      XCTAssertEqual(try recording.gradient(of: loss).count, 0)
      let evaluation = Tape(recording: false)
      let vector = evaluation.add(x.value)
      let y = try evaluation.apply(Mean(), evaluation.parameter(vector, at: 0, Shape(2)))
      XCTAssertEqual(try evaluation.gradient(of: y)[vector]?.array, [0, 0])
    }
  }

  /// Activations and batch norms in a row, after one another, with a residual and with two consumers.
  private func recordNetwork(_ vector: Tensor) throws -> (Tape, Variable, ParameterVector) {
    var random = Random(key: 11)
    let images = Variable(constant: try normal(Shape(3, 6, 5, 2), &random))
    let tape = Tape()
    let theta = tape.add(vector)
    var offset = 0
    func parameter(_ shape: Shape) throws -> Variable {
      defer { offset += shape.count }
      return try tape.parameter(theta, at: offset, shape)
    }
    func block(_ x: Variable, _ inputs: Int, residual: Variable? = nil) throws -> Variable {
      let convolution = Convolution(padding: Extent2(1))
      let y = try tape.apply(convolution, x, parameter(Shape(4, inputs, 3, 3)))
      let norm = [y, try parameter(Shape(4)), try parameter(Shape(4))] + (residual.map { [$0] } ?? [])
      return try tape.apply(BatchNorm(relu: true), norm)
    }
    let first = try block(images, 2)
    let second = try tape.apply(GELU(), block(first, 4))
    let third = try block(second, 4, residual: first)
    let fourth = try tape.embedding(block(third, 4, residual: tape.apply(GELU(), third)))
    return (tape, try tape.apply(Mean(), tape.apply(Multiply(), fourth, fourth)), theta)
  }

  func testRecomputedActivationsGiveTheSameBits() throws {
    try engine {
      var random = Random(key: 12)
      let vector = try normal(Shape(1024), &random)
      let u = try normal(Shape(1024), &random)
      func results() throws -> [[Scalar]] {
        let (tape, loss, theta) = try recordNetwork(vector)
        let linearization = try Linearization(tape, loss: loss, differentiated: [theta])
        let products = try [Curvature.exact, .gaussNewton, .exact].map {
          try linearization.product($0, [theta: u])[theta]
        }
        let (again, value, same) = try recordNetwork(vector)
        let gradient = try again.gradient(of: value)[same]
        return (products + [gradient, linearization.gradients[theta]]).compactMap { $0?.array }
      }
      let kept = try results()
      Tape.recomputesActivations = true
      defer { Tape.recomputesActivations = false }
      XCTAssertEqual(try results(), kept)
      XCTAssertEqual(kept.count, 5)
      XCTAssertNotEqual(kept[0], kept[1], "the two curvatures differ, so both were taken")
    }
  }

  func testLossMustBeAScalar() throws {
    let tape = Tape()
    let vector = tape.add(try tensor([1, 2], 2))
    let x = try tape.parameter(vector, at: 0, Shape(2))
    assertThrows(try tape.gradient(of: x), "a loss must be a scalar, got shape \\(2,\\)")
    assertThrows(try tape.parameter(vector, at: 1, Shape(2)), "a window of \\(2,\\) at 1 exceeds \\(2,\\)")
  }

  func testMemoryIsGivenBack() throws {
    try engine {
      let before = MemoryPool.statistics
      for _ in 0..<20 {
        let (a, b, u, _) = try parameters()
        let (tape, loss, first, _) = try record(a, b)
        _ = try Linearization(tape, loss: loss, differentiated: [first]).hessianProduct([first: u])
        _ = try tape.gradient(of: loss)
      }
      XCTAssertEqual(MemoryPool.statistics.liveBytes, before.liveBytes)
      XCTAssertEqual(MemoryPool.statistics.liveBlocks, before.liveBlocks)
    }
  }
}
