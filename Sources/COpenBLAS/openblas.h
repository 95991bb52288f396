// The few OpenBLAS functions that the engine calls, declared here so that the header's place does not matter.
// BISSL_OPENBLAS_PREFIX is what the library's symbols begin with: nothing in Debian's, scipy_ in PyPI's scipy-openblas32.
#ifndef BISSL_OPENBLAS_H
#define BISSL_OPENBLAS_H

#define BISSL_TEXT_OF(macro) #macro
#define BISSL_TEXT(macro) BISSL_TEXT_OF(macro)
#ifdef BISSL_OPENBLAS_PREFIX
#define BISSL_OPENBLAS(name) __asm__(BISSL_TEXT(BISSL_OPENBLAS_PREFIX) #name)
#else
#define BISSL_OPENBLAS(name)
#endif

enum { bissl_cblas_row_major = 101, bissl_cblas_no_transpose = 111, bissl_cblas_transpose = 112 };

void cblas_sgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                 const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc)
    BISSL_OPENBLAS(cblas_sgemm);
void cblas_dgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, double alpha,
                 const double *a, int lda, const double *b, int ldb, double beta, double *c, int ldc)
    BISSL_OPENBLAS(cblas_dgemm);
char *openblas_get_corename(void) BISSL_OPENBLAS(openblas_get_corename);
char *openblas_get_config(void) BISSL_OPENBLAS(openblas_get_config);
int openblas_get_num_threads(void) BISSL_OPENBLAS(openblas_get_num_threads);
void openblas_set_num_threads(int count) BISSL_OPENBLAS(openblas_set_num_threads);

#endif
