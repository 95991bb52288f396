import BisslAutograd
import BisslCore
import BisslKernels
import Foundation
import XCTest

/// The operations of transformers against their definitions, written as plain loops.
final class TransformerOperationTests: XCTestCase {
  private let tolerance = isDouble ? 1e-13 : 1e-5

  private func random(_ dimensions: Int...) throws -> Tensor {
    var random = Random(key: 3, stream: UInt64(dimensions.count))
    return try normal(Shape(dimensions), &random)
  }

  /// More tokens than one block of queries holds.
  func testAttention() throws {
    try engine {
      let (batch, tokens, heads, width) = (2, 201, 3, 12)
      let x = try random(batch, tokens, 3 * width)
      let (y, _) = try Attention(heads: heads).forward([x])
      let expected = try tensor(naiveAttention(x, heads: heads), batch, tokens, width)
      assertClose(y, expected, within: tolerance, "attention")
    }
  }

  private func naiveAttention(_ x: Tensor, heads: Int) -> [Scalar] {
    let (batch, tokens, width) = (x.shape[0], x.shape[1], x.shape[2] / 3)
    let d = width / heads
    func value(_ b: Int, _ token: Int, _ part: Int, _ h: Int, _ i: Int) -> Double {
      Double(x.source[((b * tokens + token) * 3 + part) * width + h * d + i])
    }
    var out = [Scalar](repeating: 0, count: batch * tokens * width)
    for b in 0..<batch {
      for h in 0..<heads {
        for query in 0..<tokens {
          let weights = (0..<tokens).map { key in
            exp((0..<d).reduce(0) { $0 + value(b, query, 0, h, $1) * value(b, key, 1, h, $1) } / Double(d).squareRoot())
          }
          let sum = weights.reduce(0, +)
          for i in 0..<d {
            out[(b * tokens + query) * width + h * d + i] = Scalar(
              (0..<tokens).reduce(0) { $0 + weights[$1] * value(b, $1, 2, h, i) } / sum)
          }
        }
      }
    }
    return out
  }

  func testAttentionSurvivesLargeScores() throws {
    try engine {
      let x = try random(1, 4, 6)
      for i in 0..<x.count { x.pointer[i] *= 1e3 }
      let (y, _) = try Attention(heads: 1).forward([x])
      XCTAssertTrue(y.array.allSatisfy(\.isFinite))
    }
  }

  /// A large mean does not cancel.
  func testLayerNorm() throws {
    try engine {
      let (x, gamma, beta) = (try random(5, 9), try random(9), try random(9))
      let epsilon = 0.01
      for (offset, tolerance) in [(0.0, tolerance), (1000, isDouble ? 1e-12 : 1e-4)] {
        let shifted = try Tensor(x.array.map { $0 + Scalar(offset) }, x.shape)
        let (y, _) = try LayerNorm(epsilon: epsilon).forward([shifted, gamma, beta])
        let expected = (0..<5).flatMap { row -> [Scalar] in
          let values = shifted.array[row * 9..<row * 9 + 9].map { Double($0) }
          let mean = values.reduce(0, +) / 9
          let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 9
          return values.indices.map { c in
            Scalar(
              (values[c] - mean) / (variance + epsilon).squareRoot() * Double(gamma.array[c]) + Double(beta.array[c]))
          }
        }
        assertClose(y, try tensor(expected, 5, 9), within: tolerance, "layer norm at \(offset)")
      }
    }
  }

  func testPatchesByRowColumnChannelAndAsConvolutions() throws {
    try engine {
      let x = try tensor((0..<2 * 4 * 6 * 2).map { Scalar($0) }, 2, 4, 6, 2)
      let (byPixel, _) = try Patchify(size: 2).forward([x])
      XCTAssertEqual(byPixel.shape.dimensions, [2, 6, 8])
      XCTAssertEqual(Array(byPixel.array[8..<16]), [4, 5, 6, 7, 16, 17, 18, 19], "the second patch of the first row")
      let (byChannel, _) = try Patchify(size: 2, channelsFirst: true).forward([x])
      XCTAssertEqual(Array(byChannel.array[8..<16]), [4, 6, 16, 18, 5, 7, 17, 19])
    }
  }

  func testWhatIsRefused() throws {
    try engine {
      let x = try random(2, 3, 12)
      assertThrows(try Attention(heads: 0).forward([x]), "positive number of heads, got 0")
      assertThrows(try Attention(heads: 3).forward([x]), "a width that 3 heads divide")
      assertThrows(try SelectRows([0, 5]).forward([random(5, 2)]), "indices\\[1\\] is 5, allowed are 0 to 4")
      assertThrows(try ScaleSamples(by: [1, 2]).forward([random(5, 2)]), "2 samples divide")
      assertThrows(try Patchify(size: 4).forward([random(1, 4, 6, 3)]), "multiples of the patch size 4")
      assertThrows(try LayerNorm().forward([random(5, 2), random(3), random(2)]), "a weight of shape \\(2,\\)")
    }
  }
}
