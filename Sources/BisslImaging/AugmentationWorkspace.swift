import BisslCore

/// Where the buffers of an `AugmentationWorkspace` lie in one block of memory; proved once per batch not to overflow.
struct AugmentationWorkspaceLayout {
  /// Bytes of a row of a plane, a multiple of what the kernels process at once.
  let stride: Int
  /// Bytes of a row between the two passes of a resize: RGB0 pixels or grey bytes.
  let rowBytes: Int
  let tapCapacity: (vertical: Int, horizontal: Int)
  let size: Int
  let channels: Int
  let planes, spare, cells, rows, pixelRow, line, sums, weights: Int
  let vertical, horizontal: (first: Int, length: Int, coefficients: Int)
  let byteCount: Int

  init(height: Int, width: Int, channels: Int, recipe: AugmentationRecipe) throws {
    let size = recipe.size
    self.size = size
    self.channels = channels
    stride = AugmentationWorkspaceLayout.padded(size)
    rowBytes = channels == 3 ? AugmentationWorkspaceLayout.padded(4 * size) : stride
    let filter = recipe.filter
    tapCapacity = (
      filter.capacity(scale: Double(height) / Double(size)), filter.capacity(scale: Double(width) / Double(size))
    )
    var end = 0
    func reserve(_ dimensions: Int..., bytes: Int = 1) throws -> Int {
      let start = end
      end = try Shape([start + (try Shape(dimensions + [bytes])).count + 63]).count / 64 * 64
      return start
    }
    planes = try reserve(channels, size, stride)
    spare = try reserve(size, stride)
    cells = try reserve(width, ImagingResampling.lanes)
    rows = try reserve(height, rowBytes)
    pixelRow = try reserve(rowBytes)
    line = try reserve(size + 2 * (GaussianBlur.largestRadius + 1))
    sums = try reserve(stride, bytes: 2)
    weights = try reserve(max(tapCapacity.vertical, tapCapacity.horizontal), bytes: 8)
    vertical = (
      try reserve(size, bytes: 4), try reserve(size, bytes: 4), try reserve(size, tapCapacity.vertical, bytes: 4)
    )
    horizontal = (
      try reserve(size, bytes: 4), try reserve(size, bytes: 4), try reserve(size, tapCapacity.horizontal, bytes: 4)
    )
    byteCount = end
  }

  private static func padded(_ count: Int) -> Int { (count + 15) / 16 * 16 }
}

/// The buffers in which one thread augments images, one after the other. Images are planes of bytes here, one per
/// channel, whose rows are padded; padding holds arbitrary bytes.
struct AugmentationWorkspace {
  let layout: AugmentationWorkspaceLayout
  let vertical: ResamplingTable
  let horizontal: ResamplingTable
  private let storage: Storage

  init(_ layout: AugmentationWorkspaceLayout) throws {
    self.layout = layout
    let storage = try Storage(
      count: layout.byteCount / MemoryLayout<Scalar>.stride + 1, for: "augmentation to size \(layout.size)")
    func table(_ at: (first: Int, length: Int, coefficients: Int), _ capacity: Int) -> ResamplingTable {
      func numbers(_ offset: Int) -> UnsafeMutablePointer<Int32> {
        (UnsafeMutableRawPointer(storage.pointer) + offset).assumingMemoryBound(to: Int32.self)
      }
      return ResamplingTable(
        first: numbers(at.first), length: numbers(at.length), coefficients: numbers(at.coefficients),
        capacity: capacity)
    }
    vertical = table(layout.vertical, layout.tapCapacity.vertical)
    horizontal = table(layout.horizontal, layout.tapCapacity.horizontal)
    self.storage = storage
  }

  var size: Int { layout.size }
  var channels: Int { layout.channels }
  var stride: Int { layout.stride }
  /// Bytes of one plane, padding included.
  var planeBytes: Int { layout.size * layout.stride }

  func plane(_ channel: Int) -> UnsafeMutablePointer<UInt8> { bytes(layout.planes + channel * planeBytes) }
  /// One more plane, for intermediate results.
  var spare: UnsafeMutablePointer<UInt8> { bytes(layout.spare) }
  var cells: UnsafeMutablePointer<UInt8> { bytes(layout.cells) }
  var rows: UnsafeMutablePointer<UInt8> { bytes(layout.rows) }
  var pixelRow: UnsafeMutablePointer<UInt8> { bytes(layout.pixelRow) }
  var line: UnsafeMutablePointer<UInt8> { bytes(layout.line) }
  var sums: UnsafeMutablePointer<UInt16> { at(layout.sums).assumingMemoryBound(to: UInt16.self) }
  var weights: UnsafeMutablePointer<Double> { at(layout.weights).assumingMemoryBound(to: Double.self) }

  private func at(_ offset: Int) -> UnsafeMutableRawPointer { UnsafeMutableRawPointer(storage.pointer) + offset }

  private func bytes(_ offset: Int) -> UnsafeMutablePointer<UInt8> {
    at(offset).assumingMemoryBound(to: UInt8.self)
  }
}
