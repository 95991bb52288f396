// Types of the C boundary, shared by the Swift entry points (BisslC) and the Python extension.
#ifndef BISSL_TYPES_H
#define BISSL_TYPES_H

#include <stdint.h>

enum { BISSL_MAX_RANK = 8, BISSL_MESSAGE_SIZE = 2048 };

// Status of a call, and kind of an error. 0 is success.
typedef enum {
  BISSL_OK = 0,
  BISSL_VALUE_ERROR = 1,
  BISSL_TYPE_ERROR = 2,
  BISSL_MEMORY_ERROR = 3,
  BISSL_STATE_ERROR = 4,
  BISSL_NONFINITE_ERROR = 5,
  BISSL_INTERRUPTED = 6
} bissl_status;

// Filled by a call that fails; owned by the caller. The message is UTF-8 and zero-terminated.
typedef struct {
  int32_t kind;
  char message[BISSL_MESSAGE_SIZE];
} bissl_error;

// An object of the engine. Every handle that a call returns is owned by the caller and given back by bissl_handle_release.
typedef void *bissl_handle;

typedef enum {
  BISSL_FLOAT32 = 1,
  BISSL_FLOAT64 = 2,
  BISSL_INT64 = 3,
  BISSL_UINT8 = 4
} bissl_dtype;

// A C-contiguous array that the caller keeps alive and unchanged for the length of the call.
typedef struct {
  const void *data;
  int32_t dtype;
  int32_t rank;
  int64_t shape[BISSL_MAX_RANK];
} bissl_array;

// Replaces `count` buffers of `lengths` numbers each, all of one dtype, by their sums over processes, with the same bits in
// each of them. `purpose` says what is summed. Called from the thread that entered the engine; anything but 0 is a failure,
// with which the call of the engine fails.
typedef int32_t (*bissl_sum)(void *const *buffers, const int64_t *lengths, int64_t count, int32_t dtype,
                             const char *purpose);

// Settings by name, each a list of numbers, a text, or both: `count` names, the lengths of their lists, all numbers one
// after another, and a text or NULL for each.
typedef struct {
  const char *const *names;
  const int64_t *lengths;
  const double *values;
  const char *const *texts;
  int64_t count;
} bissl_settings;

#endif
