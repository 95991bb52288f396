// Ctrl-C while the engine works.
#include "extension.h"

#include <stdio.h>

static _Thread_local int in_signal_handler;

static int is_finalizing(void) {
#if PY_VERSION_HEX >= 0x030D0000
  return Py_IsFinalizing();
#else
  return _Py_IsFinalizing();
#endif
}

int32_t poll_signals(void) {
  // Taking the GIL now would end this thread in the middle of the engine's frames.
  if (is_finalizing()) return 1;
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
