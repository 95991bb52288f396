import XCTest

@testable import BisslKernels

/// The transforms of every tile: together they are the convolution, and each adjoint is the transpose of its map.
final class WinogradTests: XCTestCase {
  private struct Case {
    let tile: WinogradTile
    let batch, height, width, padding: Int
    var geometry: Winograd {
      let output = Extent2(side(height), side(width))
      return Winograd(
        tile, batch: batch, input: Extent2(height, width), output: output, padding: padding,
        grid: Extent2((output.height + tile.m - 1) / tile.m, (output.width + tile.m - 1) / tile.m))
    }
    private func side(_ size: Int) -> Int { (size + 2 * padding - tile.taps) / tile.stride + 1 }
    var label: String { "\(tile), \(batch)×\(height)×\(width), padding \(padding)" }
  }

  /// Images that tiles leave on every side, and of one pixel where that is an image.
  private var cases: [Case] {
    let three = [(2, 7, 11, 1), (1, 5, 6, 0), (1, 1, 2, 1), (1, 4, 5, 2)]
    let four = [(2, 9, 7, 0), (1, 5, 6, 3), (1, 4, 4, 0)]
    let windows: [(WinogradTile.Window, [(Int, Int, Int, Int)])] = [(.three, three), (.strided, three), (.four, four)]
    let free = windows.flatMap { window, sizes in
      WinogradTransforms.sides(window).flatMap { m in
        sizes.map { Case(tile: .init(window, m: m), batch: $0.0, height: $0.1, width: $0.2, padding: $0.3) }
      }
    }
    let bordered = WinogradTransforms.sides(.bordered).flatMap { m in
      [(m, m), (1, m), (m, 1)].map { Case(tile: .init(.bordered, m: m), batch: 3, height: $0.0, width: $0.1, padding: 1) }
    }
    return free + bordered
  }

  /// Channels of the result: all lengths of vectors and single ones.
  private let outputs = 29, inputs = 5

  func testConvolutionAgainstPlainLoops() {
    for item in cases {
      let g = item.geometry
      let x = numbers(g.batch * g.input.product * inputs)
      let w = numbers(outputs * inputs * item.tile.taps * item.tile.taps, seed: 2)
      let v = transformedInput(x, g, channels: inputs)
      var m = [Scalar](repeating: 0, count: g.positions * g.tiles * outputs)
      for position in 0..<g.positions {
        let u = transformedWeights(w, g, matrix: g.matrix(of: position))
        let part = Array(v[(position * g.tiles * inputs)..<((position + 1) * g.tiles * inputs)])
        let product = plainProduct(part, u, rows: g.tiles, depth: inputs, columns: outputs)
        for (i, sum) in product.enumerated() { m[position * g.tiles * outputs + i] = Scalar(sum) }
      }
      var y = unwritten(g.batch * g.output.product * outputs)
      var nowhere = unwritten(outputs)
      g.transformOutput(
        m, row: outputs, step: g.tiles * outputs, channels: outputs, tiles: 0..<g.tiles, nowhere: &nowhere, into: &y)
      assertClose(y, convolution(x, w, g), within: isDouble ? 1e-12 : 1e-4, item.label)
    }
  }

  func testAdjoints() {
    for item in cases {
      let g = item.geometry
      let y = numbers(g.batch * g.output.product * outputs)
      let m = numbers(g.positions * g.tiles * outputs, seed: 2)
      var (spread, gathered) = (unwritten(m.count), unwritten(y.count))
      var nowhere = [Scalar](repeating: 0, count: outputs)
      let zeros = nowhere
      g.transformCotangent(
        y, channels: outputs, tiles: 0..<g.tiles, zeros: zeros, into: &spread, row: outputs, step: g.tiles * outputs)
      g.transformOutput(
        m, row: outputs, step: g.tiles * outputs, channels: outputs, tiles: 0..<g.tiles, nowhere: &nowhere,
        into: &gathered)
      assertEqual(inner(spread, m), inner(y, gathered), norm(spread) * norm(m), "output, \(item.label)")

      guard item.tile.window == .strided else { continue }
      let x = numbers(g.batch * g.input.product * outputs, seed: 3)
      let v = transformedInput(x, g, channels: outputs)
      var back = [Scalar](repeating: 0, count: x.count)
      g.addInputAdjoint(
        m, row: outputs, step: g.tiles * outputs, channels: outputs, tiles: 0..<g.tiles, nowhere: &nowhere, to: &back)
      assertEqual(inner(v, m), inner(x, back), norm(v) * norm(m), "input, \(item.label)")
    }
  }

  func testAdjointOfWeights() {
    for item in cases {
      let g = item.geometry
      let w = numbers(outputs * inputs * item.tile.taps * item.tile.taps, seed: 2)
      // Rows of whole vectors, as products leave them.
      let row = Packing.padded(outputs, to: Packing.blockColumns)
      let step = inputs * row
      var u = [Scalar](repeating: 0, count: g.matrices * step)
      var forward = u
      for matrix in 0..<g.matrices {
        let own = transformedWeights(w, g, matrix: matrix)
        let drawn = numbers(inputs * outputs, seed: 5 + matrix)
        for i in 0..<inputs {
          for j in 0..<outputs {
            u[matrix * step + i * row + j] = drawn[i * outputs + j]
            forward[matrix * step + i * row + j] = own[i * outputs + j]
          }
        }
      }
      var adjoint = unwritten(w.count)
      for range in [0..<2, 2..<inputs] {
        g.transformWeightAdjoint(
          u, row: row, step: step, outputs: outputs, inputs: inputs, range: range, into: &adjoint)
      }
      assertEqual(inner(forward, u), inner(w, adjoint), norm(forward) * norm(u), "weights, \(item.label)")
    }
  }

  /// Backward at stride 1 the window is turned: the input adjoint's weights.
  func testWeightsBackwardAreThoseOfTheTurnedWindow() {
    let g = Case(tile: .init(.three, m: 4), batch: 1, height: 8, width: 8, padding: 1).geometry
    let w = numbers(outputs * inputs * 9)
    let turned = (0..<inputs * outputs * 9).map { place -> Scalar in
      let (input, output, tap) = (place / 9 / outputs, place / 9 % outputs, place % 9)
      return w[(output * inputs + input) * 9 + 8 - tap]
    }
    for matrix in 0..<g.matrices {
      XCTAssertEqual(
        transformedWeights(w, g, matrix: matrix, .backward, outputs: outputs, inputs: inputs),
        transformedWeights(turned, g, matrix: matrix, .forward, outputs: inputs, inputs: outputs))
    }
  }

  private func transformedInput(_ x: [Scalar], _ g: Winograd, channels: Int) -> [Scalar] {
    var v = unwritten(g.positions * g.tiles * channels)
    let zeros = [Scalar](repeating: 0, count: channels)
    for tiles in [0..<g.tiles / 2, g.tiles / 2..<g.tiles] where !tiles.isEmpty {
      v.withUnsafeMutableBufferPointer {
        g.transformInput(
          x, channels: channels, tiles: tiles, zeros: zeros, into: $0.baseAddress! + tiles.lowerBound * channels,
          row: channels, step: g.tiles * channels)
      }
    }
    return v
  }

  /// One matrix of transformed weights as (from, to), taken out of its blocks.
  private func transformedWeights(
    _ w: [Scalar], _ g: Winograd, matrix: Int, _ direction: WeightOrder.Direction = .forward, outputs: Int? = nil,
    inputs: Int? = nil
  ) -> [Scalar] {
    let (outputs, inputs) = (outputs ?? self.outputs, inputs ?? self.inputs)
    let (from, to) = direction == .forward ? (inputs, outputs) : (outputs, inputs)
    let width = Packing.blockColumns
    let step = from * Packing.padded(to, to: width) + 16
    var u = unwritten(g.matrices * step)
    for first in stride(from: 0, to: to, by: width) {
      u.withUnsafeMutableBufferPointer {
        for rows in [0..<from / 2, from / 2..<from] {
          g.transformWeights(
            w, outputs: outputs, inputs: inputs, direction, block: first, rows: rows, step: step,
            into: $0.baseAddress! + first * from)
        }
      }
    }
    return (0..<from * to).map { place in
      let (k, j) = (place / to, place % to)
      return u[matrix * step + j / width * width * from + k * width + j % width]
    }
  }

  private func convolution(_ x: [Scalar], _ w: [Scalar], _ g: Winograd) -> [Double] {
    let (taps, stride) = (g.tile.taps, g.tile.stride)
    var y = [Double](repeating: 0, count: g.batch * g.output.product * outputs)
    for place in y.indices {
      let (pixel, output) = (place / outputs, place % outputs)
      let (image, row, column) = (
        pixel / g.output.width / g.output.height, pixel / g.output.width % g.output.height, pixel % g.output.width
      )
      for tap in 0..<taps * taps {
        let (top, left) = (row * stride - g.padding + tap / taps, column * stride - g.padding + tap % taps)
        guard (0..<g.input.height).contains(top), (0..<g.input.width).contains(left) else { continue }
        for input in 0..<inputs {
          y[place] +=
            Double(x[((image * g.input.height + top) * g.input.width + left) * inputs + input])
            * Double(w[(output * inputs + input) * taps * taps + tap])
        }
      }
    }
    return y
  }

  private func norm(_ x: [Scalar]) -> Double { inner(x, x).squareRoot() }

  private func assertEqual(_ a: Double, _ b: Double, _ scale: Double, _ message: String) {
    XCTAssertEqual(a, b, accuracy: (isDouble ? 1e-13 : 1e-5) * scale, message)
  }
}
