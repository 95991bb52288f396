// The instruction set that this build was compiled for. In C, since only the C compiler tells.
#ifndef BISSL_SIMD_H
#define BISSL_SIMD_H

#include <stdint.h>

const char *bissl_simd_level(void);

// Prefetches the cache line at p into the second-level cache, for a read soon. p may be anywhere.
static inline void bissl_prefetch(const void *p) { __builtin_prefetch(p, 0, 2); }
// Prefetches the cache line at p into the first-level cache, to be written soon. p may be anywhere.
static inline void bissl_prefetch_to_write(const void *p) { __builtin_prefetch(p, 1, 3); }

#endif
