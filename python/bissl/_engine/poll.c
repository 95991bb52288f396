// Ctrl-C while the engine works.
#include "extension.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

static _Thread_local int in_signal_handler;

// Python's exit runs in one thread, which may go on calling the engine; by then the others are daemons.
static pthread_t exiting_thread;
static atomic_int exit_has_begun;

static PyObject *exit_begins(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored)) {
  exiting_thread = pthread_self();
  atomic_store(&exit_has_begun, 1);
  return Py_NewRef(Py_None);
}

static PyMethodDef exit_function = {"exit_begins", exit_begins, METH_NOARGS, NULL};

int exit_watch(void) {
  PyObject *function = PyCFunction_New(&exit_function, NULL);
  PyObject *module = function != NULL ? PyImport_ImportModule("atexit") : NULL;
  PyObject *registered = module != NULL ? PyObject_CallMethod(module, "register", "O", function) : NULL;
  int status = registered != NULL ? 0 : -1;
  Py_XDECREF(function);
  Py_XDECREF(module);
  Py_XDECREF(registered);
  return status;
}

static int outlives_python(void) {
  return atomic_load(&exit_has_begun) && !pthread_equal(exiting_thread, pthread_self());
}

int32_t poll_signals(void) {
  // Taking the GIL now would end this thread in the middle of the engine's frames.
  if (outlives_python()) return 1;
  PyGILState_STATE gil = PyGILState_Ensure();
  in_signal_handler = 1;
  int32_t stop = PyErr_Occurred() != NULL || PyErr_CheckSignals() != 0;
  in_signal_handler = 0;
  PyGILState_Release(gil);
  return stop;
}

int may_enter_engine(bissl_error *error) {
  if (!in_signal_handler) return 1;
  snprintf(error->message, sizeof error->message,
           "bissl was called from a signal handler that interrupted bissl: raise an exception there, or set a flag "
           "and look at it between two calls");
  return 0;
}
