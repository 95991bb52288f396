/// Loops of batch normalisation over a block of `rows` × `channels`, rows contiguous. Per-channel coefficients come in
/// as vectors; x̂ = (x − mean)·inverse is recomputed wherever it is needed. Blocks are small enough to stay in cache, so
/// that several plain passes over one cost a single trip to memory.
public enum Normalization {
  /// mean[c], and squares[c] = Σ (x − mean[c])².
  public static func moments(
    _ x: Source, rows: Int, channels: Int, mean: Destination, squares: Destination
  ) {
    mean.update(repeating: 0, count: channels)
    squares.update(repeating: 0, count: channels)
    for row in 0..<rows {
      let x = x + row * channels
      for c in 0..<channels { mean[c] += x[c] }
    }
    let share = 1 / Scalar(rows)
    for c in 0..<channels { mean[c] *= share }
    for row in 0..<rows {
      let x = x + row * channels
      for c in 0..<channels {
        let d = x[c] - mean[c]
        squares[c] += d * d
      }
    }
  }

  /// Merges the moments of `rows` rows into those of the `before` rows before them.
  public static func merge(
    mean: Source, squares: Source, rows: Int, into means: UnsafeMutablePointer<Double>,
    _ deviations: UnsafeMutablePointer<Double>, of before: Int, count: Int
  ) {
    let (rows, before) = (Double(rows), Double(before))
    for c in 0..<count {
      let delta = Double(mean[c]) - means[c]
      means[c] += delta * rows / (before + rows)
      deviations[c] += Double(squares[c]) + delta * delta * before * rows / (before + rows)
    }
  }

  /// out = scale·(x − mean) + shift
  public static func affine(
    _ x: Source, rows: Int, channels: Int, mean: Source, scale: Source, shift: Source, into out: Destination
  ) {
    for row in 0..<rows {
      let x = x + row * channels
      let out = out + row * channels
      for c in 0..<channels { out[c] = (x[c] - mean[c]) * scale[c] + shift[c] }
    }
  }

  /// out += scale·a
  public static func addScaled(
    _ a: Source, rows: Int, channels: Int, scale: Source, to out: Destination
  ) {
    for row in 0..<rows {
      let a = a + row * channels
      let out = out + row * channels
      for c in 0..<channels { out[c] += a[c] * scale[c] }
    }
  }

  /// Sums over rows of a and of a·x̂.
  public static func sums(
    of a: Source, and x: Source, rows: Int, channels: Int, mean: Source, inverse: Source, plain: Destination,
    normalized: Destination
  ) {
    plain.update(repeating: 0, count: channels)
    normalized.update(repeating: 0, count: channels)
    for row in 0..<rows {
      let a = a + row * channels
      let x = x + row * channels
      for c in 0..<channels {
        plain[c] += a[c]
        normalized[c] += a[c] * ((x[c] - mean[c]) * inverse[c])
      }
    }
  }

  /// Sums over rows of a·b.
  public static func productSums(_ a: Source, _ b: Source, rows: Int, channels: Int, into sums: Destination) {
    sums.update(repeating: 0, count: channels)
    for row in 0..<rows {
      let a = a + row * channels
      let b = b + row * channels
      for c in 0..<channels { sums[c] += a[c] * b[c] }
    }
  }
}
