// Vectors of one AVX2 register and their arithmetic, an instruction each. Swift's own operations on vectors are written
// element by element, and in long kernels its compiler does not find all of the vectors again.
#ifndef BISSL_LANES_H
#define BISSL_LANES_H

#ifdef BISSL_DOUBLE
typedef double bissl_scalar;
typedef bissl_scalar bissl_lane __attribute__((ext_vector_type(4)));
#else
typedef float bissl_scalar;
typedef bissl_scalar bissl_lane __attribute__((ext_vector_type(8)));
#endif

// As a vector may lie anywhere in an array.
typedef bissl_lane bissl_lane_in_array __attribute__((aligned(sizeof(bissl_scalar))));

#define BISSL_INLINE static inline __attribute__((always_inline))

BISSL_INLINE bissl_lane bissl_lane_load(const bissl_scalar *p) { return *(const bissl_lane_in_array *)p; }
BISSL_INLINE void bissl_lane_store(bissl_lane a, bissl_scalar *p) { *(bissl_lane_in_array *)p = a; }
BISSL_INLINE bissl_lane bissl_lane_add(bissl_lane a, bissl_lane b) { return a + b; }
BISSL_INLINE bissl_lane bissl_lane_subtract(bissl_lane a, bissl_lane b) { return a - b; }
BISSL_INLINE bissl_lane bissl_lane_negate(bissl_lane a) { return -a; }
BISSL_INLINE bissl_lane bissl_lane_scale(bissl_lane a, bissl_scalar s) { return a * s; }
// s·a + b, rounded once.
BISSL_INLINE bissl_lane bissl_lane_scale_add(bissl_lane a, bissl_scalar s, bissl_lane b) {
  return __builtin_elementwise_fma(a, (bissl_lane)s, b);
}

#undef BISSL_INLINE

#endif
