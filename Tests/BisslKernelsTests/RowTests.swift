import BisslKernels
import Foundation
import XCTest

/// Kernels of one row or of a block of rows, against the formulas in their comments, in double precision.
final class RowTests: XCTestCase {
  private let counts = [1, 2, 7, 8, 17, 64, 101]
  private let tolerance = isDouble ? 1e-13 : 1e-5

  func testRowsAndOneRow() {
    let (rows, columns, row) = (3, 19, 23)
    let (x, v) = (numbers(rows * row), numbers(columns, seed: 2))
    var sums = x
    Rows.addVector(x, row: row, v, rows: rows, columns: columns, into: &sums)
    XCTAssertEqual(sums, x.indices.map { $0 % row < columns ? x[$0] + v[$0 % row] : x[$0] })
    XCTAssertEqual(
      made(rows * columns) { Rows.broadcast(v, scaledBy: 3, rows: rows, columns: columns, into: $0) },
      (0..<rows * columns).map { 3 * v[$0 % columns] })
    XCTAssertEqual(
      made(6 * columns) { Axes.repeatRows(x, copies: 2, extent: columns, rows: 0..<3, into: $0) },
      (0..<6 * columns).map { x[$0 / (2 * columns) * columns + $0 % columns] })
    XCTAssertEqual(made(5) { Axes.gather(x, stride: 7, count: 5, into: $0) }, (0..<5).map { x[7 * $0] })
  }

  private func logSum(_ normalized: (greatest: Scalar, sum: Double)) -> Double {
    Double(normalized.greatest) + log(normalized.sum)
  }

  func testSoftmax() {
    for count in counts {
      let (x, t) = (numbers(count).map { 9 * $0 }, numbers(count, seed: 2))
      let greatest = Double(x.max()!)
      let sum = x.reduce(0) { $0 + exp(Double($1) - greatest) }
      let p = x.map { exp(Double($0) - greatest) / sum }
      var found = x
      XCTAssertEqual(logSum(Softmax.normalize(&found, count: count)), greatest + log(sum), accuracy: 10 * tolerance)
      assertClose(found, p, within: tolerance)
      let mean = zip(p, t).reduce(0) { $0 + $1.0 * Double($1.1) }
      let tangent = zip(p, t).map { $0 * (Double($1) - mean) }
      var replaced = t
      Softmax.replaceByTangent(found, &replaced, count: count)
      assertSimilar(replaced, tangent)
      var added = x
      Softmax.addTangent(found, along: t, scaledBy: 2, to: &added, count: count)
      assertSimilar(added, zip(x, tangent).map { Double($0) + 2 * $1 })

      var scores = x
      let kept = Softmax.normalize(&scores, count: count)
      assertClose(scores, p, within: tolerance)
      var again = x
      Softmax.renormalize(&again, greatest: kept.greatest, inverse: Scalar(1 / kept.sum), count: count)
      XCTAssertEqual(again, scores, "bit by bit")
    }
  }

  func testSoftmaxLeavesOutWhatIsMinusInfinity() {
    var x: [Scalar] = [0, -.infinity, 0]
    XCTAssertEqual(logSum(Softmax.normalize(&x, count: 3)), log(2), accuracy: 1e-6)
    XCTAssertEqual(x, [0.5, 0, 0.5])
  }

  func testAdjointOfAttentionScores() {
    for count in counts {
      let (p, pt) = (numbers(count), numbers(count, seed: 2))
      let (a, at) = (numbers(count, seed: 3), numbers(count, seed: 4))
      var (adjoint, tangent) = (a, at)
      Softmax.replaceByAdjoint(p, pt, &adjoint, &tangent, count: count)
      let (mean, change) = (inner(p, a), inner(pt, a) + inner(p, at))
      assertSimilar(adjoint, (0..<count).map { Double(p[$0]) * (Double(a[$0]) - mean) })
      assertSimilar(
        tangent,
        (0..<count).map { Double(pt[$0]) * (Double(a[$0]) - mean) + Double(p[$0]) * (Double(at[$0]) - change) })
    }
  }

  func testUnitRow() {
    for count in counts {
      for scale: Scalar in [1, 1e-9] {
        let x = numbers(count).map { scale * $0 }
        let (a, t) = (numbers(count, seed: 2), numbers(count, seed: 3))
        let norm = inner(x, x).squareRoot()
        let least: Scalar = 1e-6
        let expected = max(norm, Double(least))
        var y = unwritten(count)
        let d = UnitRow.normalize(x, least: least, into: &y, count: count)
        XCTAssertEqual(Double(d), expected, accuracy: tolerance * expected)
        assertClose(y, x.map { Double($0) / expected }, within: tolerance)
        let isConstant = norm < Double(least)
        let along = isConstant ? 0 : inner(y, a)
        assertSimilar(
          made(count) { UnitRow.project(y, d, least: least, a, into: $0, count: count) },
          (0..<count).map { (Double(a[$0]) - along * Double(y[$0])) / Double(d) })
        var curved = [Scalar](repeating: 0, count: count)
        UnitRow.addCurvature(y, d, least: least, tangent: t, cotangent: a, to: &curved, count: count)
        let (s, u, radial) = (inner(y, a), inner(y, t), inner(t, a) - 3 * inner(y, a) * inner(y, t))
        assertSimilar(
          curved,
          (0..<count).map {
            isConstant ? 0 : -(s * Double(t[$0]) + u * Double(a[$0]) + radial * Double(y[$0])) / Double(d) / Double(d)
          })
      }
    }
  }

  func testUnitVariance() {
    for count in counts {
      let x = numbers(count).map { 100 + $0 }
      let (a, t) = (numbers(count, seed: 2), numbers(count, seed: 3))
      var scratch = unwritten(count)
      let found = UnitVariance.moments(x, epsilon: 1e-3, scratch: &scratch, count: count)
      let mean = x.reduce(0) { $0 + Double($1) } / Double(count)
      let variance = x.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(count)
      let r = 1 / (variance + 1e-3).squareRoot()
      XCTAssertEqual(Double(found.mean), mean, accuracy: tolerance * 100)
      XCTAssertEqual(Double(found.inverse), r, accuracy: 10 * tolerance * r)
      let n = made(count) {
        UnitVariance.normalize(x, mean: found.mean, inverse: found.inverse, into: $0, count: count)
      }
      let (m, along) = (a.reduce(0) { $0 + Double($1) } / Double(count), inner(a, n) / Double(count))
      assertSimilar(
        made(count) { UnitVariance.project(n, inverse: found.inverse, a, into: $0, count: count) },
        (0..<count).map { Double(found.inverse) * (Double(a[$0]) - m - Double(n[$0]) * along) })
      var curved = [Scalar](repeating: 0, count: count)
      UnitVariance.addCurvature(n, inverse: found.inverse, tangent: t, a, to: &curved, count: count)
      let tm = t.reduce(0) { $0 + Double($1) } / Double(count)
      let (s, u) = (along, inner(t, n) / Double(count))
      let radial = inner(a, t) / Double(count) - m * tm - 3 * s * u
      let square = Double(found.inverse) * Double(found.inverse)
      assertSimilar(
        curved,
        (0..<count).map {
          -square * (u * (Double(a[$0]) - m) + s * (Double(t[$0]) - tm) + radial * Double(n[$0]))
        })
    }
  }

  func testNormalization() {
    for (rows, channels) in [(1, 1), (5, 17), (33, 8)] {
      let count = rows * channels
      let (x, a) = (numbers(count), numbers(count, seed: 2))
      let (scale, shift) = (numbers(channels, seed: 3), numbers(channels, seed: 4))
      func column(_ body: (Int) -> Double) -> [Double] {
        (0..<channels).map { c in (0..<rows).reduce(0) { $0 + body($1 * channels + c) } }
      }
      var (mean, squares) = (unwritten(channels), unwritten(channels))
      Normalization.moments(x, rows: rows, channels: channels, mean: &mean, squares: &squares)
      assertSimilar(mean, column { Double(x[$0]) / Double(rows) })
      assertSimilar(squares, column { pow(Double(x[$0]) - Double(mean[$0 % channels]), 2) })
      assertSimilar(
        made(count) {
          Normalization.affine(x, rows: rows, channels: channels, mean: mean, scale: scale, shift: shift, into: $0)
        },
        (0..<count).map {
          let c = $0 % channels
          return (Double(x[$0]) - Double(mean[c])) * Double(scale[c]) + Double(shift[c])
        })
      var added = x
      Normalization.addScaled(a, rows: rows, channels: channels, scale: scale, to: &added)
      assertSimilar(added, (0..<count).map { Double(x[$0]) + Double(a[$0]) * Double(scale[$0 % channels]) })
      var (plain, normalized, products) = (unwritten(channels), unwritten(channels), unwritten(channels))
      Normalization.sums(
        of: a, and: x, rows: rows, channels: channels, mean: mean, inverse: scale, plain: &plain,
        normalized: &normalized)
      Normalization.productSums(a, x, rows: rows, channels: channels, into: &products)
      assertSimilar(plain, column { Double(a[$0]) })
      assertSimilar(
        normalized,
        column { Double(a[$0]) * (Double(x[$0]) - Double(mean[$0 % channels])) * Double(scale[$0 % channels]) })
      assertSimilar(products, column { Double(a[$0]) * Double(x[$0]) })
      XCTAssertEqual(
        made(count) { Activations.gate(x, a, into: $0, count: count) },
        zip(a, x).map { $1 > 0 ? $0 : 0 })
    }
  }

  func testUpdates() {
    let count = 37
    let (a, b, g) = (numbers(count), numbers(count, seed: 2), numbers(count, seed: 3))
    func each(_ body: (Int) -> Double) -> [Double] { (0..<count).map(body) }
    let (A, B, G) = (a.map { Double($0) }, b.map { Double($0) }, g.map { Double($0) })
    assertSimilar(made(count) { VectorUpdates.combine(a, 3, b, into: $0, count: count) }, each { A[$0] + 3 * B[$0] })
    var y = b
    VectorUpdates.addToScaled(a, 3, &y, count: count)
    assertSimilar(y, each { A[$0] + 3 * B[$0] })
    assertSimilar(
      made(count) { VectorUpdates.addScaledDifference(g, 3, a, b, into: $0, count: count) },
      each { G[$0] + 3 * (A[$0] - B[$0]) })

    var (p, m) = (a, b)
    VectorUpdates.momentum(
      &p, &m, g, gradientScale: 0.5, decay: 0.1, scale: 2, momentum: 0.9, rate: 0.3, count: count)
    let d = each { 2 * (0.5 * G[$0] + 0.1 * A[$0]) }
    let velocity = each { 0.9 * B[$0] + d[$0] }
    assertSimilar(m, velocity)
    assertSimilar(p, each { A[$0] - 0.3 * velocity[$0] })
    (p, m) = (a, b)
    VectorUpdates.nesterov(
      &p, &m, g, gradientScale: 0.5, decay: 0.1, scale: 2, momentum: 0.9, rate: 0.3, count: count)
    assertSimilar(m, velocity)
    assertSimilar(p, each { A[$0] - 0.3 * (d[$0] + 0.9 * velocity[$0]) })

    var v = b.map { $0 * $0 }
    let V = v.map { Double($0) }
    (p, m) = (a, b)
    VectorUpdates.adam(
      &p, &m, &v, g, gradientScale: 0.5, shrink: 0.9, betas: (0.8, 0.7), complements: (0.2, 0.3), rate: 0.1, scale: 2,
      epsilon: 1e-2, count: count)
    let first = each { 0.8 * B[$0] + 0.2 * 0.5 * G[$0] }
    let second = each { 0.7 * V[$0] + 0.3 * 0.25 * G[$0] * G[$0] }
    assertSimilar(m, first)
    assertSimilar(v, second)
    assertSimilar(
      p,
      each { i -> Double in
        let scale: Double = 2 * second[i].squareRoot() + 1e-2
        return 0.9 * A[i] - 0.1 * first[i] / scale
      })
  }

  func testSquaredNormOfASumKeepsTheDigitsOfADifference() {
    for count in counts {
      let a = numbers(count)
      let b = a.map { $0 * (1 + 64 * Scalar.ulpOfOne) }
      let exact = zip(a, b).reduce(0.0) { $0 + pow(2 * Double($1.0) - 2 * Double($1.1), 2) }
      XCTAssertEqual(
        Reductions.squaredNormOfSum(2, a, -2, b, count: count), exact, accuracy: (isDouble ? 1e-3 : 1e-12) * exact)
    }
  }

  /// Within what single numbers near 1 round to, not relative to the greatest: sums may cancel.
  private func assertSimilar(
    _ found: [Scalar], _ expected: [Double], file: StaticString = #filePath, line: UInt = #line
  ) {
    let scale = max(1, expected.reduce(0) { max($0, abs($1)) })
    for (index, (a, b)) in zip(found, expected).enumerated() where !(abs(Double(a) - b) <= 10 * tolerance * scale) {
      return XCTFail("\(a) at \(index), expected \(b)", file: file, line: line)
    }
    XCTAssertEqual(found.count, expected.count, file: file, line: line)
  }

  private func made(_ count: Int, _ body: (Destination) -> Void) -> [Scalar] {
    var out = unwritten(count)
    out.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    return out
  }
}
