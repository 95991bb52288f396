// The instruction set that this build was compiled for. In C, since only the C compiler tells.
#ifndef BISSL_SIMD_H
#define BISSL_SIMD_H

#include <stdint.h>

const char *bissl_simd_level(void);
// 0 where this processor lacks it: the extension then refuses to load instead of dying of an illegal instruction.
int32_t bissl_simd_supported(void);

#endif
