// Sums over processes, which the engine asks Python for.
#include "arguments.h"

// What sums; NULL while this process is alone.
static PyObject *sum_function;

// A list of the buffers as writable memoryviews.
static PyObject *views_of(void *const *buffers, const int64_t *lengths, int64_t count, int32_t dtype) {
  Py_ssize_t size = dtype == BISSL_FLOAT64 ? 8 : 4;
  PyObject *views = PyList_New((Py_ssize_t)count);
  for (int64_t i = 0; views != NULL && i < count; i++) {
    PyObject *view = PyMemoryView_FromMemory(buffers[i], (Py_ssize_t)lengths[i] * size, PyBUF_WRITE);
    if (view == NULL || PyList_SetItem(views, (Py_ssize_t)i, view) != 0) Py_CLEAR(views);
  }
  return views;
}

// The exception that the function raises stays set in the thread's state until the call that asked for the sum returns.
static int32_t sum_over_processes(void *const *buffers, const int64_t *lengths, int64_t count, int32_t dtype,
                                  const char *purpose) {
  PyGILState_STATE gil = PyGILState_Ensure();
  PyObject *result = NULL;
  PyObject *views = PyErr_Occurred() ? NULL : views_of(buffers, lengths, count, dtype);
  if (views != NULL && sum_function != NULL)
    result = PyObject_CallFunction(sum_function, "Oss", views, dtype == BISSL_FLOAT64 ? "float64" : "float32", purpose);
  Py_XDECREF(views);
  int32_t status = result == NULL;
  Py_XDECREF(result);
  PyGILState_Release(gil);
  return status;
}

int communicator_install(int64_t rank, int64_t size, PyObject *function) {
  CALL_ENGINE(bissl_engine_set_communicator(rank, size, sum_over_processes, &error));
  if (call_failed(status, &error)) return -1;
  PyObject *before = sum_function;
  sum_function = size > 1 ? Py_NewRef(function) : NULL;
  Py_XDECREF(before);
  return 0;
}
