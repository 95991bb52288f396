// Arguments of the extension's functions. Each is declared with its name, filled by a converter for PyArg_ParseTuple's
// "O&", and gives back what it holds at the end of its scope.
#ifndef BISSL_ARGUMENTS_H
#define BISSL_ARGUMENTS_H

#include "extension.h"

enum { MAX_BATCH_ARRAYS = 8 };
// Numbers in one sequence: an array without elements can be longer than any memory.
enum { MAX_SEQUENCE = 1 << 24 };

typedef struct {
  const char *name;
  bissl_handle value;
} HandleArgument;

typedef struct {
  const char *name;
  int64_t value;
} IntegerArgument;

typedef struct {
  const char *name;
  uint64_t value;
} SeedArgument;

typedef struct {
  const char *name;
  double value;
} RealArgument;

typedef struct {
  const char *name;
  int32_t value;
} FlagArgument;

typedef struct {
  const char *name;
  int32_t value;
} SelectorArgument;

typedef struct {
  const char *name;
  const char *value;
} TextArgument;

typedef struct {
  const char *name;
  int64_t *values;
  int64_t count;
} IntegersArgument;

typedef struct {
  const char *name;
  bissl_array value;
  Py_buffer view;
  void *copy;  // of a strided or unaligned array, else NULL
} ArrayArgument;

typedef struct {
  const char *name;
  bissl_array values[MAX_BATCH_ARRAYS];
  int64_t count;
  ArrayArgument arrays[MAX_BATCH_ARRAYS];
} BatchArgument;

typedef struct {
  const char *name;
  const char **names;
  double *values;
  int64_t count;
  PyObject *items;  // owns the names' text
} OptionsArgument;

typedef struct {
  const char *name;
  bissl_settings value;
  PyObject *items;  // owns the names' text
} SettingsArgument;

typedef struct {
  const char *name;
  bissl_handle *values;
  int64_t count;
  PyObject *items;  // owns the handles
} HandlesArgument;

// Converters: 1, or 0 with an exception set that names the argument.
int handle_argument(PyObject *object, void *result);
int integer_argument(PyObject *object, void *result);
int seed_argument(PyObject *object, void *result);
int real_argument(PyObject *object, void *result);
int flag_argument(PyObject *object, void *result);
// A small number that the engine looks up.
int selector_argument(PyObject *object, void *result);
int text_argument(PyObject *object, void *result);
int integers_argument(PyObject *object, void *result);
// Its items as a new tuple; NULL with an exception set where it is longer than MAX_SEQUENCE.
PyObject *sequence_items(const char *name, PyObject *object);
// A dict from option names to numbers.
int options_argument(PyObject *object, void *result);
// A dict from names to a number, a sequence of numbers, a text, or (text, numbers).
int settings_argument(PyObject *object, void *result);
// A sequence of handles.
int handles_argument(PyObject *object, void *result);
int array_argument(PyObject *object, void *result);
// An array that the engine writes to: writable and C-contiguous.
int output_argument(PyObject *object, void *result);
// A tuple or list of arrays.
int batch_argument(PyObject *object, void *result);

void integers_release(IntegersArgument *argument);
void options_release(OptionsArgument *argument);
void settings_release(SettingsArgument *argument);
void handles_release(HandlesArgument *argument);
void array_release(ArrayArgument *argument);
void batch_release(BatchArgument *argument);

#define HANDLE(argument) HandleArgument argument = {.name = #argument}
#define INTEGER(argument) IntegerArgument argument = {.name = #argument}
#define SEED(argument) SeedArgument argument = {.name = #argument}
#define REAL(argument) RealArgument argument = {.name = #argument}
#define FLAG(argument) FlagArgument argument = {.name = #argument}
#define SELECTOR(argument) SelectorArgument argument = {.name = #argument}
#define TEXT(argument) TextArgument argument = {.name = #argument}
#define RELEASED_BY(function) __attribute__((cleanup(function)))
#define INTEGERS(argument) RELEASED_BY(integers_release) IntegersArgument argument = {.name = #argument}
#define OPTIONS(argument) RELEASED_BY(options_release) OptionsArgument argument = {.name = #argument}
#define SETTINGS(argument) RELEASED_BY(settings_release) SettingsArgument argument = {.name = #argument}
#define HANDLES(argument) RELEASED_BY(handles_release) HandlesArgument argument = {.name = #argument}
#define ARRAY(argument) RELEASED_BY(array_release) ArrayArgument argument = {.name = #argument}
#define BATCH(argument) RELEASED_BY(batch_release) BatchArgument argument = {.name = #argument}

#endif
