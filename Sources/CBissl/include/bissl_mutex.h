// Locking with a deadline. In C, since the function for it is an extension of POSIX that Swift does not see.
#ifndef BISSL_MUTEX_H
#define BISSL_MUTEX_H

#include <pthread.h>
#include <stdint.h>

// Waits at most `seconds`, by the monotonic clock; non-zero where the lock was taken.
int32_t bissl_mutex_lock_within(pthread_mutex_t *mutex, double seconds);

#endif
