import Foundation
import XCTest

@testable import BisslKernels

/// Kernels of images against plain loops over single pixels; BisslImagingTests compares them with Pillow.
final class ImagingTests: XCTestCase {
  /// Shapes whose last pair of columns, last pair of rows and last group of rows are not whole.
  private let resizes = [(17, 13, 9), (5, 31, 12), (33, 7, 40), (1, 1, 3), (64, 64, 5)]

  func testWeightsOfOneAreExact() {
    for filter in [ResamplingFilter.bilinear, .bicubic] {
      for (inputs, outputs) in [(1, 1), (1, 9), (7, 3), (8, 8), (100, 33), (33, 100)] {
        let t = Table(filter, inputs: inputs, outputs: outputs)
        for output in 0..<outputs {
          let taps = t.taps(output)
          XCTAssertEqual(taps.map(\.weight).reduce(0, +), 1 << t.table.precision)
          XCTAssertTrue(taps.allSatisfy { (0..<inputs).contains($0.pixel) || $0.weight == 0 })
          let center = (Double(output) + 0.5) * Double(inputs) / Double(outputs) - 0.5
          let widening = max(1, Double(inputs) / Double(outputs))
          for tap in taps where tap.weight != 0 {
            XCTAssertLessThanOrEqual(abs(Double(tap.pixel) - center), filter.support * widening + 0.5)
          }
        }
      }
    }
  }

  func testResamplingAgainstPlainLoops() {
    for filter in [ResamplingFilter.bilinear, .bicubic] {
      for (height, width, size) in resizes {
        for channels in [1, 3] {
          let image = bytes(height * width * channels)
          let (rows, columns) = (Table(filter, inputs: height, outputs: size), Table(filter, inputs: width, outputs: size))
          let between = (0..<height * size * channels).map { place -> UInt8 in
            let (row, x, c) = (place / channels / size, place / channels % size, place % channels)
            return columns.weighted(x) { image[(row * width + $0) * channels + c] }
          }
          let expected = (0..<size * size * channels).map { place -> UInt8 in
            let (y, x, c) = (place / channels / size, place / channels % size, place % channels)
            return rows.weighted(y) { between[($0 * size + x) * channels + c] }
          }
          XCTAssertEqual(
            resampled(image, height, width, channels, size, rows, columns), expected,
            "\(filter), \(height)×\(width)×\(channels) to \(size)")
        }
      }
    }
  }

  /// As ImageResize goes about it.
  private func resampled(
    _ image: [UInt8], _ height: Int, _ width: Int, _ channels: Int, _ size: Int, _ down: Table, _ across: Table
  ) -> [UInt8] {
    let pixelLanes = ImagingResampling.pixelLanes(channels: channels)
    let group = ImagingResampling.lanes / pixelLanes
    let rowLanes = (size * pixelLanes + 31) / 32 * 32
    var rows = [UInt32](repeating: 0, count: ((height + 1) / 2 + 16) * rowLanes)
    var cells = [UInt32](repeating: 0, count: ((width + 1) / 2) * ImagingResampling.lanes)
    let pairs = across.table.pairs(outputs: size)
    for first in stride(from: 0, to: height, by: group) {
      let count = min(group, height - first)
      image.withUnsafeBufferPointer { image in
        let source = image.baseAddress! + first * width * channels
        (channels == 3 ? ImagingResampling.packColor : ImagingResampling.packGrey)(
          source, width * channels, count, width, pairs, &cells)
      }
      rows.withUnsafeMutableBufferPointer { rows in
        (channels == 3 ? ImagingResampling.horizontalColor : ImagingResampling.horizontalGrey)(
          cells, across.table, size, (count + 1) / 2, rows.baseAddress! + first / 2 * rowLanes, rowLanes)
      }
    }
    var result = [UInt8]()
    for y in 0..<size {
      var row = [UInt8](repeating: 0, count: rowLanes)
      ImagingResampling.vertical(rows, rowLanes: rowLanes, down.table, output: y, into: &row)
      if channels == 1 {
        result += row.prefix(size)
      } else {
        var (red, green, blue) = (row, row, row)
        ImagingResampling.separate(row, count: size, red: &red, green: &green, blue: &blue)
        result += (0..<size).flatMap { [red[$0], green[$0], blue[$0]] }
      }
    }
    return result
  }

  func testBoxFilterAgainstPlainLoops() {
    for (width, height) in [(1, 1), (17, 9), (40, 33)] {
      for radius: Float in [0.3, 1.7, 2.5, 9.1] {
        let filter = ImagingBoxFilter(radius: radius)
        let pitch = (width + 15) / 16 * 16
        let image = bytes(height * pitch)
        let size = max(pitch, height)
        let capacity = ImagingBoxFilter.lineCapacity(size: size, largestRadius: Int(radius) + 1)
        var (first, second) = ([Int16](repeating: 0, count: capacity), [Int16](repeating: 0, count: capacity))
        var (rows, columns) = (image, image)
        first.withUnsafeMutableBufferPointer { first in
          second.withUnsafeMutableBufferPointer { second in
            let both = (first.baseAddress!, second.baseAddress!)
            for y in stride(from: 0, to: height, by: ImagingBoxFilter.rowsAtOnce) {
              rows.withUnsafeMutableBufferPointer {
                filter.alongRows(
                  $0.baseAddress! + y * pitch, count: min(ImagingBoxFilter.rowsAtOnce, height - y), width: width,
                  stride: pitch, lines: both)
              }
            }
            for x in stride(from: 0, to: width, by: ImagingBoxFilter.lanes) {
              columns.withUnsafeMutableBufferPointer {
                filter.alongColumns($0.baseAddress! + x, height: height, stride: pitch, lines: both)
              }
            }
          }
        }
        for y in 0..<height {
          let line = plainBox((0..<width).map { image[y * pitch + $0] }, radius)
          XCTAssertEqual((0..<width).map { rows[y * pitch + $0] }, line, "row \(y), radius \(radius)")
        }
        for x in 0..<width {
          let line = plainBox((0..<height).map { image[$0 * pitch + x] }, radius)
          XCTAssertEqual((0..<height).map { columns[$0 * pitch + x] }, line, "column \(x), radius \(radius)")
        }
      }
    }
  }

  /// Pillow's arithmetic: 24-bit weights, each of the three passes rounded.
  private func plainBox(_ line: [UInt8], _ radius: Float) -> [UInt8] {
    let reach = Int(radius)
    let weight = Int(0x1p24 / (radius * 2 + 1))
    let edge = ((1 << 24) - (2 * reach + 1) * weight) / 2
    func pixel(_ line: [Int], _ place: Int) -> Int { line[min(max(place, 0), line.count - 1)] }
    var values = line.map(Int.init)
    for _ in 0..<ImagingBoxFilter.passes {
      values = values.indices.map { x in
        let inside = (x - reach...x + reach).reduce(0) { $0 + pixel(values, $1) }
        return (inside * weight + (pixel(values, x - reach - 1) + pixel(values, x + reach + 1)) * edge + (1 << 23)) >> 24
      }
    }
    return values.map { UInt8($0) }
  }

  func testPointOperations() {
    let count = 301
    let planes = (1...3).map { bytes(count, seed: $0) }
    for factor: Float in [0, 0.4, 1, 1.7] {
      func blended(_ from: UInt8, _ value: UInt8) -> UInt8 {
        UInt8(min(max(Float(from) + factor * (Float(value) - Float(from)), 0), 255))
      }
      var plane = planes[0]
      ImagingColor.blend(&plane, from: 77, factor: factor, count: count)
      XCTAssertEqual(plane, planes[0].map { blended(77, $0) })
      var (r, g, b) = (planes[0], planes[1], planes[2])
      ImagingColor.saturate(&r, &g, &b, factor: factor, count: count)
      for i in 0..<count {
        let grey = luma(planes, i)
        XCTAssertEqual([r[i], g[i], b[i]], planes.map { blended(grey, $0[i]) })
      }
    }
    var grey = [UInt8](repeating: 0, count: count)
    ImagingColor.grey(planes[0], planes[1], planes[2], into: &grey, count: count)
    XCTAssertEqual(grey, (0..<count).map { luma(planes, $0) })
    XCTAssertEqual(ImagingColor.sum(planes[0], count: count), planes[0].reduce(0) { $0 + Int($1) })
    var plane = planes[0]
    ImagingColor.solarize(&plane, threshold: 100, count: count)
    XCTAssertEqual(plane, planes[0].map { $0 < 100 ? $0 : 255 - $0 })
    let tables = numbers(3 * 256)
    var one = unwritten(count)
    ImagingColor.normalize(planes[0], table: tables, into: &one, count: count)
    XCTAssertEqual(one, planes[0].map { tables[Int($0)] })
    var three = unwritten(3 * count)
    ImagingColor.normalize(planes[0], planes[1], planes[2], tables: tables, into: &three, count: count)
    XCTAssertEqual(three, (0..<3 * count).map { tables[256 * ($0 % 3) + Int(planes[$0 % 3][$0 / 3])] })
  }

  private func luma(_ planes: [[UInt8]], _ i: Int) -> UInt8 {
    let sum = zip(planes, [19595, 38470, 7471]).reduce(0x8000) { $0 + Int($1.0[i]) * $1.1 }
    return UInt8(sum >> 16)
  }

  /// Turning by a third of the circle takes red to green; greys stay, and the value of a colour does.
  func testHue() {
    var planes = [bytes(999, seed: 1), bytes(999, seed: 2), bytes(999, seed: 3)]
    planes[0][0] = 255
    (planes[1][0], planes[2][0]) = (0, 0)
    (planes[0][1], planes[1][1], planes[2][1]) = (90, 90, 90)
    var (r, g, b) = (planes[0], planes[1], planes[2])
    ImagingHue.rotate(&r, &g, &b, by: 85, count: 999)
    XCTAssertEqual([r[0], g[0], b[0]], [0, 255, 0])
    XCTAssertEqual([r[1], g[1], b[1]], [90, 90, 90])
    for i in 0..<999 {
      XCTAssertEqual(max(r[i], g[i], b[i]), max(planes[0][i], planes[1][i], planes[2][i]))
    }
  }

  /// A table with memory of its own.
  private final class Table {
    private(set) var table: ResamplingTable

    init(_ filter: ResamplingFilter, inputs: Int, outputs: Int) {
      let capacity = filter.capacity(scale: Double(inputs) / Double(outputs))
      table = ResamplingTable(
        first: .allocate(capacity: outputs), length: .allocate(capacity: outputs),
        coefficients: .allocate(capacity: outputs * capacity), capacity: capacity)
      var weights = [Double](repeating: .nan, count: 2 * capacity)
      table.fill(
        filter: filter, inputs: inputs, outputs: outputs, window: 0..<outputs, mirrored: false, weights: &weights)
    }

    deinit {
      table.first.deallocate()
      table.length.deallocate()
      table.coefficients.deallocate()
    }

    func taps(_ output: Int) -> [(pixel: Int, weight: Int)] {
      (0..<2 * Int(table.length[output])).map { tap in
        let pair = table.coefficients[output * table.capacity + tap / 2]
        let half = tap % 2 == 0 ? pair & 0xffff : pair >> 16
        return (2 * Int(table.first[output]) + tap, Int(Int16(truncatingIfNeeded: half)))
      }
    }

    func weighted(_ output: Int, _ pixel: (Int) -> UInt8) -> UInt8 {
      let sum = taps(output).filter { $0.weight != 0 }.reduce(1 << (Int(table.precision) - 1)) {
        $0 + $1.weight * Int(pixel($1.pixel))
      }
      return UInt8(min(max(sum >> Int(table.precision), 0), 255))
    }
  }
}
