// What the files of the extension share. Compiled once for every engine of setup.py: in float32, or with BISSL_DOUBLE in
// float64; BISSL_MODULE is the module's name. Python's limited API (Py_LIMITED_API) alone is used, so that one build serves
// every CPython from 3.11 on.
#ifndef BISSL_EXTENSION_H
#define BISSL_EXTENSION_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#ifndef Py_LIMITED_API
#error "setup.py defines Py_LIMITED_API"
#endif

#include "bissl.h"

#ifdef BISSL_DOUBLE
#define BISSL_PRECISION "float64"
#define BISSL_SCALAR_FORMAT "d"
typedef double scalar;
#else
#define BISSL_PRECISION "float32"
#define BISSL_SCALAR_FORMAT "f"
typedef float scalar;
#endif

// --- errors.c --------------------------------------------------------------------------------------------------------

// Fetches the classes of bissl.errors. 0, or -1 with an exception set.
int errors_load(void);
// The class of a kind of error, borrowed.
PyObject *error_class(int32_t kind);
// Sets WrongType: what was expected of an argument, the type that was given, and the way out, "" or with its punctuation.
// Returns 0.
int refuse_type(const char *name, const char *expected, PyObject *given, const char *way_out);
// Whether a call of the engine failed; if so a Python exception is set. An exception that the poll left
// (KeyboardInterrupt) is kept, whatever the status.
int call_failed(int32_t status, const bissl_error *error);

// --- poll.c ----------------------------------------------------------------------------------------------------------

// Asks Python for pending signals; see bissl_engine_set_poll. The exception that a signal handler raises stays set in
// the thread's state until the call that was interrupted returns.
int32_t poll_signals(void);
// False, with `error` filled, inside a signal handler that interrupted the engine in this same thread: the engine is
// then in the middle of a call.
int may_enter_engine(bissl_error *error);
// Has Python say when its exit begins. 0, or -1 with an exception set.
int exit_watch(void);

// Makes one call of the engine without the GIL. Declares `status` and `error`, which `call` may use.
#define CALL_ENGINE(call)                  \
  bissl_error error = {.kind = BISSL_OK};  \
  int32_t status = BISSL_STATE_ERROR;      \
  if (may_enter_engine(&error)) {          \
    Py_BEGIN_ALLOW_THREADS                 \
    status = (call);                       \
    Py_END_ALLOW_THREADS                   \
  }

// --- collective.c ----------------------------------------------------------------------------------------------------

// Makes this process one of `size` that sum through a Python function of (buffers, dtype, purpose), which replaces the
// numbers in the buffers. 0, or -1 with an exception set.
int communicator_install(int64_t rank, int64_t size, PyObject *function);

// --- handle.c --------------------------------------------------------------------------------------------------------

extern PyTypeObject *Handle_Type;
// Makes the type. 0, or -1 with an exception set.
int handle_load(void);
// A new Handle that owns `handle`; on failure `handle` is released and NULL returned.
PyObject *handle_wrap(bissl_handle handle);
// The engine's handle inside a Handle.
bissl_handle handle_value(PyObject *object);

// --- functions.c -----------------------------------------------------------------------------------------------------

extern PyMethodDef engine_functions[];

#endif
