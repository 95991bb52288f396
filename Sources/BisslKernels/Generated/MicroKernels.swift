// Written by generate.py beside this file; change that instead.

import CBissl

/// Blocks of a matrix product whose sums stay in registers. The loop counts down and moves its pointers along, so that the
/// compiler neither unrolls it nor hoists broadcasts, which would spill. With every step it prefetches another cache line of
/// what the caller will read next, from `next` on in steps of `nextStep`.
enum MicroKernels {
  /// 6 rows × 1 vector: for what one vector of AVX2 holds.
  @inline(never)
  static func narrow1(
    _ depth: Int, _ a: Source, row: Int, step: Int, _ b: Source, bStep: Int, into c: Destination, ldc: Int,
    accumulate: Bool, next: Source, nextStep: Int
  ) {
    typealias V = NarrowLane
    let width = V.scalarCount
    var c00 = V.zero
    var c10 = V.zero
    var c20 = V.zero
    var c30 = V.zero
    var c40 = V.zero
    var c50 = V.zero
    var (upper, lower, right, ahead) = (a, a + 3 * row, b, next)
    var left = depth
    while left > 0 {
      let b0 = V.load(right + 0 * width)
      bissl_prefetch(ahead)
      let a0 = V(repeating: upper[0])
      c00.addProduct(a0, b0)
      let a1 = V(repeating: upper[row])
      c10.addProduct(a1, b0)
      let a2 = V(repeating: upper[2 * row])
      c20.addProduct(a2, b0)
      let a3 = V(repeating: lower[0])
      c30.addProduct(a3, b0)
      let a4 = V(repeating: lower[row])
      c40.addProduct(a4, b0)
      let a5 = V(repeating: lower[2 * row])
      c50.addProduct(a5, b0)
      upper += step
      lower += step
      right += bStep
      ahead += nextStep
      left -= 1
    }
    if accumulate {
      c00 += V.load(c + 0 * ldc + 0 * width)
      c10 += V.load(c + 1 * ldc + 0 * width)
      c20 += V.load(c + 2 * ldc + 0 * width)
      c30 += V.load(c + 3 * ldc + 0 * width)
      c40 += V.load(c + 4 * ldc + 0 * width)
      c50 += V.load(c + 5 * ldc + 0 * width)
    }
    c00.store(c + 0 * ldc + 0 * width)
    c10.store(c + 1 * ldc + 0 * width)
    c20.store(c + 2 * ldc + 0 * width)
    c30.store(c + 3 * ldc + 0 * width)
    c40.store(c + 4 * ldc + 0 * width)
    c50.store(c + 5 * ldc + 0 * width)
  }

  /// 6 rows × 2 vectors: 12 sums, 2 vectors of b and one of a fill AVX2's 16 registers.
  @inline(never)
  static func narrow2(
    _ depth: Int, _ a: Source, row: Int, step: Int, _ b: Source, bStep: Int, into c: Destination, ldc: Int,
    accumulate: Bool, next: Source, nextStep: Int
  ) {
    typealias V = NarrowLane
    let width = V.scalarCount
    var c00 = V.zero
    var c01 = V.zero
    var c10 = V.zero
    var c11 = V.zero
    var c20 = V.zero
    var c21 = V.zero
    var c30 = V.zero
    var c31 = V.zero
    var c40 = V.zero
    var c41 = V.zero
    var c50 = V.zero
    var c51 = V.zero
    var (upper, lower, right, ahead) = (a, a + 3 * row, b, next)
    var left = depth
    while left > 0 {
      let b0 = V.load(right + 0 * width)
      let b1 = V.load(right + 1 * width)
      bissl_prefetch(ahead)
      let a0 = V(repeating: upper[0])
      c00.addProduct(a0, b0)
      c01.addProduct(a0, b1)
      let a1 = V(repeating: upper[row])
      c10.addProduct(a1, b0)
      c11.addProduct(a1, b1)
      let a2 = V(repeating: upper[2 * row])
      c20.addProduct(a2, b0)
      c21.addProduct(a2, b1)
      let a3 = V(repeating: lower[0])
      c30.addProduct(a3, b0)
      c31.addProduct(a3, b1)
      let a4 = V(repeating: lower[row])
      c40.addProduct(a4, b0)
      c41.addProduct(a4, b1)
      let a5 = V(repeating: lower[2 * row])
      c50.addProduct(a5, b0)
      c51.addProduct(a5, b1)
      upper += step
      lower += step
      right += bStep
      ahead += nextStep
      left -= 1
    }
    if accumulate {
      c00 += V.load(c + 0 * ldc + 0 * width)
      c01 += V.load(c + 0 * ldc + 1 * width)
      c10 += V.load(c + 1 * ldc + 0 * width)
      c11 += V.load(c + 1 * ldc + 1 * width)
      c20 += V.load(c + 2 * ldc + 0 * width)
      c21 += V.load(c + 2 * ldc + 1 * width)
      c30 += V.load(c + 3 * ldc + 0 * width)
      c31 += V.load(c + 3 * ldc + 1 * width)
      c40 += V.load(c + 4 * ldc + 0 * width)
      c41 += V.load(c + 4 * ldc + 1 * width)
      c50 += V.load(c + 5 * ldc + 0 * width)
      c51 += V.load(c + 5 * ldc + 1 * width)
    }
    c00.store(c + 0 * ldc + 0 * width)
    c01.store(c + 0 * ldc + 1 * width)
    c10.store(c + 1 * ldc + 0 * width)
    c11.store(c + 1 * ldc + 1 * width)
    c20.store(c + 2 * ldc + 0 * width)
    c21.store(c + 2 * ldc + 1 * width)
    c30.store(c + 3 * ldc + 0 * width)
    c31.store(c + 3 * ldc + 1 * width)
    c40.store(c + 4 * ldc + 0 * width)
    c41.store(c + 4 * ldc + 1 * width)
    c50.store(c + 5 * ldc + 0 * width)
    c51.store(c + 5 * ldc + 1 * width)
  }

  /// 6 rows × 1 vector: for what one vector of AVX-512 holds.
  @inline(never)
  static func wide1(
    _ depth: Int, _ a: Source, row: Int, step: Int, _ b: Source, bStep: Int, into c: Destination, ldc: Int,
    accumulate: Bool, next: Source, nextStep: Int
  ) {
    typealias V = WideLane
    let width = V.scalarCount
    var c00 = V.zero
    var c10 = V.zero
    var c20 = V.zero
    var c30 = V.zero
    var c40 = V.zero
    var c50 = V.zero
    var (upper, lower, right, ahead) = (a, a + 3 * row, b, next)
    var left = depth
    while left > 0 {
      let b0 = V.load(right + 0 * width)
      bissl_prefetch(ahead)
      let a0 = V(repeating: upper[0])
      c00.addProduct(a0, b0)
      let a1 = V(repeating: upper[row])
      c10.addProduct(a1, b0)
      let a2 = V(repeating: upper[2 * row])
      c20.addProduct(a2, b0)
      let a3 = V(repeating: lower[0])
      c30.addProduct(a3, b0)
      let a4 = V(repeating: lower[row])
      c40.addProduct(a4, b0)
      let a5 = V(repeating: lower[2 * row])
      c50.addProduct(a5, b0)
      upper += step
      lower += step
      right += bStep
      ahead += nextStep
      left -= 1
    }
    if accumulate {
      c00 += V.load(c + 0 * ldc + 0 * width)
      c10 += V.load(c + 1 * ldc + 0 * width)
      c20 += V.load(c + 2 * ldc + 0 * width)
      c30 += V.load(c + 3 * ldc + 0 * width)
      c40 += V.load(c + 4 * ldc + 0 * width)
      c50 += V.load(c + 5 * ldc + 0 * width)
    }
    c00.store(c + 0 * ldc + 0 * width)
    c10.store(c + 1 * ldc + 0 * width)
    c20.store(c + 2 * ldc + 0 * width)
    c30.store(c + 3 * ldc + 0 * width)
    c40.store(c + 4 * ldc + 0 * width)
    c50.store(c + 5 * ldc + 0 * width)
  }

  /// 6 rows × 2 vectors: for what two vectors of AVX-512 hold.
  @inline(never)
  static func wide2(
    _ depth: Int, _ a: Source, row: Int, step: Int, _ b: Source, bStep: Int, into c: Destination, ldc: Int,
    accumulate: Bool, next: Source, nextStep: Int
  ) {
    typealias V = WideLane
    let width = V.scalarCount
    var c00 = V.zero
    var c01 = V.zero
    var c10 = V.zero
    var c11 = V.zero
    var c20 = V.zero
    var c21 = V.zero
    var c30 = V.zero
    var c31 = V.zero
    var c40 = V.zero
    var c41 = V.zero
    var c50 = V.zero
    var c51 = V.zero
    var (upper, lower, right, ahead) = (a, a + 3 * row, b, next)
    var left = depth
    while left > 0 {
      let b0 = V.load(right + 0 * width)
      let b1 = V.load(right + 1 * width)
      bissl_prefetch(ahead)
      let a0 = V(repeating: upper[0])
      c00.addProduct(a0, b0)
      c01.addProduct(a0, b1)
      let a1 = V(repeating: upper[row])
      c10.addProduct(a1, b0)
      c11.addProduct(a1, b1)
      let a2 = V(repeating: upper[2 * row])
      c20.addProduct(a2, b0)
      c21.addProduct(a2, b1)
      let a3 = V(repeating: lower[0])
      c30.addProduct(a3, b0)
      c31.addProduct(a3, b1)
      let a4 = V(repeating: lower[row])
      c40.addProduct(a4, b0)
      c41.addProduct(a4, b1)
      let a5 = V(repeating: lower[2 * row])
      c50.addProduct(a5, b0)
      c51.addProduct(a5, b1)
      upper += step
      lower += step
      right += bStep
      ahead += nextStep
      left -= 1
    }
    if accumulate {
      c00 += V.load(c + 0 * ldc + 0 * width)
      c01 += V.load(c + 0 * ldc + 1 * width)
      c10 += V.load(c + 1 * ldc + 0 * width)
      c11 += V.load(c + 1 * ldc + 1 * width)
      c20 += V.load(c + 2 * ldc + 0 * width)
      c21 += V.load(c + 2 * ldc + 1 * width)
      c30 += V.load(c + 3 * ldc + 0 * width)
      c31 += V.load(c + 3 * ldc + 1 * width)
      c40 += V.load(c + 4 * ldc + 0 * width)
      c41 += V.load(c + 4 * ldc + 1 * width)
      c50 += V.load(c + 5 * ldc + 0 * width)
      c51 += V.load(c + 5 * ldc + 1 * width)
    }
    c00.store(c + 0 * ldc + 0 * width)
    c01.store(c + 0 * ldc + 1 * width)
    c10.store(c + 1 * ldc + 0 * width)
    c11.store(c + 1 * ldc + 1 * width)
    c20.store(c + 2 * ldc + 0 * width)
    c21.store(c + 2 * ldc + 1 * width)
    c30.store(c + 3 * ldc + 0 * width)
    c31.store(c + 3 * ldc + 1 * width)
    c40.store(c + 4 * ldc + 0 * width)
    c41.store(c + 4 * ldc + 1 * width)
    c50.store(c + 5 * ldc + 0 * width)
    c51.store(c + 5 * ldc + 1 * width)
  }

  /// 6 rows × 3 vectors: for what three vectors of AVX-512 hold.
  @inline(never)
  static func wide3(
    _ depth: Int, _ a: Source, row: Int, step: Int, _ b: Source, bStep: Int, into c: Destination, ldc: Int,
    accumulate: Bool, next: Source, nextStep: Int
  ) {
    typealias V = WideLane
    let width = V.scalarCount
    var c00 = V.zero
    var c01 = V.zero
    var c02 = V.zero
    var c10 = V.zero
    var c11 = V.zero
    var c12 = V.zero
    var c20 = V.zero
    var c21 = V.zero
    var c22 = V.zero
    var c30 = V.zero
    var c31 = V.zero
    var c32 = V.zero
    var c40 = V.zero
    var c41 = V.zero
    var c42 = V.zero
    var c50 = V.zero
    var c51 = V.zero
    var c52 = V.zero
    var (upper, lower, right, ahead) = (a, a + 3 * row, b, next)
    var left = depth
    while left > 0 {
      let b0 = V.load(right + 0 * width)
      let b1 = V.load(right + 1 * width)
      let b2 = V.load(right + 2 * width)
      bissl_prefetch(ahead)
      let a0 = V(repeating: upper[0])
      c00.addProduct(a0, b0)
      c01.addProduct(a0, b1)
      c02.addProduct(a0, b2)
      let a1 = V(repeating: upper[row])
      c10.addProduct(a1, b0)
      c11.addProduct(a1, b1)
      c12.addProduct(a1, b2)
      let a2 = V(repeating: upper[2 * row])
      c20.addProduct(a2, b0)
      c21.addProduct(a2, b1)
      c22.addProduct(a2, b2)
      let a3 = V(repeating: lower[0])
      c30.addProduct(a3, b0)
      c31.addProduct(a3, b1)
      c32.addProduct(a3, b2)
      let a4 = V(repeating: lower[row])
      c40.addProduct(a4, b0)
      c41.addProduct(a4, b1)
      c42.addProduct(a4, b2)
      let a5 = V(repeating: lower[2 * row])
      c50.addProduct(a5, b0)
      c51.addProduct(a5, b1)
      c52.addProduct(a5, b2)
      upper += step
      lower += step
      right += bStep
      ahead += nextStep
      left -= 1
    }
    if accumulate {
      c00 += V.load(c + 0 * ldc + 0 * width)
      c01 += V.load(c + 0 * ldc + 1 * width)
      c02 += V.load(c + 0 * ldc + 2 * width)
      c10 += V.load(c + 1 * ldc + 0 * width)
      c11 += V.load(c + 1 * ldc + 1 * width)
      c12 += V.load(c + 1 * ldc + 2 * width)
      c20 += V.load(c + 2 * ldc + 0 * width)
      c21 += V.load(c + 2 * ldc + 1 * width)
      c22 += V.load(c + 2 * ldc + 2 * width)
      c30 += V.load(c + 3 * ldc + 0 * width)
      c31 += V.load(c + 3 * ldc + 1 * width)
      c32 += V.load(c + 3 * ldc + 2 * width)
      c40 += V.load(c + 4 * ldc + 0 * width)
      c41 += V.load(c + 4 * ldc + 1 * width)
      c42 += V.load(c + 4 * ldc + 2 * width)
      c50 += V.load(c + 5 * ldc + 0 * width)
      c51 += V.load(c + 5 * ldc + 1 * width)
      c52 += V.load(c + 5 * ldc + 2 * width)
    }
    c00.store(c + 0 * ldc + 0 * width)
    c01.store(c + 0 * ldc + 1 * width)
    c02.store(c + 0 * ldc + 2 * width)
    c10.store(c + 1 * ldc + 0 * width)
    c11.store(c + 1 * ldc + 1 * width)
    c12.store(c + 1 * ldc + 2 * width)
    c20.store(c + 2 * ldc + 0 * width)
    c21.store(c + 2 * ldc + 1 * width)
    c22.store(c + 2 * ldc + 2 * width)
    c30.store(c + 3 * ldc + 0 * width)
    c31.store(c + 3 * ldc + 1 * width)
    c32.store(c + 3 * ldc + 2 * width)
    c40.store(c + 4 * ldc + 0 * width)
    c41.store(c + 4 * ldc + 1 * width)
    c42.store(c + 4 * ldc + 2 * width)
    c50.store(c + 5 * ldc + 0 * width)
    c51.store(c + 5 * ldc + 1 * width)
    c52.store(c + 5 * ldc + 2 * width)
  }

  /// 6 rows × 4 vectors: 24 sums, 4 vectors of b and one of a leave AVX-512 3 registers.
  @inline(never)
  static func wide4(
    _ depth: Int, _ a: Source, row: Int, step: Int, _ b: Source, bStep: Int, into c: Destination, ldc: Int,
    accumulate: Bool, next: Source, nextStep: Int
  ) {
    typealias V = WideLane
    let width = V.scalarCount
    var c00 = V.zero
    var c01 = V.zero
    var c02 = V.zero
    var c03 = V.zero
    var c10 = V.zero
    var c11 = V.zero
    var c12 = V.zero
    var c13 = V.zero
    var c20 = V.zero
    var c21 = V.zero
    var c22 = V.zero
    var c23 = V.zero
    var c30 = V.zero
    var c31 = V.zero
    var c32 = V.zero
    var c33 = V.zero
    var c40 = V.zero
    var c41 = V.zero
    var c42 = V.zero
    var c43 = V.zero
    var c50 = V.zero
    var c51 = V.zero
    var c52 = V.zero
    var c53 = V.zero
    var (upper, lower, right, ahead) = (a, a + 3 * row, b, next)
    var left = depth
    while left > 0 {
      let b0 = V.load(right + 0 * width)
      let b1 = V.load(right + 1 * width)
      let b2 = V.load(right + 2 * width)
      let b3 = V.load(right + 3 * width)
      bissl_prefetch(ahead)
      let a0 = V(repeating: upper[0])
      c00.addProduct(a0, b0)
      c01.addProduct(a0, b1)
      c02.addProduct(a0, b2)
      c03.addProduct(a0, b3)
      let a1 = V(repeating: upper[row])
      c10.addProduct(a1, b0)
      c11.addProduct(a1, b1)
      c12.addProduct(a1, b2)
      c13.addProduct(a1, b3)
      let a2 = V(repeating: upper[2 * row])
      c20.addProduct(a2, b0)
      c21.addProduct(a2, b1)
      c22.addProduct(a2, b2)
      c23.addProduct(a2, b3)
      let a3 = V(repeating: lower[0])
      c30.addProduct(a3, b0)
      c31.addProduct(a3, b1)
      c32.addProduct(a3, b2)
      c33.addProduct(a3, b3)
      let a4 = V(repeating: lower[row])
      c40.addProduct(a4, b0)
      c41.addProduct(a4, b1)
      c42.addProduct(a4, b2)
      c43.addProduct(a4, b3)
      let a5 = V(repeating: lower[2 * row])
      c50.addProduct(a5, b0)
      c51.addProduct(a5, b1)
      c52.addProduct(a5, b2)
      c53.addProduct(a5, b3)
      upper += step
      lower += step
      right += bStep
      ahead += nextStep
      left -= 1
    }
    if accumulate {
      c00 += V.load(c + 0 * ldc + 0 * width)
      c01 += V.load(c + 0 * ldc + 1 * width)
      c02 += V.load(c + 0 * ldc + 2 * width)
      c03 += V.load(c + 0 * ldc + 3 * width)
      c10 += V.load(c + 1 * ldc + 0 * width)
      c11 += V.load(c + 1 * ldc + 1 * width)
      c12 += V.load(c + 1 * ldc + 2 * width)
      c13 += V.load(c + 1 * ldc + 3 * width)
      c20 += V.load(c + 2 * ldc + 0 * width)
      c21 += V.load(c + 2 * ldc + 1 * width)
      c22 += V.load(c + 2 * ldc + 2 * width)
      c23 += V.load(c + 2 * ldc + 3 * width)
      c30 += V.load(c + 3 * ldc + 0 * width)
      c31 += V.load(c + 3 * ldc + 1 * width)
      c32 += V.load(c + 3 * ldc + 2 * width)
      c33 += V.load(c + 3 * ldc + 3 * width)
      c40 += V.load(c + 4 * ldc + 0 * width)
      c41 += V.load(c + 4 * ldc + 1 * width)
      c42 += V.load(c + 4 * ldc + 2 * width)
      c43 += V.load(c + 4 * ldc + 3 * width)
      c50 += V.load(c + 5 * ldc + 0 * width)
      c51 += V.load(c + 5 * ldc + 1 * width)
      c52 += V.load(c + 5 * ldc + 2 * width)
      c53 += V.load(c + 5 * ldc + 3 * width)
    }
    c00.store(c + 0 * ldc + 0 * width)
    c01.store(c + 0 * ldc + 1 * width)
    c02.store(c + 0 * ldc + 2 * width)
    c03.store(c + 0 * ldc + 3 * width)
    c10.store(c + 1 * ldc + 0 * width)
    c11.store(c + 1 * ldc + 1 * width)
    c12.store(c + 1 * ldc + 2 * width)
    c13.store(c + 1 * ldc + 3 * width)
    c20.store(c + 2 * ldc + 0 * width)
    c21.store(c + 2 * ldc + 1 * width)
    c22.store(c + 2 * ldc + 2 * width)
    c23.store(c + 2 * ldc + 3 * width)
    c30.store(c + 3 * ldc + 0 * width)
    c31.store(c + 3 * ldc + 1 * width)
    c32.store(c + 3 * ldc + 2 * width)
    c33.store(c + 3 * ldc + 3 * width)
    c40.store(c + 4 * ldc + 0 * width)
    c41.store(c + 4 * ldc + 1 * width)
    c42.store(c + 4 * ldc + 2 * width)
    c43.store(c + 4 * ldc + 3 * width)
    c50.store(c + 5 * ldc + 0 * width)
    c51.store(c + 5 * ldc + 1 * width)
    c52.store(c + 5 * ldc + 2 * width)
    c53.store(c + 5 * ldc + 3 * width)
  }
}
