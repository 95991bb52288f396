// Numbers, text, handles and collections of them. Arrays are in arrays.c.
#include "arguments.h"

#include <string.h>

static int wrong_type(const char *name, const char *expected, PyObject *given) {
  return refuse_type(name, expected, given, "");
}

// In place of the error that is set, unless memory was short.
static int out_of_range(const char *name, const char *expected, PyObject *given) {
  if (PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_MemoryError)) return 0;
  PyErr_Clear();
  PyErr_Format(error_class(BISSL_VALUE_ERROR), "%s: expected %s, got %.100R", name, expected, given);
  return 0;
}

int handle_argument(PyObject *object, void *result) {
  HandleArgument *argument = result;
  if (!Py_IS_TYPE(object, Handle_Type)) return wrong_type(argument->name, "a Handle of the engine", object);
  argument->value = handle_value(object);
  return 1;
}

int integer_argument(PyObject *object, void *result) {
  IntegerArgument *argument = result;
  if (!PyIndex_Check(object)) return wrong_type(argument->name, "an integer", object);
  PyObject *number = PyNumber_Index(object);
  if (number == NULL) return 0;
  int overflow = 0;
  argument->value = PyLong_AsLongLongAndOverflow(number, &overflow);
  Py_DECREF(number);
  return overflow == 0 ? 1 : out_of_range(argument->name, "an integer of 64 bits", object);
}

int seed_argument(PyObject *object, void *result) {
  SeedArgument *argument = result;
  if (!PyIndex_Check(object)) return wrong_type(argument->name, "an integer", object);
  PyObject *number = PyNumber_Index(object);
  if (number == NULL) return 0;
  argument->value = PyLong_AsUnsignedLongLong(number);
  Py_DECREF(number);
  return PyErr_Occurred() ? out_of_range(argument->name, "an integer from 0 to 2**64 - 1", object) : 1;
}

int real_argument(PyObject *object, void *result) {
  RealArgument *argument = result;
  argument->value = PyFloat_AsDouble(object);
  if (!PyErr_Occurred()) return 1;
  if (PyErr_ExceptionMatches(PyExc_OverflowError)) return out_of_range(argument->name, "a finite number", object);
  if (!PyErr_ExceptionMatches(PyExc_TypeError)) return 0;
  PyErr_Clear();
  return wrong_type(argument->name, "a number", object);
}

int flag_argument(PyObject *object, void *result) {
  FlagArgument *argument = result;
  if (!PyBool_Check(object)) return wrong_type(argument->name, "True or False", object);
  argument->value = object == Py_True;
  return 1;
}

int selector_argument(PyObject *object, void *result) {
  SelectorArgument *argument = result;
  IntegerArgument number = {.name = argument->name};
  if (!integer_argument(object, &number)) return 0;
  argument->value = (int32_t)number.value;
  return argument->value == number.value ? 1 : out_of_range(argument->name, "a small integer", object);
}

// The text lives as long as `object`, which the caller's argument tuple keeps alive.
int text_argument(PyObject *object, void *result) {
  TextArgument *argument = result;
  if (!PyUnicode_Check(object)) return wrong_type(argument->name, "a str", object);
  Py_ssize_t size = 0;
  argument->value = PyUnicode_AsUTF8AndSize(object, &size);
  if (argument->value == NULL || strlen(argument->value) != (size_t)size)
    return out_of_range(argument->name, "plain text", object);
  return 1;
}

void integers_release(IntegersArgument *argument) {
  PyMem_Free(argument->values);
  argument->values = NULL;
}

static int fill_integers(PyObject *items, IntegersArgument *argument) {
  argument->count = PyTuple_Size(items);
  argument->values = PyMem_New(int64_t, argument->count);
  if (argument->values == NULL) {
    PyErr_NoMemory();
    return 0;
  }
  for (Py_ssize_t i = 0; i < argument->count; i++) {
    char name[80];
    PyOS_snprintf(name, sizeof name, "%.40s[%zd]", argument->name, i);
    IntegerArgument item = {.name = name};
    if (!integer_argument(PyTuple_GetItem(items, i), &item)) return 0;
    argument->values[i] = item.value;
  }
  return 1;
}

PyObject *sequence_items(const char *name, PyObject *object) {
  Py_ssize_t count = PySequence_Size(object);
  if (count <= MAX_SEQUENCE) return count < 0 ? NULL : PySequence_Tuple(object);
  PyErr_Format(error_class(BISSL_VALUE_ERROR), "%s: expected at most %d numbers, got %zd", name, MAX_SEQUENCE, count);
  return NULL;
}

int integers_argument(PyObject *object, void *result) {
  IntegersArgument *argument = result;
  if (!PySequence_Check(object) || PyUnicode_Check(object))
    return wrong_type(argument->name, "a sequence of integers", object);
  PyObject *items = sequence_items(argument->name, object);
  if (items == NULL) return 0;
  int filled = fill_integers(items, argument);
  Py_DECREF(items);
  return filled;
}

void options_release(OptionsArgument *argument) {
  PyMem_Free(argument->names);
  PyMem_Free(argument->values);
  Py_CLEAR(argument->items);
  argument->names = NULL;
  argument->values = NULL;
}

static int fill_option(PyObject *pair, OptionsArgument *argument, Py_ssize_t index) {
  TextArgument key = {.name = argument->name};
  if (!text_argument(PyTuple_GetItem(pair, 0), &key)) return 0;
  char name[80];
  PyOS_snprintf(name, sizeof name, "%.20s['%.40s']", argument->name, key.value);
  RealArgument number = {.name = name};
  if (!real_argument(PyTuple_GetItem(pair, 1), &number)) return 0;
  argument->names[index] = key.value;
  argument->values[index] = number.value;
  return 1;
}

int options_argument(PyObject *object, void *result) {
  OptionsArgument *argument = result;
  if (!PyDict_Check(object)) return wrong_type(argument->name, "a dict of options", object);
  argument->items = PyDict_Items(object);
  if (argument->items == NULL) return 0;
  argument->count = PyList_Size(argument->items);
  argument->names = PyMem_New(const char *, argument->count);
  argument->values = PyMem_New(double, argument->count);
  if (argument->names == NULL || argument->values == NULL) {
    PyErr_NoMemory();
    return 0;
  }
  for (Py_ssize_t i = 0; i < argument->count; i++)
    if (!fill_option(PyList_GetItem(argument->items, i), argument, i)) return 0;
  return 1;
}

void handles_release(HandlesArgument *argument) {
  PyMem_Free(argument->values);
  Py_CLEAR(argument->items);
  argument->values = NULL;
}

int handles_argument(PyObject *object, void *result) {
  HandlesArgument *argument = result;
  if (!PyTuple_Check(object) && !PyList_Check(object))
    return wrong_type(argument->name, "a tuple of Handles of the engine", object);
  argument->items = PySequence_Tuple(object);
  if (argument->items == NULL) return 0;
  argument->count = PyTuple_Size(argument->items);
  argument->values = PyMem_New(bissl_handle, argument->count);
  if (argument->values == NULL) {
    PyErr_NoMemory();
    return 0;
  }
  for (Py_ssize_t i = 0; i < argument->count; i++) {
    HandleArgument item = {.name = argument->name};
    if (!handle_argument(PyTuple_GetItem(argument->items, i), &item)) return 0;
    argument->values[i] = item.value;
  }
  return 1;
}
