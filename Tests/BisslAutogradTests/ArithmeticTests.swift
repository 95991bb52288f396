import BisslAutograd
import BisslCore
import BisslKernels
import XCTest

final class ArithmeticTests: XCTestCase {
  /// Few rows and many, which take another path; extents that no block divides.
  func testMatrixProductsAgainstLoops() throws {
    var random = Random(key: 3)
    try engine {
      for (n, k, m) in [(1, 1, 1), (5, 3, 7), (129, 65, 257), (256, 17, 128), (401, 300, 277), (390, 5, 16)] {
        let (a, b) = (try normal(Shape(n, k), &random), try normal(Shape(k, m), &random))
        let (product, _) = try MatrixProduct(transposeRight: false).forward([a, b])
        let (linear, _) = try MatrixProduct(transposeRight: true).forward([a, try transposed(b)])
        let expected = try naiveProduct(a, b)
        assertClose(product, expected, within: isDouble ? 1e-14 : 1e-5, "\(n)×\(k) times \(k)×\(m)")
        assertClose(linear, expected, within: isDouble ? 1e-14 : 1e-5, "\(n)×\(k) times transposed \(m)×\(k)")
      }
    }
  }

  /// Weights: small ones, in one run of rows and in several; large ones, in one slab of rows and in several; two terms.
  func testAdjointsOfWeightsAgainstLoops() throws {
    var random = Random(key: 4)
    try engine {
      for (n, k, m) in [(1, 1, 1), (5, 3, 7), (0, 4, 5), (3001, 17, 35), (130, 263, 301), (301, 9, 7301)] {
        let (a, other) = (try normal(Shape(n, k), &random), try normal(Shape(n, k), &random))
        let (cotangent, second) = (try normal(Shape(n, m), &random), try normal(Shape(n, m), &random))
        let expected = try Add().forward([
          naiveProduct(transposed(a), cotangent), naiveProduct(transposed(other), second),
        ]).output
        let (adjoint, turned) = (try Tensor(Shape(k, m)), try Tensor(Shape(m, k)))
        let terms = [(a: a, cotangent: cotangent), (a: other, cotangent: second)]
        try MatrixProduct(transposeRight: false).rightAdjoint(terms, into: adjoint)
        try MatrixProduct(transposeRight: true).rightAdjoint(terms, into: turned)
        assertClose(adjoint, expected, within: isDouble ? 1e-14 : 1e-5, "\(n) rows of \(k) and \(m)")
        assertClose(try transposed(turned), expected, within: isDouble ? 1e-14 : 1e-5, "\(n) rows, transposed")
      }
    }
  }

  func testEmptyBatch() throws {
    try engine {
      let (y, _) = try MatrixProduct(transposeRight: false).forward([
        tensor([], 0, 3), tensor([1, 2, 3, 4, 5, 6], 3, 2),
      ])
      XCTAssertEqual(y.shape, try Shape(0, 2))
    }
  }

  func testSumsOfManyNumbersKeepTheirDigits() throws {
    try engine {
      let (mean, _) = try Mean().forward([Tensor.filled(Shape(3_000_001), with: 0.1)])
      XCTAssertEqual(Double(try mean.item()), 0.1, accuracy: isDouble ? 1e-13 : 1e-8)
      let x = try Tensor.filled(Shape(1_000_003, 3), with: 0.1)
      let point = Point(inputs: [x, try Tensor.zeros(Shape(3))], output: x, saved: ())
      let gradient = try AddBias().vjp(at: point, cotangent: x, wanted: [false, true])
      for sum in try XCTUnwrap(gradient[1]).array {
        XCTAssertEqual(Double(sum) / 100_000.3, 1, accuracy: isDouble ? 1e-13 : 1e-5)
      }
    }
  }

  func testConcatenationOrderAndSharedMemory() throws {
    let (y, _) = try Concatenate().forward([tensor([1, 2], 1, 2), tensor([3, 4, 5, 6], 2, 2)])
    XCTAssertEqual(y.array, [1, 2, 3, 4, 5, 6])
    let (flat, _) = try Reshape(to: [6]).forward([y])
    XCTAssertTrue(flat.storage === y.storage, "a reshape copies nothing")
  }

  func testWhatDoesNotFitIsNamed() throws {
    let (row, matrix) = (try tensor([1, 2, 3], 3), try tensor([1, 2, 3, 4, 5, 6], 2, 3))
    assertThrows(try Add().forward([row, matrix]), "add: expected inputs of one shape, got \\(3,\\) and \\(2, 3\\)")
    assertThrows(try Add().forward([row]), "add: expected 2 inputs, got 1")
    assertThrows(try Multiply().forward([row, matrix]), "multiply: expected inputs of one shape")
    assertThrows(
      try AddBias().forward([matrix, tensor([1, 2], 2)]), "expected a bias of shape \\(3,\\) .* got \\(2,\\)")
    assertThrows(
      try MatrixProduct(transposeRight: true).forward([matrix, tensor([1, 2], 1, 2)]),
      "linear: an input of shape \\(2, 3\\) needs a weight of shape \\(outputs, 3\\), got \\(1, 2\\)")
    assertThrows(try MatrixProduct(transposeRight: false).forward([matrix, row]), "matmul: expected two matrices")
    assertThrows(
      try MatrixProduct(transposeRight: false).forward([tensor([], 2, 0), tensor([], 0, 2)]), "nothing to sum")
    assertThrows(try Mean().forward([tensor([], 0, 3)]), "mean: .* no elements")
    assertThrows(try Reshape(to: [4]).forward([matrix]), "reshape: .* has 6 elements, \\(4,\\) needs 4")
    assertThrows(try Reshape(to: [-6]).forward([matrix]), "extents must not be negative")
    assertThrows(try Concatenate().forward([matrix, row]), "concatenate: input 1 of shape \\(3,\\) does not fit")
    assertThrows(try Concatenate().forward([]), "at least one input")
  }

  private func naiveProduct(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    let (n, k, m) = (a.shape[0], a.shape[1], b.shape[1])
    var product: [Scalar] = []
    for row in 0..<n {
      for column in 0..<m {
        var sum = 0.0
        for i in 0..<k { sum += Double(a.pointer[row * k + i]) * Double(b.pointer[i * m + column]) }
        product.append(Scalar(sum))
      }
    }
    return try Tensor(product, Shape(n, m))
  }

  private func transposed(_ a: Tensor) throws -> Tensor {
    let (rows, columns) = (a.shape[0], a.shape[1])
    let values = a.array
    return try Tensor((0..<a.count).map { values[$0 % rows * columns + $0 / rows] }, Shape(columns, rows))
  }
}
