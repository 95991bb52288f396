#include "bissl_tiles.h"

#include <stdlib.h>

int32_t bissl_tiles_are_emulated;

void bissl_tiles_emulate(int32_t emulate) { bissl_tiles_are_emulated = emulate; }

static int32_t emulation_is_asked(void) {
  const char *setting = getenv("BISSL_EMULATE_TILES");
  return setting != NULL && setting[0] == '1' && setting[1] == 0;
}

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

static int32_t processor_has_tiles(void) {
  uint64_t features = 0;
  return syscall(SYS_arch_prctl, GET_SUPPORTED, &features) == 0 && (features >> TILE_DATA & 1) != 0;
}

static int32_t system_grants_tiles(void) { return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0; }
#else
static int32_t processor_has_tiles(void) { return 0; }
static int32_t system_grants_tiles(void) { return 0; }
#endif

int32_t bissl_tiles_supported(void) {
  if (emulation_is_asked()) bissl_tiles_emulate(1);
  return bissl_tiles_are_emulated || processor_has_tiles();
}

int32_t bissl_tiles_request(void) { return bissl_tiles_are_emulated || system_grants_tiles(); }
