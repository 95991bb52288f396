import CBissl

/// Separable antialiased resampling as Pillow does it: the horizontal pass first, the result of each of the two passes
/// rounded to 8 bits. (Pillow from version 13 on takes the vertical pass first where it reduces much more.) The
/// coefficients have 16 bits against Pillow's 24, which moves a pixel in a few hundred by one grey level.
///
/// Both passes multiply pairs of neighbouring taps: of columns in the horizontal pass, whose input is packed into cells
/// of two pixels of several rows; of rows in the vertical pass, whose input the horizontal one writes as rows of pairs.
public enum ImagingResampling {
  /// Of a cell, each a pair of 16-bit numbers; those of even rows come before those of odd rows.
  public static let lanes = 32

  /// Lanes of a pixel: red, green, blue and one that does not count, or grey.
  @inline(__always)
  public static func pixelLanes(channels: Int) -> Int { channels == 3 ? 4 : 1 }

  // MARK: Horizontal pass

  /// Packs columns 2p and 2p + 1 of up to eight RGB rows into cell p, for all p in `pairs`, reading no further.
  public static func packColor(
    _ rows: UnsafePointer<UInt8>, rowBytes: Int, rowCount: Int, width: Int, pairs: Range<Int>,
    into cells: UnsafeMutablePointer<UInt32>
  ) {
    // Eight bytes are read for the six of two pixels, which at the end of a row may not exist.
    let safe = max(pairs.lowerBound, min(pairs.upperBound, (3 * width - 2) / 6))
    for row in 0..<rowCount {
      let source = UnsafeRawPointer(rows + row * rowBytes)
      let target = UnsafeMutableRawPointer(cells + lane(row: row, pixelLanes: 4))
      for pair in pairs.lowerBound..<safe {
        let pixels = source.loadUnaligned(fromByteOffset: 6 * pair, as: SIMD8<UInt8>.self)
        target.storeBytes(of: bissl_color_pair(pixels), toByteOffset: 4 * lanes * pair, as: SIMD8<Int16>.self)
      }
      for pair in safe..<pairs.upperBound {
        let pixels = firstBytes(rows + row * rowBytes + 6 * pair, count: min(6, 3 * width - 6 * pair))
        target.storeBytes(of: bissl_color_pair(pixels), toByteOffset: 4 * lanes * pair, as: SIMD8<Int16>.self)
      }
    }
  }

  @inline(__always)
  private static func firstBytes(_ bytes: UnsafePointer<UInt8>, count: Int) -> SIMD8<UInt8> {
    var word: UInt64 = 0
    for byte in 0..<count { word |= UInt64(bytes[byte]) &<< UInt64(8 * byte) }
    return unsafeBitCast(word.littleEndian, to: SIMD8<UInt8>.self)
  }

  /// Packs columns 2p and 2p + 1 of up to 32 grey rows into cell p, for all p in `pairs`.
  public static func packGrey(
    _ rows: UnsafePointer<UInt8>, rowBytes: Int, rowCount: Int, width: Int, pairs: Range<Int>,
    into cells: UnsafeMutablePointer<UInt32>
  ) {
    for row in 0..<rowCount {
      let source = rows + row * rowBytes
      let target = cells + lane(row: row, pixelLanes: 1)
      for pair in pairs {
        let second = 2 * pair + 1 < width ? UInt32(source[2 * pair + 1]) : 0
        target[lanes * pair] = UInt32(source[2 * pair]) | second &<< 16
      }
    }
  }

  @inline(__always)
  private static func lane(row: Int, pixelLanes: Int) -> Int { row % 2 * (lanes / 2) + row / 2 * pixelLanes }

  /// Cells of up to eight RGB rows to `rowPairs` rows of `width` RGB0 pixels, `rowLanes` apart; each number holds a
  /// row's byte and, 16 bits higher, that of the row below.
  public static func horizontalColor(
    _ cells: UnsafePointer<UInt32>, _ table: ResamplingTable, width: Int, rowPairs: Int,
    into rows: UnsafeMutablePointer<UInt32>, rowLanes: Int
  ) {
    for x in 0..<width {
      let pixels = horizontal(cells, table, x)
      let (low, high) = (pixels.lowHalf, pixels.highHalf)
      let quarters = (low.lowHalf, low.highHalf, high.lowHalf, high.highHalf)
      let target = UnsafeMutableRawPointer(rows + 4 * x)
      target.storeBytes(of: quarters.0, as: SIMD4<Int32>.self)
      if rowPairs > 1 { target.storeBytes(of: quarters.1, toByteOffset: 4 * rowLanes, as: SIMD4<Int32>.self) }
      if rowPairs > 2 { target.storeBytes(of: quarters.2, toByteOffset: 8 * rowLanes, as: SIMD4<Int32>.self) }
      if rowPairs > 3 { target.storeBytes(of: quarters.3, toByteOffset: 12 * rowLanes, as: SIMD4<Int32>.self) }
    }
  }

  /// Cells of up to 32 grey rows to `rowPairs` rows of `width` numbers, `rowLanes` apart, each as for RGB.
  public static func horizontalGrey(
    _ cells: UnsafePointer<UInt32>, _ table: ResamplingTable, width: Int, rowPairs: Int,
    into rows: UnsafeMutablePointer<UInt32>, rowLanes: Int
  ) {
    for x in 0..<width {
      let pixels = SIMD16<UInt32>(truncatingIfNeeded: horizontal(cells, table, x))
      for pair in 0..<rowPairs { rows[pair * rowLanes + x] = pixels[pair] }
    }
  }

  /// Column `x` of the rows in `cells`, clipped, the odd rows 16 bits above the even ones.
  @inline(__always)
  private static func horizontal(_ cells: UnsafePointer<UInt32>, _ table: ResamplingTable, _ x: Int) -> SIMD16<Int32> {
    let (even, odd) = weightedSum(cells, stride: lanes, table, x)
    return bissl_clip(even) | bissl_clip(odd) &<< 16
  }

  // MARK: Vertical pass

  /// One output row of `rowLanes` bytes (a multiple of 32) from rows of pairs that lie `rowLanes` numbers apart.
  public static func vertical(
    _ rows: UnsafePointer<UInt32>, rowLanes: Int, _ table: ResamplingTable, output: Int,
    into row: UnsafeMutablePointer<UInt8>
  ) {
    var x = 0
    while x < rowLanes {
      let (low, high) = weightedSum(rows + x, stride: rowLanes, table, output)
      UnsafeMutableRawPointer(row + x).storeBytes(of: bissl_clipped_bytes(low, high), as: SIMD32<UInt8>.self)
      x += lanes
    }
  }

  /// RGB0 pixels to three planes.
  public static func separate(
    _ pixels: UnsafePointer<UInt8>, count: Int, red: UnsafeMutablePointer<UInt8>, green: UnsafeMutablePointer<UInt8>,
    blue: UnsafeMutablePointer<UInt8>
  ) {
    UnsafeRawPointer(pixels).withMemoryRebound(to: UInt32.self, capacity: count) { pixels in
      for x in 0..<count {
        red[x] = UInt8(truncatingIfNeeded: pixels[x])
        green[x] = UInt8(truncatingIfNeeded: pixels[x] &>> 8)
        blue[x] = UInt8(truncatingIfNeeded: pixels[x] &>> 16)
      }
    }
  }

  /// Output number `index` of 32 independent lanes whose pairs of taps lie `stride` numbers apart, rounded.
  @inline(__always)
  private static func weightedSum(
    _ source: UnsafePointer<UInt32>, stride: Int, _ table: ResamplingTable, _ index: Int
  ) -> (SIMD16<Int32>, SIMD16<Int32>) {
    let coefficients = table.coefficients + index * table.capacity
    var taps = UnsafeRawPointer(source + Int(table.first[index]) * stride)
    let half = Int32(1) &<< (table.precision &- 1)
    var low = SIMD16<Int32>(repeating: half)
    var high = low
    for pair in 0..<Int(table.length[index]) {
      let weights = unsafeBitCast(SIMD16(repeating: coefficients[pair]), to: SIMD32<Int16>.self)
      low &+= bissl_pair_products(taps.loadUnaligned(as: SIMD32<Int16>.self), weights)
      high &+= bissl_pair_products(taps.loadUnaligned(fromByteOffset: 64, as: SIMD32<Int16>.self), weights)
      taps += 4 * stride
    }
    return (low &>> table.precision, high &>> table.precision)
  }
}
