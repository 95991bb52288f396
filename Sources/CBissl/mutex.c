#define _GNU_SOURCE
#include "bissl_mutex.h"

#include <time.h>

int32_t bissl_mutex_lock_within(pthread_mutex_t *mutex, double seconds) {
  struct timespec deadline;
  clock_gettime(CLOCK_MONOTONIC, &deadline);
  long nanoseconds = deadline.tv_nsec + (long)(seconds * 1e9);
  deadline.tv_sec += nanoseconds / 1000000000;
  deadline.tv_nsec = nanoseconds % 1000000000;
  return pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &deadline) == 0;
}
