// Handle: the owner of one object of the engine. A vector's memory is offered through the buffer protocol.
#include "extension.h"

#include <stddef.h>
#include <unistd.h>

typedef struct {
  PyObject_HEAD
  bissl_handle handle;
  pid_t process;
  Py_ssize_t count;  // of a vector's elements, once a buffer was asked for
  PyObject *weak_references;
} Handle;

PyObject *handle_wrap(bissl_handle handle) {
  Handle *self = PyObject_New(Handle, &Handle_Type);
  if (self == NULL) {
    bissl_handle_release(handle);
    return NULL;
  }
  self->handle = handle;
  self->process = getpid();
  self->count = 0;
  self->weak_references = NULL;
  return (PyObject *)self;
}

bissl_handle handle_value(PyObject *object) { return ((Handle *)object)->handle; }

static void handle_dealloc(PyObject *object) {
  Handle *self = (Handle *)object;
  if (self->weak_references != NULL) PyObject_ClearWeakRefs(object);
  // In a forked child another thread's lock may be held for ever.
  if (self->process == getpid()) bissl_handle_release(self->handle);
  PyObject_Free(self);
}

// A vector: one dimension, writable, elements of the engine's precision.
static int handle_get_buffer(PyObject *object, Py_buffer *view, int flags) {
  static Py_ssize_t stride = sizeof(scalar);
  static scalar empty;
  Handle *self = (Handle *)object;
  void *data = NULL;
  int64_t count = 0;
  view->obj = NULL;
  CALL_ENGINE(bissl_vector_data(self->handle, &data, &count, &error));
  if (call_failed(status, &error)) return -1;
  self->count = (Py_ssize_t)count;
  *view = (Py_buffer){
      .buf = data != NULL ? data : &empty,
      .obj = Py_NewRef(object),
      .len = self->count * stride,
      .itemsize = stride,
      .ndim = 1,
      .format = flags & PyBUF_FORMAT ? BISSL_SCALAR_FORMAT : NULL,
      .shape = flags & PyBUF_ND ? &self->count : NULL,
      .strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? &stride : NULL,
  };
  return 0;
}

static PyBufferProcs handle_buffer = {.bf_getbuffer = handle_get_buffer};

PyTypeObject Handle_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "bissl._engine.Handle",
    .tp_doc = "An object of the engine: a vector, module, objective, evaluation, ... A vector offers its memory, not a "
              "copy, through the buffer protocol: numpy.asarray(handle).",
    .tp_basicsize = sizeof(Handle),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = handle_dealloc,
    .tp_as_buffer = &handle_buffer,
    .tp_weaklistoffset = offsetof(Handle, weak_references),
};
