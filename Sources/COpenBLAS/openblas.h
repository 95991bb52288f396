// The few OpenBLAS functions that the engine calls, declared here so that the header's place does not matter.
#ifndef BISSL_OPENBLAS_H
#define BISSL_OPENBLAS_H

enum { bissl_cblas_row_major = 101, bissl_cblas_no_transpose = 111, bissl_cblas_transpose = 112 };

void cblas_sgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                 const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);
void cblas_dgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, double alpha,
                 const double *a, int lda, const double *b, int ldb, double beta, double *c, int ldc);
char *openblas_get_corename(void);
char *openblas_get_config(void);
int openblas_get_num_threads(void);
void openblas_set_num_threads(int count);

#endif
