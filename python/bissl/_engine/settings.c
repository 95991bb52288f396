// Settings by name, from a dict: numbers, a text, or (text, numbers).
#include "arguments.h"

#include <string.h>

void settings_release(SettingsArgument *argument) {
  PyMem_Free((void *)argument->value.names);
  PyMem_Free((void *)argument->value.lengths);
  PyMem_Free((void *)argument->value.values);
  PyMem_Free((void *)argument->value.texts);
  Py_CLEAR(argument->items);
  argument->value = (bissl_settings){0};
}

// Numbers are kept in memory that grows while the lists are read.
typedef struct {
  double *values;
  Py_ssize_t count, capacity;
} Numbers;

static int reserve(Numbers *numbers, Py_ssize_t more) {
  if (more <= numbers->capacity - numbers->count) return 1;
  Py_ssize_t capacity = numbers->count + more > 2 * numbers->capacity ? numbers->count + more : 2 * numbers->capacity;
  double *values = PyMem_Resize(numbers->values, double, capacity);
  if (values == NULL) {
    PyErr_NoMemory();
    return 0;
  }
  numbers->values = values;
  numbers->capacity = capacity;
  return 1;
}

static int append_number(PyObject *object, const char *name, Numbers *numbers) {
  RealArgument number = {.name = name};
  if (!real_argument(object, &number) || !reserve(numbers, 1)) return 0;
  numbers->values[numbers->count++] = number.value;
  return 1;
}

static int append_all(PyObject *items, const char *name, Numbers *numbers) {
  for (Py_ssize_t i = 0; i < PyTuple_Size(items); i++)
    if (!append_number(PyTuple_GetItem(items, i), name, numbers)) return 0;
  return 1;
}

// Numbers of an array of doubles in one axis, all at once. Answers whether `value` is one; an error may be set.
static int append_array(PyObject *value, Numbers *numbers) {
  Py_buffer view;
  if (!PyObject_CheckBuffer(value)) return 0;
  if (PyObject_GetBuffer(value, &view, PyBUF_CONTIG_RO | PyBUF_FORMAT) != 0) {
    PyErr_Clear();
    return 0;
  }
  int fits = view.ndim == 1 && view.format != NULL && strcmp(view.format, "d") == 0;
  Py_ssize_t count = fits ? view.shape[0] : 0;
  if (count > 0 && reserve(numbers, count)) {
    memcpy(numbers->values + numbers->count, view.buf, (size_t)count * sizeof(double));
    numbers->count += count;
  }
  PyBuffer_Release(&view);
  return fits;
}

// A number is a list of one.
static int append_list(PyObject *value, const char *name, Numbers *numbers) {
  if (append_array(value, numbers)) return !PyErr_Occurred();
  if (PyUnicode_Check(value) || PyBytes_Check(value) || !PySequence_Check(value))
    return append_number(value, name, numbers);
  PyObject *items = sequence_items(name, value);
  if (items == NULL) return 0;
  int done = append_all(items, name, numbers);
  Py_DECREF(items);
  return done;
}

// A text alone, or with numbers behind it, is kept as such; `text` stays NULL otherwise.
static int append_setting(PyObject *value, const char *name, const char **text, Numbers *numbers) {
  TextArgument words = {.name = name};
  int paired = PyTuple_Check(value) && PyTuple_Size(value) == 2 && PyUnicode_Check(PyTuple_GetItem(value, 0));
  if (!paired && !PyUnicode_Check(value)) return append_list(value, name, numbers);
  if (!text_argument(paired ? PyTuple_GetItem(value, 0) : value, &words)) return 0;
  *text = words.value;
  return !paired || append_list(PyTuple_GetItem(value, 1), name, numbers);
}

static int fill(SettingsArgument *argument, const char **names, const char **texts, int64_t *lengths,
                Numbers *numbers) {
  for (int64_t i = 0; i < argument->value.count; i++) {
    PyObject *pair = PyList_GetItem(argument->items, i);
    TextArgument key = {.name = argument->name};
    if (!text_argument(PyTuple_GetItem(pair, 0), &key)) return 0;
    char name[80];
    PyOS_snprintf(name, sizeof name, "%.20s['%.40s']", argument->name, key.value);
    Py_ssize_t start = numbers->count;
    texts[i] = NULL;
    if (!append_setting(PyTuple_GetItem(pair, 1), name, &texts[i], numbers)) return 0;
    names[i] = key.value;
    lengths[i] = numbers->count - start;
  }
  return 1;
}

int settings_argument(PyObject *object, void *result) {
  SettingsArgument *argument = result;
  if (!PyDict_Check(object)) return refuse_type(argument->name, "a dict of settings", object, "");
  argument->items = PyDict_Items(object);
  if (argument->items == NULL) return 0;
  Numbers numbers = {0};
  argument->value.count = PyList_Size(argument->items);
  const char **names = PyMem_New(const char *, argument->value.count);
  const char **texts = PyMem_New(const char *, argument->value.count);
  int64_t *lengths = PyMem_New(int64_t, argument->value.count);
  int filled = names != NULL && texts != NULL && lengths != NULL && fill(argument, names, texts, lengths, &numbers);
  argument->value.names = names;
  argument->value.texts = texts;
  argument->value.lengths = lengths;
  argument->value.values = numbers.values;
  if (!filled && !PyErr_Occurred()) PyErr_NoMemory();
  return filled;
}
