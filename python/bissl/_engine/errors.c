// From the engine's status to Python's exceptions.
#include "extension.h"

#include <string.h>

static const char *const class_names[] = {
    [BISSL_OK] = "BisslError",
    [BISSL_VALUE_ERROR] = "InvalidArgument",
    [BISSL_TYPE_ERROR] = "WrongType",
    [BISSL_MEMORY_ERROR] = "OutOfMemory",
    [BISSL_STATE_ERROR] = "InvalidState",
    [BISSL_NONFINITE_ERROR] = "NonFinite",
};
enum { CLASS_COUNT = sizeof class_names / sizeof *class_names };

static PyObject *classes[CLASS_COUNT];

int errors_load(void) {
  PyObject *module = PyImport_ImportModule("bissl.errors");
  if (module == NULL) return -1;
  int status = 0;
  for (int kind = 0; kind < CLASS_COUNT && status == 0; kind++) {
    PyObject *class = PyObject_GetAttrString(module, class_names[kind]);
    if (class == NULL) status = -1;
    else if (classes[kind] == NULL) classes[kind] = class;
    else Py_DECREF(class);
  }
  Py_DECREF(module);
  return status;
}

PyObject *error_class(int32_t kind) {
  return kind > BISSL_OK && kind < CLASS_COUNT ? classes[kind] : classes[BISSL_OK];
}

int refuse_type(const char *name, const char *expected, PyObject *given, const char *way_out) {
  PyObject *type = PyType_GetName(Py_TYPE(given));
  if (type != NULL)
    PyErr_Format(error_class(BISSL_TYPE_ERROR), "%s: expected %s, got %U%s", name, expected, type, way_out);
  Py_XDECREF(type);
  return 0;
}

int call_failed(int32_t status, const bissl_error *error) {
  if (PyErr_Occurred()) return 1;
  if (status == BISSL_OK) return 0;
  if (status == BISSL_INTERRUPTED) {
    PyErr_SetNone(PyExc_KeyboardInterrupt);
    return 1;
  }
  Py_ssize_t length = (Py_ssize_t)strnlen(error->message, BISSL_MESSAGE_SIZE);
  PyObject *message = PyUnicode_DecodeUTF8(error->message, length, "replace");
  if (message != NULL) PyErr_SetObject(error_class(status), message);
  Py_XDECREF(message);
  return 1;
}
