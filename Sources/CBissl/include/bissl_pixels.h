// Products and shuffles of small integers that the C compiler, unlike Swift's, turns into single instructions (such as
// pmaddwd and pshufb on x86). Plain vector C: any processor will do. Kernels of BisslKernels inline them.
#ifndef BISSL_PIXELS_H
#define BISSL_PIXELS_H

#include <stdint.h>

typedef uint8_t bissl_u8x8 __attribute__((ext_vector_type(8)));
typedef uint8_t bissl_u8x32 __attribute__((ext_vector_type(32)));
typedef int16_t bissl_i16x8 __attribute__((ext_vector_type(8)));
typedef int16_t bissl_i16x16 __attribute__((ext_vector_type(16)));
typedef int16_t bissl_i16x32 __attribute__((ext_vector_type(32)));
typedef int32_t bissl_i32x8 __attribute__((ext_vector_type(8)));
typedef int32_t bissl_i32x16 __attribute__((ext_vector_type(16)));
typedef int32_t bissl_i32x32 __attribute__((ext_vector_type(32)));

// Inlined everywhere, these functions have no calling convention that could change.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"

#define BISSL_INLINE static inline __attribute__((always_inline))

// Sums of neighbouring products: a[0]·b[0] + a[1]·b[1], a[2]·b[2] + a[3]·b[3], …
BISSL_INLINE bissl_i32x16 bissl_pair_products(bissl_i16x32 a, bissl_i16x32 b) {
  bissl_i32x32 p = __builtin_convertvector(a, bissl_i32x32) * __builtin_convertvector(b, bissl_i32x32);
  return __builtin_shufflevector(p, p, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30) +
         __builtin_shufflevector(p, p, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

// Two RGB pixels (r g b r' g' b' and two bytes that do not count) to (r r' g g' b b' 0 0).
BISSL_INLINE bissl_i16x8 bissl_color_pair(bissl_u8x8 pixels) {
  return (bissl_i16x8)__builtin_shufflevector(pixels, (bissl_u8x8)0, 0, 8, 3, 8, 1, 8, 4, 8, 2, 8, 5, 8, 8, 8, 8, 8);
}

// Clipped to 0…255.
BISSL_INLINE bissl_i32x16 bissl_clip(bissl_i32x16 a) {
  return __builtin_elementwise_min(__builtin_elementwise_max(a, (bissl_i32x16)0), (bissl_i32x16)255);
}

BISSL_INLINE bissl_u8x32 bissl_clipped_bytes(bissl_i32x16 a, bissl_i32x16 b) {
  bissl_i32x32 both = __builtin_shufflevector(bissl_clip(a), bissl_clip(b), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                                              13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
                                              31);
  return __builtin_convertvector(both, bissl_u8x32);
}

BISSL_INLINE bissl_i32x8 bissl_pair_products_16(bissl_i16x16 a, bissl_i16x16 b) {
  bissl_i32x16 p = __builtin_convertvector(a, bissl_i32x16) * __builtin_convertvector(b, bissl_i32x16);
  return __builtin_shufflevector(p, p, 0, 2, 4, 6, 8, 10, 12, 14) +
         __builtin_shufflevector(p, p, 1, 3, 5, 7, 9, 11, 13, 15);
}

// (a·u + b·v + offset) >> 24 per lane, u and v of 25 bits: 2¹⁰·high + low, each vector holding the parts of u and v in
// turn. The pairs stay inside halves of the vector, whose order the last step restores.
BISSL_INLINE bissl_i16x16 bissl_weighted_sum(bissl_i16x16 a, bissl_i16x16 b, bissl_i16x16 high, bissl_i16x16 low,
                                             int32_t offset) {
  bissl_i16x16 x = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 8, 24, 9, 25, 10, 26, 11, 27);
  bissl_i16x16 y = __builtin_shufflevector(a, b, 4, 20, 5, 21, 6, 22, 7, 23, 12, 28, 13, 29, 14, 30, 15, 31);
  bissl_i32x8 first = (bissl_pair_products_16(x, high) << 10) + bissl_pair_products_16(x, low);
  bissl_i32x8 second = (bissl_pair_products_16(y, high) << 10) + bissl_pair_products_16(y, low);
  bissl_i32x16 sums = __builtin_shufflevector(first, second, 0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15);
  return __builtin_convertvector((sums + offset) >> 24, bissl_i16x16);
}

#pragma clang diagnostic pop

#endif
