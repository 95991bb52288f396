#include "bissl_tiles.h"

#if defined(__AMX_TILE__) && defined(__AMX_BF16__)
#include <sys/syscall.h>
#include <unistd.h>

const struct bissl_tile_configuration bissl_full_tiles = {
    .palette = 1,
    .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64},
    .rows = {16, 16, 16, 16, 16, 16, 16, 16},
};

// Linux gives a process the memory that tiles need in every thread only when it is asked to (ARCH_REQ_XCOMP_PERM for
// XFEATURE_XTILEDATA).
int32_t bissl_tiles_available(void) { return syscall(SYS_arch_prctl, 0x1023, 18) == 0; }
#else
int32_t bissl_tiles_available(void) { return 0; }
#endif
