import XCTest

@testable import BisslKernels

/// What slides windows over images: pooling, im2col and space-to-depth, against plain loops on odd shapes.
final class WindowTests: XCTestCase {
  /// Height, width, channels, kernel, stride, padding and dilation, other down than across.
  private static func grid(
    _ size: (Int, Int, Int), kernel: (Int, Int), stride: (Int, Int), padding: (Int, Int), dilation: (Int, Int) = (1, 1)
  ) -> WindowGrid {
    func out(_ n: Int, _ k: Int, _ s: Int, _ p: Int, _ d: Int) -> Int { (n + 2 * p - d * (k - 1) - 1) / s + 1 }
    return WindowGrid(
      batch: 2, input: Extent2(size.0, size.1), channels: size.2, kernel: Extent2(kernel.0, kernel.1),
      stride: Extent2(stride.0, stride.1), padding: Extent2(padding.0, padding.1),
      dilation: Extent2(dilation.0, dilation.1),
      output: Extent2(
        out(size.0, kernel.0, stride.0, padding.0, dilation.0), out(size.1, kernel.1, stride.1, padding.1, dilation.1)))
  }

  private let pools = [
    grid((5, 7, 1), kernel: (2, 3), stride: (1, 2), padding: (0, 1)),
    grid((6, 5, 16), kernel: (3, 3), stride: (2, 2), padding: (1, 1)),
    grid((7, 4, 19), kernel: (3, 2), stride: (3, 1), padding: (1, 0)),
    grid((1, 1, 33), kernel: (3, 3), stride: (2, 2), padding: (1, 1)),
  ]
  private let convolutions = [
    grid((5, 7, 3), kernel: (3, 2), stride: (1, 2), padding: (2, 0)),
    grid((6, 5, 17), kernel: (2, 3), stride: (2, 1), padding: (1, 3), dilation: (2, 1)),
    grid((7, 9, 1), kernel: (3, 3), stride: (1, 1), padding: (2, 2), dilation: (1, 3)),
    grid((1, 2, 4), kernel: (1, 1), stride: (1, 1), padding: (0, 0)),
  ]

  /// Every (output pixel, tap, input pixel) of one image.
  private func forEachPair(_ g: WindowGrid, _ body: (_ output: Int, _ tap: Int, _ pixel: Int) -> Void) {
    for output in 0..<g.output.product {
      for tap in 0..<g.taps {
        let row = output / g.output.width * g.stride.height - g.padding.height + tap / g.kernel.width * g.dilation.height
        let column = output % g.output.width * g.stride.width - g.padding.width + tap % g.kernel.width * g.dilation.width
        guard (0..<g.input.height).contains(row), (0..<g.input.width).contains(column) else { continue }
        body(output, tap, row * g.input.width + column)
      }
    }
  }

  func testMaximumAndItsSelection() {
    for g in pools {
      var x = numbers(g.imageElements)
      // Equal ones, and one that is no number.
      for i in x.indices where i % 3 == 0 { x[i] = 0.5 }
      x[x.count / 2] = .nan
      let count = g.outputElements
      var expected = [(Scalar, Int)?](repeating: nil, count: count)
      forEachPair(g) { output, tap, pixel in
        for c in 0..<g.channels {
          let (value, best) = (x[pixel * g.channels + c], expected[output * g.channels + c])
          if best.map({ value > $0.0 || value.isNaN }) ?? true { expected[output * g.channels + c] = (value, tap) }
        }
      }
      var (y, taps, selected) = (unwritten(count), unwritten(count), unwritten(count))
      let row = g.output.width * g.channels
      for i in 0..<g.output.height {
        at(&y, i * row) { y in at(&taps, i * row) { Pooling.maximum(x, g, row: i, into: y, selection: $0) } }
      }
      for i in 0..<g.output.height {
        taps.withUnsafeBufferPointer { taps in
          at(&selected, i * row) { Pooling.select(x, g, row: i, selection: taps.baseAddress! + i * row, into: $0) }
        }
      }
      XCTAssertEqual(taps, expected.map { Scalar($0!.1) })
      XCTAssertEqual(y.map(\.bitPattern), expected.map { $0!.0.bitPattern })
      XCTAssertEqual(selected.map(\.bitPattern), y.map(\.bitPattern))

      let cotangent = numbers(count, seed: 2)
      var scattered = [Double](repeating: 0, count: x.count)
      forEachPair(g) { output, tap, pixel in
        for c in 0..<g.channels where Int(taps[output * g.channels + c]) == tap {
          scattered[pixel * g.channels + c] += Double(cotangent[output * g.channels + c])
        }
      }
      var found = unwritten(x.count)
      for i in 0..<g.input.height {
        at(&found, i * g.input.width * g.channels) { Pooling.scatter(cotangent, selection: taps, g, row: i, into: $0) }
      }
      assertClose(found, scattered)
    }
  }

  func testSumsAndTheirTranspose() {
    for g in pools {
      let (x, y) = (numbers(g.imageElements), numbers(g.outputElements, seed: 2))
      var sums = [Double](repeating: 0, count: y.count)
      var spread = [Double](repeating: 0, count: x.count)
      forEachPair(g) { output, _, pixel in
        for c in 0..<g.channels {
          sums[output * g.channels + c] += 3 * Double(x[pixel * g.channels + c])
          spread[pixel * g.channels + c] += 3 * Double(y[output * g.channels + c])
        }
      }
      var (found, back) = (unwritten(y.count), unwritten(x.count))
      for i in 0..<g.output.height {
        at(&found, i * g.output.width * g.channels) { Pooling.sum(x, g, row: i, scaledBy: 3, into: $0) }
      }
      for i in 0..<g.input.height {
        at(&back, i * g.input.width * g.channels) { Pooling.spread(y, g, row: i, scaledBy: 3, into: $0) }
      }
      assertClose(found, sums)
      assertClose(back, spread)
    }
  }

  func testIm2colAndItsTranspose() {
    for g in convolutions {
      let batch = 2
      let (image, pixels) = (g.imageElements, g.output.product)
      let depth = g.taps * g.channels
      let x = numbers(batch * image)
      let row = depth + 3
      var expected = [Scalar](repeating: 0, count: batch * pixels * row)
      var back = [Double](repeating: 0, count: x.count)
      let cotangent = numbers(batch * pixels * depth, seed: 2)
      for b in 0..<batch {
        forEachPair(g) { output, tap, pixel in
          for c in 0..<g.channels {
            let (source, line) = (b * image + pixel * g.channels + c, b * pixels + output)
            expected[line * row + tap * g.channels + c] = x[source]
            back[source] += Double(cotangent[line * depth + tap * g.channels + c])
          }
        }
      }
      let cuts = [0, 1, pixels, batch * pixels - 1, batch * pixels].sorted()
      var found = [Scalar](repeating: 0, count: expected.count)
      var scattered = [Scalar](repeating: 0, count: x.count)
      for (first, last) in zip(cuts, cuts.dropFirst()) where last > first {
        at(&found, first * row) { Im2col.im2col(x, g, first: first, last: last, into: $0, row: row) }
        Im2col.col2im(Array(cotangent[(first * depth)...]), g, first: first, last: last, to: &scattered)
      }
      XCTAssertEqual(found, expected)
      assertClose(scattered, back)
    }
  }

  func testOrdersOfWeights() {
    let (outputs, inputs, taps, width) = (35, 5, 6, Packing.blockColumns)
    let w = numbers(outputs * inputs * taps)
    var forward = unwritten(inputs * taps * Packing.padded(outputs, to: width))
    var backward = unwritten(outputs * Packing.padded(inputs * taps, to: width))
    for first in stride(from: 0, to: outputs, by: width) {
      WeightOrder.packForward(w, outputs: outputs, inputs: inputs, taps: taps, block: first, into: &forward)
    }
    for first in stride(from: 0, to: inputs * taps, by: width) {
      WeightOrder.packBackward(w, outputs: outputs, inputs: inputs, taps: taps, block: first, into: &backward)
    }
    var plain = unwritten(inputs * taps * outputs)
    for output in 0..<outputs {
      for input in 0..<inputs {
        for tap in 0..<taps {
          let (weight, k) = (w[(output * inputs + input) * taps + tap], tap * inputs + input)
          plain[k * outputs + output] = weight
          XCTAssertEqual(forward[output / width * width * inputs * taps + k * width + output % width], weight)
          XCTAssertEqual(backward[k / width * width * outputs + output * width + k % width], weight)
        }
      }
    }
    XCTAssertEqual(forward.filter { $0 == 0 || $0.isNaN }.count, forward.count - w.count, "zeros pad the last block")
    XCTAssertFalse((forward + backward).contains { $0.isNaN })
    var back = unwritten(w.count)
    for range in [0..<7, 7..<outputs] {
      WeightOrder.unpack(plain, outputs: outputs, inputs: inputs, taps: taps, range: range, into: &back)
    }
    XCTAssertEqual(back, w)
  }

  /// A window over a rearranged image takes what the window over the image takes.
  func testSpaceToDepth() {
    for (stride, kernel, padding, height, width, channels) in [
      (2, 7, 3, 9, 12, 3), (2, 5, 0, 8, 7, 1), (3, 8, 2, 13, 10, 5), (4, 5, 4, 9, 9, 2),
    ] {
      let (outHeight, outWidth) = (
        (height + 2 * padding - kernel) / stride + 1, (width + 2 * padding - kernel) / stride + 1
      )
      let taps = (kernel + stride - 1) / stride
      let p = SpaceToDepth(
        stride: stride, kernel: kernel, padding: padding, input: Extent2(height, width), channels: channels, taps: taps,
        dense: Extent2(outHeight + taps - 1, outWidth + taps - 1), depth: stride * stride * channels)
      let (batch, outputs) = (2, 3)
      let x = numbers(batch * height * width * channels)
      let w = numbers(outputs * channels * kernel * kernel, seed: 2)
      var rearranged = unwritten(batch * p.dense.product * p.depth)
      var weights = unwritten(outputs * p.depth * p.taps * p.taps)
      for image in 0..<batch { p.gather(x, images: image..<image + 1, into: &rearranged) }
      for output in 0..<outputs { p.gatherWeights(w, outputs: output..<output + 1, into: &weights) }

      var (found, expected) = ([Scalar](), [Double]())
      for place in 0..<batch * outHeight * outWidth * outputs {
        let (pixel, output) = (place / outputs, place % outputs)
        let (image, row, column) = (pixel / outWidth / outHeight, pixel / outWidth % outHeight, pixel % outWidth)
        var (byDepth, plain) = (0.0, 0.0)
        for tap in 0..<p.taps * p.taps {
          for c in 0..<p.depth {
            let source = ((image * p.dense.height + row + tap / p.taps) * p.dense.width + column + tap % p.taps) * p.depth + c
            byDepth += Double(rearranged[source]) * Double(weights[(output * p.depth + c) * p.taps * p.taps + tap])
          }
        }
        for tap in 0..<kernel * kernel {
          let (top, left) = (row * stride - padding + tap / kernel, column * stride - padding + tap % kernel)
          guard (0..<height).contains(top), (0..<width).contains(left) else { continue }
          for c in 0..<channels {
            plain +=
              Double(x[((image * height + top) * width + left) * channels + c])
              * Double(w[(output * channels + c) * kernel * kernel + tap])
          }
        }
        found.append(Scalar(byDepth))
        expected.append(plain)
      }
      assertClose(found, expected, "stride \(stride), kernel \(kernel)")

      let (other, otherWeights) = (numbers(rearranged.count, seed: 3), numbers(weights.count, seed: 4))
      var (back, backWeights) = (unwritten(x.count), unwritten(w.count))
      for image in 0..<batch { p.scatter(other, images: image..<image + 1, into: &back) }
      for output in 0..<outputs { p.scatterWeights(otherWeights, outputs: output..<output + 1, into: &backWeights) }
      XCTAssertEqual(inner(rearranged, other), inner(x, back), accuracy: 1e-4, "the transpose")
      XCTAssertEqual(inner(weights, otherWeights), inner(w, backWeights), accuracy: 1e-4, "the transpose, of weights")
    }
  }

  private func at(_ x: inout [Scalar], _ offset: Int, _ body: (Destination) -> Void) {
    x.withUnsafeMutableBufferPointer { body($0.baseAddress! + offset) }
  }
}
