// The tiles of bissl_tiles.h in plain C, as Intel's manual defines their instructions (TDPBF16PS among them), but for
// numbers below the normal range, which the processor takes for zero.
#include "bissl_tiles.h"

#include <string.h>

enum { BLOCK = 2 * BISSL_TILE_ROWS, PAIRS = 16 };

typedef struct {
  uint16_t even, odd;
} pair;

static _Thread_local float sums[BLOCK][BLOCK];
// Row by row of the left block, and of the right one, whose two tiles lie side by side: a step's numbers in pairs.
static _Thread_local pair left[BLOCK][PAIRS];
static _Thread_local pair right[PAIRS][BLOCK];

static float widened(uint16_t upper_half) {
  uint32_t bits = (uint32_t)upper_half << 16;
  float number;
  memcpy(&number, &bits, sizeof number);
  return number;
}

void bissl_emulated_clear(void) { memset(sums, 0, sizeof sums); }

void bissl_emulated_load_sums(const void *c, int64_t row) {
  for (int i = 0; i < BLOCK; i++) memcpy(sums[i], (const char *)c + i * row, sizeof sums[i]);
}

void bissl_emulated_store_sums(void *c, int64_t row) {
  for (int i = 0; i < BLOCK; i++) memcpy((char *)c + i * row, sums[i], sizeof sums[i]);
}

void bissl_emulated_load_left(const void *a) { memcpy(left, a, sizeof left); }

void bissl_emulated_load_right(const void *b) {
  for (int tile = 0; tile < 2; tile++)
    for (int k = 0; k < PAIRS; k++)
      memcpy(&right[k][BISSL_TILE_ROWS * tile], (const char *)b + tile * BISSL_TILE_BYTES + k * BISSL_TILE_ROW,
             BISSL_TILE_ROW);
}

void bissl_emulated_add_products(void) {
  float even[PAIRS][BLOCK], odd[PAIRS][BLOCK];
  for (int k = 0; k < PAIRS; k++) {
    for (int j = 0; j < BLOCK; j++) {
      even[k][j] = widened(right[k][j].even);
      odd[k][j] = widened(right[k][j].odd);
    }
  }
  for (int i = 0; i < BLOCK; i++) {
    float even_sums[BLOCK] = {0}, odd_sums[BLOCK] = {0};
    for (int k = 0; k < PAIRS; k++) {
      float a = widened(left[i][k].even), b = widened(left[i][k].odd);
      for (int j = 0; j < BLOCK; j++) {
        even_sums[j] = __builtin_fmaf(a, even[k][j], even_sums[j]);
        odd_sums[j] = __builtin_fmaf(b, odd[k][j], odd_sums[j]);
      }
    }
    for (int j = 0; j < BLOCK; j++) sums[i][j] += even_sums[j] + odd_sums[j];
  }
}
