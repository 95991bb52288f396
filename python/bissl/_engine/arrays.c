// Arrays, from any object with the buffer protocol.
#include "arguments.h"

#include <string.h>

static const char *format_of(const Py_buffer *view) { return view->format != NULL ? view->format : "B"; }

static char first_character(const Py_buffer *view) {
  const char *format = format_of(view);
  if (strchr(PY_LITTLE_ENDIAN ? "@=<" : "@=>", *format) != NULL && *format != '\0') format++;
  return format[0] != '\0' && format[1] == '\0' ? format[0] : '\0';
}

// The engine's dtype of an array, or 0.
static int32_t engine_dtype(const Py_buffer *view) {
  switch (first_character(view)) {
    case 'f': return view->itemsize == 4 ? BISSL_FLOAT32 : 0;
    case 'd': return view->itemsize == 8 ? BISSL_FLOAT64 : 0;
    case 'l':
    case 'q': return view->itemsize == 8 ? BISSL_INT64 : 0;
    case 'B': return view->itemsize == 1 ? BISSL_UINT8 : 0;
    default: return 0;
  }
}

// NumPy's name of a dtype that the engine does not take.
static const char *dtype_name(const Py_buffer *view) {
  static const struct {
    const char *format, *name;
  } names[] = {
      {"e", "float16"},
      {"g", "longdouble"},
      {"Zf", "complex64"},
      {"Zd", "complex128"},
      {"?", "bool"},
      {"b", "int8"},
      {"h", "int16"},
      {"i", "int32"},
      {"H", "uint16"},
      {"I", "uint32"},
      {"L", "uint64"},
      {"Q", "uint64"},
      {"O", "object"},
      {">f", "big-endian float32"},
      {">d", "big-endian float64"},
      {">l", "big-endian int64"},
      {">q", "big-endian int64"},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(format_of(view), names[i].format) == 0) return names[i].name;
  return strchr(format_of(view), 'w') != NULL ? "str" : format_of(view);
}

static const char *cast_for(const Py_buffer *view) {
  return strpbrk(format_of(view), "?bhilqHILQ") != NULL && format_of(view)[0] != 'T' ? "int64" : BISSL_PRECISION;
}

static int refuse(int32_t kind, const char *name, const char *reason) {
  PyErr_Format(error_class(kind), "%s: %s", name, reason);
  return 0;
}

static int refuse_dtype(const ArrayArgument *argument) {
  PyErr_Format(error_class(BISSL_TYPE_ERROR),
               "%s: expected an array of float32, float64, int64 or uint8, got %.100s; use %s.astype(numpy.%s)",
               argument->name, dtype_name(&argument->view), argument->name, cast_for(&argument->view));
  return 0;
}

// For an object without a readable buffer: no array at all, or one of a dtype that buffers cannot describe.
static int refuse_object(const char *name, PyObject *given) {
  if (PyErr_ExceptionMatches(PyExc_MemoryError) || PyErr_ExceptionMatches(error_class(BISSL_OK))) return 0;
  PyObject *type, *reason, *traceback;
  PyErr_Fetch(&type, &reason, &traceback);
  if (PyObject_CheckBuffer(given) && reason != NULL)
    PyErr_Format(error_class(BISSL_TYPE_ERROR), "%s: expected an array of numbers (%.200S)", name, reason);
  else
    refuse_type(name, "an array of numbers", given, "; use numpy.asarray");
  Py_XDECREF(type);
  Py_XDECREF(reason);
  Py_XDECREF(traceback);
  return 0;
}

void array_release(ArrayArgument *argument) {
  PyMem_Free(argument->copy);
  argument->copy = NULL;
  PyBuffer_Release(&argument->view);
}

static int describe(ArrayArgument *argument) {
  const Py_buffer *view = &argument->view;
  bissl_array *array = &argument->value;
  array->dtype = engine_dtype(view);
  if (array->dtype == 0) return refuse_dtype(argument);
  if (view->ndim > BISSL_MAX_RANK) return refuse(BISSL_VALUE_ERROR, argument->name, "expected at most 8 dimensions");
  array->rank = view->ndim;
  for (int axis = 0; axis < view->ndim; axis++) array->shape[axis] = view->shape[axis];
  array->data = view->buf;
  return 1;
}

static int is_contiguous(const Py_buffer *view) {
  return PyBuffer_IsContiguous(view, 'C') && (uintptr_t)view->buf % (uintptr_t)view->itemsize == 0;
}

// Contiguous and aligned memory as it is, anything else as a copy.
static int make_contiguous(ArrayArgument *argument) {
  Py_buffer *view = &argument->view;
  if (is_contiguous(view)) return 1;
  argument->copy = PyMem_Malloc((size_t)view->len);
  if (argument->copy == NULL) {
    PyErr_Format(error_class(BISSL_MEMORY_ERROR), "%s: a contiguous copy needs %zd bytes, which the system refused",
                 argument->name, view->len);
    return 0;
  }
  argument->value.data = argument->copy;
  return PyBuffer_ToContiguous(argument->copy, view, view->len, 'C') == 0;
}

int array_argument(PyObject *object, void *result) {
  ArrayArgument *argument = result;
  if (PyObject_GetBuffer(object, &argument->view, PyBUF_FULL_RO) != 0) return refuse_object(argument->name, object);
  return describe(argument) && make_contiguous(argument);
}

int output_argument(PyObject *object, void *result) {
  ArrayArgument *argument = result;
  if (PyObject_GetBuffer(object, &argument->view, PyBUF_FULL_RO) != 0) return refuse_object(argument->name, object);
  if (argument->view.readonly || !is_contiguous(&argument->view))
    return refuse(BISSL_VALUE_ERROR, argument->name, "expected a writable, C-contiguous array");
  return describe(argument);
}

void batch_release(BatchArgument *argument) {
  for (int64_t i = 0; i < argument->count; i++) array_release(&argument->arrays[i]);
  argument->count = 0;
}

static int fill_batch(PyObject *items, BatchArgument *argument) {
  static const char *const names[MAX_BATCH_ARRAYS] = {"batch[0]", "batch[1]", "batch[2]", "batch[3]",
                                                      "batch[4]", "batch[5]", "batch[6]", "batch[7]"};
  for (Py_ssize_t i = 0; i < PyTuple_Size(items); i++) {
    ArrayArgument *array = &argument->arrays[i];
    array->name = names[i];
    argument->count = i + 1;
    if (!array_argument(PyTuple_GetItem(items, i), array)) return 0;
    argument->values[i] = array->value;
  }
  return 1;
}

int batch_argument(PyObject *object, void *result) {
  BatchArgument *argument = result;
  if (!PyTuple_Check(object) && !PyList_Check(object))
    return refuse_type(argument->name, "a tuple of arrays", object, "");
  PyObject *items = PySequence_Tuple(object);
  if (items == NULL) return 0;
  int filled = PyTuple_Size(items) <= MAX_BATCH_ARRAYS
                   ? fill_batch(items, argument)
                   : refuse(BISSL_VALUE_ERROR, argument->name, "expected at most 8 arrays");
  Py_DECREF(items);
  return filled;
}
