// Vectors of one AVX2 register (narrow) and of one AVX-512 register (wide), and their arithmetic, an instruction each
// where the processor has them. Swift's own operations on vectors are written element by element, and in long kernels its
// compiler does not find all of the vectors again.
#ifndef BISSL_LANES_H
#define BISSL_LANES_H

#ifdef BISSL_DOUBLE
typedef double bissl_scalar;
typedef bissl_scalar bissl_narrow_lane __attribute__((ext_vector_type(4)));
typedef bissl_scalar bissl_wide_lane __attribute__((ext_vector_type(8)));
#else
typedef float bissl_scalar;
typedef bissl_scalar bissl_narrow_lane __attribute__((ext_vector_type(8)));
typedef bissl_scalar bissl_wide_lane __attribute__((ext_vector_type(16)));
#endif

// The longest vector that this build has registers for.
#ifdef __AVX512F__
typedef bissl_wide_lane bissl_lane;
#else
typedef bissl_narrow_lane bissl_lane;
#endif

// As vectors may lie anywhere in an array.
typedef bissl_narrow_lane bissl_narrow_lane_in_array __attribute__((aligned(sizeof(bissl_scalar))));
typedef bissl_wide_lane bissl_wide_lane_in_array __attribute__((aligned(sizeof(bissl_scalar))));

#define BISSL_INLINE static inline __attribute__((always_inline))

// The last two are s·a + b and a·b + c, rounded once.
#define BISSL_LANE(lane)                                                                                        \
  BISSL_INLINE lane lane##_load(const bissl_scalar *p) { return *(const lane##_in_array *)p; }                  \
  BISSL_INLINE void lane##_store(lane a, bissl_scalar *p) { *(lane##_in_array *)p = a; }                        \
  BISSL_INLINE lane lane##_add(lane a, lane b) { return a + b; }                                                \
  BISSL_INLINE lane lane##_subtract(lane a, lane b) { return a - b; }                                           \
  BISSL_INLINE lane lane##_negate(lane a) { return -a; }                                                        \
  BISSL_INLINE lane lane##_scale(lane a, bissl_scalar s) { return a * s; }                                      \
  BISSL_INLINE lane lane##_scale_add(lane a, bissl_scalar s, lane b) {                                          \
    return __builtin_elementwise_fma(a, (lane)s, b);                                                            \
  }                                                                                                             \
  BISSL_INLINE lane lane##_multiply_add(lane a, lane b, lane c) { return __builtin_elementwise_fma(a, b, c); }

BISSL_LANE(bissl_narrow_lane)
BISSL_LANE(bissl_wide_lane)

#undef BISSL_LANE
#undef BISSL_INLINE

#endif
