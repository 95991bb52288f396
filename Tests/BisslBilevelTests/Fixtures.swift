import BisslBilevel
import BisslCore
import BisslKernels
import XCTest

/// `double` where the engine is built in double precision, `single` otherwise.
func tolerance(double: Double, single: Double) -> Double { MemoryLayout<Scalar>.size == 8 ? double : single }

func vector(_ values: [Double]) throws -> Tensor { try Tensor(values.map { Scalar($0) }, Shape(values.count)) }

/// Numbers in −1...1.
func randomArray(_ count: Int, key: UInt64) -> [Double] {
  var random = Random(key: key)
  // Rounded to the scalar, so that the plain reference sees what the engine sees.
  return (0..<count).map { _ in Double(Scalar(random.uniform(-1, 1))) }
}

func randomVector(_ count: Int, key: UInt64) throws -> Tensor { try vector(randomArray(count, key: key)) }

/// Segments "s0", "s1", … of the given lengths; those of `vectors` count as biases.
func layout(_ lengths: [Int], vectors: Set<Int> = []) throws -> ParameterLayout {
  var layout = ParameterLayout()
  for (index, length) in lengths.enumerated() {
    try layout.append("s\(index)", vectors.contains(index) ? Shape(length) : Shape(1, length))
  }
  return layout
}

func parameters(_ values: [Double], _ layout: ParameterLayout) throws -> Parameters {
  try Parameters(vector(values), layout)
}

/// A proposed step of the lower level, whose proximal term is still to be added.
func lowerStep(_ pretext: EvaluatedLoss, _ backbone: Parameters, _ head: Parameters) throws -> ProposedStep {
  try ProposedStep(
    .lower,
    [
      ProposedStep.Term(
        "pretext", loss: pretext.loss,
        [
          Gradient("backbone", of: backbone, pretext.backboneGradient),
          Gradient("head", of: head, pretext.headGradient),
        ])
    ])
}

extension Tensor {
  var doubles: [Double] { array.map { Double($0) } }
}

/// A small dense matrix for references.
struct Matrix {
  var rows: [[Double]]

  static func random(_ rows: Int, _ columns: Int, key: UInt64) -> Matrix {
    let values = randomArray(rows * columns, key: key)
    return Matrix(rows: (0..<rows).map { Array(values[$0 * columns..<($0 + 1) * columns]) })
  }

  static func diagonal(_ values: [Double]) -> Matrix {
    Matrix(rows: values.indices.map { i in values.indices.map { $0 == i ? values[i] : 0 } })
  }

  static func * (a: Matrix, x: [Double]) -> [Double] { a.rows.map { zip($0, x).map(*).reduce(0, +) } }
  static func + (a: Matrix, b: Matrix) -> Matrix { Matrix(rows: zip(a.rows, b.rows).map { zip($0, $1).map(+) }) }

  var transposed: Matrix { Matrix(rows: rows[0].indices.map { column in rows.map { $0[column] } }) }
  /// MᵀM
  var gram: Matrix { Matrix(rows: transposed.rows.map { rowsProduct($0) }) }
  private func rowsProduct(_ column: [Double]) -> [Double] { transposed * column }

  /// (M + Mᵀ)/2
  var symmetrized: Matrix { Matrix(rows: zip(rows, transposed.rows).map { zip($0, $1).map { ($0 + $1) / 2 } }) }

  /// M⁻¹ b by Gaussian elimination with pivoting.
  func solve(_ b: [Double]) -> [Double] {
    var a = zip(rows, b).map { $0 + [$1] }
    let n = b.count
    for column in 0..<n {
      let pivot = (column..<n).max { abs(a[$0][column]) < abs(a[$1][column]) } ?? column
      a.swapAt(column, pivot)
      for row in 0..<n where row != column {
        let factor = a[row][column] / a[column][column]
        for k in column...n { a[row][k] -= factor * a[column][k] }
      }
    }
    return (0..<n).map { a[$0][n] / a[$0][$0] }
  }

  /// d ↦ M d on the engine's vectors.
  var map: LinearMap { { try vector(self * $0.doubles) } }
}

func assertClose(
  _ a: [Double], _ b: [Double], _ accuracy: Double, file: StaticString = #filePath, line: UInt = #line
) {
  XCTAssertEqual(a.count, b.count, file: file, line: line)
  for (index, pair) in zip(a, b).enumerated() {
    XCTAssertEqual(pair.0, pair.1, accuracy: accuracy, "element \(index)", file: file, line: line)
  }
}

/// Asserts that `body` throws an `EngineError` of `kind` whose text has all `parts`.
func assertThrows<Result>(
  _ kind: EngineError.Kind, _ parts: String..., file: StaticString = #filePath, line: UInt = #line,
  _ body: () throws -> Result
) {
  XCTAssertThrowsError(try body(), file: file, line: line) { error in
    guard let error = error as? EngineError else { return XCTFail("\(error)", file: file, line: line) }
    XCTAssertEqual(error.kind, kind, file: file, line: line)
    for part in parts { XCTAssert(error.message.contains(part), error.message, file: file, line: line) }
  }
}

/// What `body` answers with one, two and three threads.
func withThreads<Result>(_ body: () throws -> Result) rethrows -> [Result] {
  let before = ThreadPool.shared.threadCount
  defer { ThreadPool.shared.threadCount = before }
  return try [1, 2, 3].map { threads in
    ThreadPool.shared.threadCount = threads
    return try body()
  }
}
