import BisslCore
import BisslKernels
import XCTest

let isDouble = MemoryLayout<Scalar>.size == 8

/// Runs `body` as a call from outside does.
func engine<Result>(_ body: () throws -> Result) throws -> Result { try Engine.enter(body) }

func withThreads<Result>(_ count: Int, _ body: () throws -> Result) rethrows -> Result {
  let before = ThreadPool.shared.threadCount
  ThreadPool.shared.threadCount = count
  defer { ThreadPool.shared.threadCount = before }
  return try body()
}

func normal(_ shape: Shape, _ random: inout Random) throws -> Tensor {
  try Tensor((0..<shape.count).map { _ in Scalar(random.normal()) }, shape)
}

func tensor(_ values: [Scalar], _ dimensions: Int...) throws -> Tensor { try Tensor(values, Shape(dimensions)) }

func inner(_ a: Tensor?, _ b: Tensor?) -> Double {
  guard let a, let b else { return 0 }
  return zip(a.array, b.array).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}

func norm(_ a: Tensor?) -> Double { inner(a, a).squareRoot() }

/// x + step·direction
func moving(_ x: Tensor, along direction: Tensor?, by step: Scalar) throws -> Tensor {
  guard let direction else { return x }
  return try Tensor(zip(x.array, direction.array).map { $0 + step * $1 }, x.shape)
}

/// (above − below)/(2·step)
func quotient(_ above: Tensor?, _ below: Tensor?, _ step: Scalar) throws -> Tensor? {
  guard let above, let below else { return nil }
  return try Tensor(zip(above.array, below.array).map { ($0 - $1) / (2 * step) }, above.shape)
}

/// ‖a − b‖ within `tolerance` of the greatest of ‖a‖, ‖b‖ and `scale`; nil is zero.
func assertClose(
  _ a: Tensor?, _ b: Tensor?, within tolerance: Double, scale: Double = 0, _ message: String,
  file: StaticString = #filePath, line: UInt = #line
) {
  if let a, let b { XCTAssertEqual(a.shape, b.shape, message, file: file, line: line) }
  let difference: Double
  switch (a, b) {
  case (let a?, let b?):
    difference = zip(a.array, b.array).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
      .squareRoot()
  default: difference = norm(a ?? b)
  }
  let allowed = tolerance * max(norm(a), norm(b), scale)
  // A NaN fails.
  XCTAssertTrue(difference <= allowed, "\(message): off by \(difference), allowed \(allowed)", file: file, line: line)
}

/// `expression` throws an `EngineError` whose message matches the regular expression `pattern`.
func assertThrows<Result>(
  _ expression: @autoclosure () throws -> Result, _ pattern: String, file: StaticString = #filePath, line: UInt = #line
) {
  XCTAssertThrowsError(try expression(), file: file, line: line) { error in
    let message = (error as? EngineError)?.message ?? "\(error)"
    XCTAssertNotNil(
      message.range(of: pattern, options: .regularExpression), "\"\(message)\" does not match \"\(pattern)\"",
      file: file, line: line)
  }
}
