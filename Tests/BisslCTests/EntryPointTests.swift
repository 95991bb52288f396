import BisslC
import BisslCore
import BisslKernels
import CBissl
import Glibc
import XCTest

/// The boundary as C sees it: statuses, messages, handles.
final class EntryPointTests: XCTestCase {
  private func message(_ error: bissl_error) -> String {
    withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// Status and message of a call.
  private func status(_ call: (UnsafeMutablePointer<bissl_error>) -> Int32) -> (Int32, String) {
    var error = bissl_error()
    let status = call(&error)
    return (status, message(error))
  }

  private func makeNetwork() throws -> bissl_handle {
    var module: bissl_handle?
    let (code, text) = status { makeResNet(block: "basic", &module, $0) }
    XCTAssertEqual(code, 0, text)
    return try XCTUnwrap(module)
  }

  /// A ResNet of one block, by its settings.
  private func makeResNet(
    block: String, _ module: inout bissl_handle?, _ error: UnsafeMutablePointer<bissl_error>
  ) -> Int32 {
    let texts = ["block": block, "stem": "small", "activation": "relu"]
    let names = texts.keys.sorted() + ["layers", "widths"]
    let words = names.map { texts[$0].map { strdup($0) } ?? nil }
    let labels = names.map { strdup($0) }
    defer { for text in words + labels { free(text) } }
    let lengths: [Int64] = [0, 0, 0, 1, 1]
    let numbers: [Double] = [1, 4]
    return labels.map { UnsafePointer($0) }.withUnsafeBufferPointer { labels in
      words.map { UnsafePointer($0) }.withUnsafeBufferPointer { words in
        lengths.withUnsafeBufferPointer { lengths in
          numbers.withUnsafeBufferPointer { numbers in
            let settings = bissl_settings(
              names: labels.baseAddress, lengths: lengths.baseAddress, values: numbers.baseAddress,
              texts: words.baseAddress, count: Int64(names.count))
            return moduleCreate("resnet", settings, 0, &module, error)
          }
        }
      }
    }
  }

  private func array(_ values: UnsafeRawPointer?, _ dtype: bissl_dtype, _ shape: [Int64]) -> bissl_array {
    var result = bissl_array()
    result.data = values
    result.dtype = Int32(dtype.rawValue)
    result.rank = Int32(shape.count)
    withUnsafeMutableBytes(of: &result.shape) { bytes in
      for (axis, extent) in shape.enumerated() { bytes.storeBytes(of: extent, toByteOffset: 8 * axis, as: Int64.self) }
    }
    return result
  }

  func testFeaturesOfAnArrayInEitherPrecision() throws {
    let module = try makeNetwork()
    defer { handleRelease(module) }
    let single: [Float] = (0..<120).map { Float($0 % 7) - 3 }
    let double: [Double] = single.map { Double($0) }
    let shape: [Int64] = [2, 5, 4, 3]
    let first = try single.withUnsafeBytes { try features(module, array($0.baseAddress, BISSL_FLOAT32, shape)) }
    let second = try double.withUnsafeBytes { try features(module, array($0.baseAddress, BISSL_FLOAT64, shape)) }
    XCTAssertEqual(first.count, 8)
    XCTAssertEqual(first, second)
  }

  private func features(_ module: bissl_handle, _ images: bissl_array) throws -> [Scalar] {
    var vector: bissl_handle?
    let (code, text) = status { moduleApply(module, images, &vector, $0) }
    XCTAssertEqual(code, 0, text)
    defer { handleRelease(vector) }
    var data: UnsafeMutableRawPointer?
    var count: Int64 = 0
    XCTAssertEqual(status { vectorData(vector, &data, &count, $0) }.0, 0)
    let values = try XCTUnwrap(data).assumingMemoryBound(to: Scalar.self)
    return Array(UnsafeBufferPointer(start: values, count: Int(count)))
  }

  func testWrongHandlesAreTypeErrors() throws {
    let module = try makeNetwork()
    defer { handleRelease(module) }
    var loss = 0.0
    let (code, text) = status { evaluationLoss(module, &loss, $0) }
    XCTAssertEqual(code, Int32(BISSL_TYPE_ERROR.rawValue))
    XCTAssertEqual(text, "evaluation: expected an evaluation, got a module")
    XCTAssertEqual(status { evaluationLoss(nil, &loss, $0) }.1, "evaluation: expected an evaluation, got nothing")
  }

  func testHostileArraysAreErrors() throws {
    let module = try makeNetwork()
    defer { handleRelease(module) }
    var vector: bissl_handle?
    let hostile: [(bissl_array, String)] = [
      (array(nil, BISSL_FLOAT32, [2, 5, 4, 3]), "without memory"),
      (array(nil, BISSL_FLOAT32, [Int64.max, 5, 4, 3]), "overflows"),
      (array(nil, BISSL_FLOAT32, [-1, 5, 4, 3]), "negative"),
      (array(nil, BISSL_UINT8, [0, 5, 4, 3]), "bissl.data.normalize"),
    ]
    for (array, expected) in hostile {
      let (code, text) = status { moduleApply(module, array, &vector, $0) }
      XCTAssertNotEqual(code, 0)
      XCTAssertTrue(text.contains(expected), text)
    }
    XCTAssertNil(vector, "outputs stay untouched")
  }

  func testUnknownChoicesNameTheValidOnes() {
    var module: bissl_handle?
    let (code, text) = status { makeResNet(block: "wide", &module, $0) }
    XCTAssertEqual(code, Int32(BISSL_VALUE_ERROR.rawValue))
    XCTAssertEqual(text, "block: expected one of 'basic', 'bottleneck', got 'wide'")
  }

  func testLongMessagesAreCut() {
    let name = String(repeating: "x", count: 5000)
    var module: bissl_handle?
    let (_, text) = status { makeResNet(block: name, &module, $0) }
    XCTAssertEqual(text.utf8.count, Int(BISSL_MESSAGE_SIZE) - 1)
  }

  func testDescriptionIsJSON() throws {
    var handle: bissl_handle?
    XCTAssertEqual(status { engineDescribe(&handle, $0) }.0, 0)
    var data: UnsafePointer<CChar>?
    var count: Int64 = 0
    XCTAssertEqual(status { textData(handle, &data, &count, $0) }.0, 0)
    let bytes = UnsafeRawBufferPointer(start: data, count: Int(count))
    let object = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    XCTAssertLessThan(try XCTUnwrap(object["blas_error"] as? Double), 1e-4)
    handleRelease(handle)
  }
}
