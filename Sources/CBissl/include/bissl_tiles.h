// Matrix tiles of the processor (AMX), an instruction or a fixed group of them each, and the arithmetic of numbers as sums
// of two bfloat16 terms. Registers are fixed: tiles 0 to 3 hold a 32×32 block of sums, 4 and 5 its 32 rows of the left
// operand, 6 and 7 its 32 columns of the right one; a step of the product is 32 deep.
#ifndef BISSL_TILES_H
#define BISSL_TILES_H

#include <stdint.h>

// Whether there are tiles: this build has their instructions, and processor and system too; or they are emulated.
int32_t bissl_tiles_supported(void);
// Asks the system to let this process use them: from then on it keeps memory for tiles beside every thread and signal
// handler. 0 where it refuses.
int32_t bissl_tiles_request(void);
// Tiles in plain C, a set for each thread, so that what is built on them can be tested on any machine: at the caller's wish,
// or where the environment has BISSL_EMULATE_TILES=1 when `bissl_tiles_supported` is first asked. Not for use: they are
// far slower than products without tiles.
void bissl_tiles_emulate(int32_t emulate);
extern int32_t bissl_tiles_are_emulated;

typedef float bissl_f32x16 __attribute__((ext_vector_type(16)));
typedef uint32_t bissl_u32x16 __attribute__((ext_vector_type(16)));

#define BISSL_INLINE static inline __attribute__((always_inline))

// x rounded to bfloat16, in the upper half of each number; the lower half is left over.
BISSL_INLINE bissl_u32x16 bissl_rounded(bissl_f32x16 x) { return (bissl_u32x16)x + 0x8000u; }

// x less its rounded value, exactly.
BISSL_INLINE bissl_f32x16 bissl_residual(bissl_f32x16 x, bissl_u32x16 rounded) {
  return x - (bissl_f32x16)(rounded & 0xffff0000u);
}

// Upper halves, number by number: those of a, then those of b.
BISSL_INLINE bissl_u32x16 bissl_halves(bissl_u32x16 a, bissl_u32x16 b) {
  typedef uint16_t u16x32 __attribute__((ext_vector_type(32)));
  return (bissl_u32x16)__builtin_shufflevector(
      (u16x32)a, (u16x32)b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 41, 43, 45, 47, 49,
      51, 53, 55, 57, 59, 61, 63);
}

// Upper halves in pairs: a's number below, b's above.
BISSL_INLINE bissl_u32x16 bissl_pairs(bissl_u32x16 a, bissl_u32x16 b) { return (a >> 16) | (b & 0xffff0000u); }

// Transposition of 16×16 numbers goes by exchanges of blocks between rows that lie 8, 4, 2 and 1 apart: what becomes of
// the upper row, and of the lower.
BISSL_INLINE bissl_u32x16 bissl_upper_8(bissl_u32x16 a, bissl_u32x16 b) {
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}
BISSL_INLINE bissl_u32x16 bissl_lower_8(bissl_u32x16 a, bissl_u32x16 b) {
  return __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}
BISSL_INLINE bissl_u32x16 bissl_upper_4(bissl_u32x16 a, bissl_u32x16 b) {
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
}
BISSL_INLINE bissl_u32x16 bissl_lower_4(bissl_u32x16 a, bissl_u32x16 b) {
  return __builtin_shufflevector(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
}
BISSL_INLINE bissl_u32x16 bissl_upper_2(bissl_u32x16 a, bissl_u32x16 b) {
  return __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
}
BISSL_INLINE bissl_u32x16 bissl_lower_2(bissl_u32x16 a, bissl_u32x16 b) {
  return __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
}
BISSL_INLINE bissl_u32x16 bissl_upper_1(bissl_u32x16 a, bissl_u32x16 b) {
  return __builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
}
BISSL_INLINE bissl_u32x16 bissl_lower_1(bissl_u32x16 a, bissl_u32x16 b) {
  return __builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
}

// Rows of a tile; bytes of a tile, and of a row.
enum { BISSL_TILE_ROWS = 16, BISSL_TILE_BYTES = 1024, BISSL_TILE_ROW = 64 };

void bissl_emulated_clear(void);
void bissl_emulated_load_sums(const void *c, int64_t row);
void bissl_emulated_store_sums(void *c, int64_t row);
void bissl_emulated_load_left(const void *a);
void bissl_emulated_load_right(const void *b);
void bissl_emulated_add_products(void);

#if defined(__AMX_TILE__) && defined(__AMX_BF16__)
struct bissl_tile_configuration {
  uint8_t palette, start, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
};
extern const struct bissl_tile_configuration bissl_full_tiles;

#define BISSL_EMULATED __builtin_expect(bissl_tiles_are_emulated, 0)

BISSL_INLINE void bissl_tiles_begin(void) {
  if (!BISSL_EMULATED) __builtin_ia32_tile_loadconfig(&bissl_full_tiles);
}
BISSL_INLINE void bissl_tiles_end(void) {
  if (!BISSL_EMULATED) __builtin_ia32_tilerelease();
}
BISSL_INLINE void bissl_sums_clear(void) {
  if (BISSL_EMULATED) return bissl_emulated_clear();
  __builtin_ia32_tilezero(0);
  __builtin_ia32_tilezero(1);
  __builtin_ia32_tilezero(2);
  __builtin_ia32_tilezero(3);
}
// Rows of the block are `row` bytes apart.
BISSL_INLINE void bissl_sums_load(const void *c, int64_t row) {
  if (BISSL_EMULATED) return bissl_emulated_load_sums(c, row);
  const char *lower = (const char *)c + BISSL_TILE_ROWS * row;
  __builtin_ia32_tileloadd64(0, c, row);
  __builtin_ia32_tileloadd64(1, (const char *)c + BISSL_TILE_ROW, row);
  __builtin_ia32_tileloadd64(2, lower, row);
  __builtin_ia32_tileloadd64(3, lower + BISSL_TILE_ROW, row);
}
BISSL_INLINE void bissl_sums_store(void *c, int64_t row) {
  if (BISSL_EMULATED) return bissl_emulated_store_sums(c, row);
  char *lower = (char *)c + BISSL_TILE_ROWS * row;
  __builtin_ia32_tilestored64(0, c, row);
  __builtin_ia32_tilestored64(1, (char *)c + BISSL_TILE_ROW, row);
  __builtin_ia32_tilestored64(2, lower, row);
  __builtin_ia32_tilestored64(3, lower + BISSL_TILE_ROW, row);
}
// Two tiles that lie one behind the other.
BISSL_INLINE void bissl_left_load(const void *a) {
  if (BISSL_EMULATED) return bissl_emulated_load_left(a);
  __builtin_ia32_tileloadd64(4, a, BISSL_TILE_ROW);
  __builtin_ia32_tileloadd64(5, (const char *)a + BISSL_TILE_BYTES, BISSL_TILE_ROW);
}
BISSL_INLINE void bissl_right_load(const void *b) {
  if (BISSL_EMULATED) return bissl_emulated_load_right(b);
  __builtin_ia32_tileloadd64(6, b, BISSL_TILE_ROW);
  __builtin_ia32_tileloadd64(7, (const char *)b + BISSL_TILE_BYTES, BISSL_TILE_ROW);
}
BISSL_INLINE void bissl_sums_add_products(void) {
  if (BISSL_EMULATED) return bissl_emulated_add_products();
  __builtin_ia32_tdpbf16ps(0, 4, 6);
  __builtin_ia32_tdpbf16ps(1, 4, 7);
  __builtin_ia32_tdpbf16ps(2, 5, 6);
  __builtin_ia32_tdpbf16ps(3, 5, 7);
}

#undef BISSL_EMULATED
#else
BISSL_INLINE void bissl_tiles_begin(void) {}
BISSL_INLINE void bissl_tiles_end(void) {}
BISSL_INLINE void bissl_sums_clear(void) { bissl_emulated_clear(); }
BISSL_INLINE void bissl_sums_load(const void *c, int64_t row) { bissl_emulated_load_sums(c, row); }
BISSL_INLINE void bissl_sums_store(void *c, int64_t row) { bissl_emulated_store_sums(c, row); }
BISSL_INLINE void bissl_left_load(const void *a) { bissl_emulated_load_left(a); }
BISSL_INLINE void bissl_right_load(const void *b) { bissl_emulated_load_right(b); }
BISSL_INLINE void bissl_sums_add_products(void) { bissl_emulated_add_products(); }
#endif

#undef BISSL_INLINE

#endif
