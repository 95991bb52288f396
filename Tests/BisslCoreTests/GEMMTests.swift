import BisslKernels
import Foundation
import XCTest

@testable import BisslCore

/// Every backend against OpenBLAS over the same operands, on extents that fill no block, one and several.
final class GEMMTests: XCTestCase {
  private var allocated: [Destination] = []

  override func tearDown() {
    for memory in allocated { memory.deallocate() }
    allocated = []
  }

  private struct Extents {
    let rows, columns, depth: Int
  }

  private let cases = [
    Extents(rows: 1, columns: 1, depth: 1), Extents(rows: 6, columns: 64, depth: 32),
    Extents(rows: 7, columns: 5, depth: 3), Extents(rows: 33, columns: 65, depth: 129),
    Extents(rows: 96, columns: 130, depth: 65), Extents(rows: 301, columns: 33, depth: 40),
    Extents(rows: 37, columns: 95, depth: 520),
  ]

  private var backends: [any GEMMBackend] {
    GEMM.backends.filter { $0.layout == .full || BF16x2GEMM.isGranted } + [OpenBLASGEMM()]
  }

  func testProductsOfRowsAndPackedB() throws {
    try forEachCase { gemm, shape, random, label in
      let (m, n, k) = (shape.rows, shape.columns, shape.depth)
      for isTransposed in [false, true] {
        let w = values(k * n, &random)
        let b = try packedB(gemm, w, depth: k, columns: n, isTransposed: isTransposed)
        for isExact in [false, true] {
          let (height, ldc) = isExact ? (m, n + 3) : (gemm.paddedRows(m), GEMM.rowStride(n))
          let (a, bias) = (values(height * (k + 2), &random), values(n, &random))
          for accumulate in [false, true] {
            let c = memory(height * ldc)
            try multiply(
              gemm, shape, .rows(a, lda: k + 2, packedB: b, isExact: isExact), accumulate,
              isExact ? .bias(bias) : .none, c, ldc)
            check(gemm, Source(c), ldc, shape, label) { i, j in
              (accumulate ? 0.5 : 0) + (isExact ? Double(bias[j]) : 0)
                + sum(k) { Double(a[i * (k + 2) + $0]) * Double(isTransposed ? w[j * k + $0] : w[$0 * n + j]) }
            }
            if isExact {
              for i in 0..<m { XCTAssertEqual(c[i * ldc + n], 0.5, "\(label): writes beyond its columns") }
            }
          }
        }
      }
    }
  }

  func testTransposedProductsPackedAndNot() throws {
    try forEachCase { gemm, shape, random, label in
      let (m, n, k) = (shape.rows, shape.columns, shape.depth)
      let (lda, ldb, ldc) = (GEMM.rowStride(m), GEMM.rowStride(n), GEMM.rowStride(n))
      let (a, b) = (values(k * lda, &random), values(k * ldb, &random))
      let packedA = memory(try gemm.packedA(depth: k, rows: m).count(for: "A"))
      let packedB = memory(try gemm.packedB(depth: k, columns: n).count(for: "B"))
      // In two parts, as rows are made.
      for start in stride(from: 0, to: k, by: 32) {
        let rows = min(32, k - start)
        gemm.packRowsOfA(
          a + start * lda, lda: lda, rows: rows, columns: m, at: start, of: k, into: packedA)
        gemm.packRowsOfB(
          b + start * ldb, ldb: ldb, rows: rows, columns: n, at: start, of: k, into: packedB)
      }
      for operands in [GEMMOperands.packed(packedA, packedB), .transposed(a, lda: lda, b, ldb: ldb)] {
        for accumulate in [false, true] {
          let c = memory(gemm.paddedRows(m) * ldc)
          try multiply(gemm, shape, operands, accumulate, .none, c, ldc)
          check(gemm, Source(c), ldc, shape, label) { i, j in
            (accumulate ? 0.5 : 0) + sum(k) { Double(a[$0 * lda + i]) * Double(b[$0 * ldb + j]) }
          }
        }
      }
    }
  }

  func testPackingInPlaceGivesWhatPackingGives() throws {
    for gemm in backends {
      let (depth, columns) = (65, GEMM.blockColumns)
      var random = Random(key: 5, stream: 0)
      let w = values(depth * columns, &random)
      let packed = try packedB(gemm, w, depth: depth, columns: columns, isTransposed: false)
      let block = memory(gemm.paddedDepth(depth) * columns)
      block.update(from: w, count: depth * columns)
      gemm.packInPlace(block, rows: 0..<64)
      gemm.packInPlace(block, rows: 64..<depth)
      let bytes = gemm.paddedDepth(depth) * columns * MemoryLayout<Scalar>.stride
      XCTAssertEqual(memcmp(block, packed, bytes), 0, "\(type(of: gemm))")
    }
  }

  func testSizesThatOverflowAreRefused() throws {
    let large = Elements(1 << 40)
    XCTAssertEqual(try (Elements(3) * 5 + 7).count(for: "a test"), 22)
    for elements in [large * large, large * large * 0, Elements(.max) + 1, Elements(-1), .max(large * large, 1)] {
      XCTAssertThrowsError(try elements.count(for: "a test")) { error in
        XCTAssertEqual((error as? EngineError)?.kind, .memory)
        XCTAssertTrue("\(error)".hasPrefix("a test needs more memory than a process can address"), "\(error)")
      }
    }
  }

  // MARK: Helpers

  private func forEachCase(
    _ body: (any GEMMBackend, GEMMShape, inout Random, _ label: String) throws -> Void
  ) throws {
    for gemm in backends {
      for item in cases {
        var random = Random(key: 11, stream: 0)
        let shape = GEMMShape(rows: item.rows, columns: item.columns, depth: item.depth)
        try body(gemm, shape, &random, "\(type(of: gemm)), \(item)")
      }
    }
  }

  /// Until the end of the test, 0.5 each, with room for the whole blocks that products may read or write.
  private func memory(_ count: Int) -> Destination {
    let memory = Destination.allocate(capacity: count + 4096)
    memory.initialize(repeating: 0.5, count: count + 4096)
    allocated.append(memory)
    return memory
  }

  private func values(_ count: Int, _ random: inout Random) -> Source {
    let values = memory(count)
    for index in 0..<count { values[index] = Scalar(random.normal()) }
    return Source(values)
  }

  private func sum(_ count: Int, _ term: (Int) -> Double) -> Double { (0..<count).reduce(0) { $0 + term($1) } }

  private func packedB(
    _ gemm: any GEMMBackend, _ w: Source, depth: Int, columns: Int, isTransposed: Bool
  ) throws -> Source {
    let packed = memory(try gemm.packedB(depth: depth, columns: columns).count(for: "B"))
    for first in stride(from: 0, to: columns, by: GEMM.blockColumns) {
      gemm.packB(
        w, ldb: isTransposed ? depth : columns, depth: depth, columns: columns, isTransposed: isTransposed,
        block: first, into: packed + first * gemm.paddedDepth(depth))
    }
    return Source(packed)
  }

  private func multiply(
    _ gemm: any GEMMBackend, _ shape: GEMMShape, _ operands: GEMMOperands, _ accumulate: Bool, _ epilogue: Epilogue,
    _ c: Destination, _ ldc: Int
  ) throws {
    let workspace = gemm.workspace(depth: shape.depth, rows: shape.rows, columns: shape.columns)
    gemm.begin()
    gemm.multiply(
      shape, operands, accumulate: accumulate, epilogue: epilogue, into: c, ldc: ldc,
      workspace: memory(try workspace.count(for: "a test")))
    gemm.end()
  }

  private func check(
    _ gemm: any GEMMBackend, _ c: Source, _ ldc: Int, _ shape: GEMMShape, _ label: String,
    _ expected: (Int, Int) -> Double
  ) {
    let tolerance = MemoryLayout<Scalar>.size == 8 ? 1e-12 : (gemm.layout == .full ? 1e-4 : 1e-3)
    for i in 0..<shape.rows {
      for j in 0..<shape.columns {
        let error = abs(Double(c[i * ldc + j]) - expected(i, j))
        if !(error <= tolerance * Double(shape.depth + 1).squareRoot()) {
          return XCTFail("\(label): c[\(i)][\(j)] is off by \(error)")
        }
      }
    }
  }
}
