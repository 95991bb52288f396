#include "bissl_tiles.h"

#if defined(__AMX_TILE__) && defined(__AMX_BF16__)
#include <sys/syscall.h>
#include <unistd.h>

const struct bissl_tile_configuration bissl_full_tiles = {
    .palette = 1,
    .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64},
    .rows = {16, 16, 16, 16, 16, 16, 16, 16},
};

// Linux's names for them; asm/prctl.h may be older than the kernel.
enum { GET_SUPPORTED = 0x1021, REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };

int32_t bissl_tiles_supported(void) {
  uint64_t features = 0;
  return syscall(SYS_arch_prctl, GET_SUPPORTED, &features) == 0 && (features >> TILE_DATA & 1) != 0;
}

int32_t bissl_tiles_request(void) { return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0; }
#else
int32_t bissl_tiles_supported(void) { return 0; }
int32_t bissl_tiles_request(void) { return 0; }
#endif
