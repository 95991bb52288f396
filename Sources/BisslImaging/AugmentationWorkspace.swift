import BisslCore
import BisslKernels

/// Where the buffers of an `AugmentationWorkspace` lie in one block of memory; proved once per call not to overflow.
struct AugmentationWorkspaceLayout {
  /// Bytes of a row of a plane, a multiple of what the kernels process at once.
  let stride: Int
  /// Numbers of a row between the two passes of a resize, a multiple of what the kernels process at once.
  let rowLanes: Int
  let pairCapacity: (vertical: Int, horizontal: Int)
  /// Of the output, pixels.
  let height, width: Int
  let channels: Int
  let planes, spare, cells, rows, pixelRow, lines, weights: Int
  /// Numbers in each of the two lines of a blur.
  let lineCapacity: Int
  let vertical, horizontal: (first: Int, length: Int, coefficients: Int)
  let byteCount: Int

  /// `image`: height and width of the images that are read.
  init(image: (height: Int, width: Int), channels: Int, recipe: AugmentationRecipe) throws {
    let (height, width) = recipe.outputSize(height: image.height, width: image.width)
    (self.height, self.width) = (height, width)
    self.channels = channels
    stride = AugmentationWorkspaceLayout.padded(width)
    rowLanes = AugmentationWorkspaceLayout.padded(ImagingResampling.pixelLanes(channels: channels) * width)
    let filter = recipe.filter
    pairCapacity = (
      filter.capacity(scale: Double(image.height) / Double(height)),
      filter.capacity(scale: Double(image.width) / Double(width))
    )
    var end = 0
    func reserve(_ dimensions: Int..., bytes: Int = 1) throws -> Int {
      let start = end
      end = try Shape([start + (try Shape(dimensions + [bytes])).count + 63]).count / 64 * 64
      return start
    }
    planes = try reserve(channels, height, stride)
    spare = try reserve(height, stride)
    cells = try reserve((image.width + 1) / 2, ImagingResampling.lanes, bytes: 4)
    rows = try reserve((image.height + 1) / 2, rowLanes, bytes: 4)
    pixelRow = try reserve(rowLanes)
    lineCapacity = ImagingBoxFilter.lineCapacity(size: max(height, width), largestRadius: GaussianBlur.largestRadius)
    lines = try reserve(2, lineCapacity, bytes: 2)
    weights = try reserve(max(pairCapacity.vertical, pairCapacity.horizontal), 2, bytes: 8)
    vertical = (
      try reserve(height, bytes: 4), try reserve(height, bytes: 4), try reserve(height, pairCapacity.vertical, bytes: 4)
    )
    horizontal = (
      try reserve(width, bytes: 4), try reserve(width, bytes: 4), try reserve(width, pairCapacity.horizontal, bytes: 4)
    )
    byteCount = end
  }

  private static func padded(_ count: Int) -> Int { (count + 31) / 32 * 32 }
}

/// The buffers in which one thread augments images, one after the other. Images are planes of bytes here, one per
/// channel, whose rows are padded; padding holds arbitrary bytes.
struct AugmentationWorkspace {
  let layout: AugmentationWorkspaceLayout
  let vertical: ResamplingTable
  let horizontal: ResamplingTable
  private let base: UnsafeMutableRawPointer

  /// In the calling thread's scratch memory: it holds until this thread makes another one.
  init(_ layout: AugmentationWorkspaceLayout) throws {
    let base = try ScratchMemory.take(layout.byteCount, for: "augmentation to \(layout.height)×\(layout.width) pixels")
    func table(_ at: (first: Int, length: Int, coefficients: Int), _ capacity: Int) -> ResamplingTable {
      ResamplingTable(
        first: (base + at.first).assumingMemoryBound(to: Int32.self),
        length: (base + at.length).assumingMemoryBound(to: Int32.self),
        coefficients: (base + at.coefficients).assumingMemoryBound(to: UInt32.self), capacity: capacity)
    }
    vertical = table(layout.vertical, layout.pairCapacity.vertical)
    horizontal = table(layout.horizontal, layout.pairCapacity.horizontal)
    self.base = base
    self.layout = layout
  }

  /// Of the output, pixels.
  var height: Int { layout.height }
  var width: Int { layout.width }
  var channels: Int { layout.channels }
  var stride: Int { layout.stride }
  /// Bytes of one plane, padding included.
  var planeBytes: Int { layout.height * layout.stride }

  func plane(_ channel: Int) -> UnsafeMutablePointer<UInt8> { bytes(layout.planes + channel * planeBytes) }
  /// One more plane, for intermediate results.
  var spare: UnsafeMutablePointer<UInt8> { bytes(layout.spare) }
  var cells: UnsafeMutablePointer<UInt32> { at(layout.cells).assumingMemoryBound(to: UInt32.self) }
  var rows: UnsafeMutablePointer<UInt32> { at(layout.rows).assumingMemoryBound(to: UInt32.self) }
  var pixelRow: UnsafeMutablePointer<UInt8> { bytes(layout.pixelRow) }
  var lines: (ImagingBoxFilter.Lines, ImagingBoxFilter.Lines) {
    let first = at(layout.lines).assumingMemoryBound(to: Int16.self)
    return (first, first + layout.lineCapacity)
  }
  var weights: UnsafeMutablePointer<Double> { at(layout.weights).assumingMemoryBound(to: Double.self) }

  private func at(_ offset: Int) -> UnsafeMutableRawPointer { base + offset }

  private func bytes(_ offset: Int) -> UnsafeMutablePointer<UInt8> {
    at(offset).assumingMemoryBound(to: UInt8.self)
  }
}
