// Handle: the owner of one object of the engine. A vector's memory is offered through the buffer protocol.
#include "extension.h"

#include <stddef.h>
#include <structmember.h>
#include <unistd.h>

PyTypeObject *Handle_Type;

typedef struct {
  PyObject_HEAD
  bissl_handle handle;
  pid_t process;
  Py_ssize_t count;  // of a vector's elements, once a buffer was asked for
  PyObject *weak_references;
} Handle;

PyObject *handle_wrap(bissl_handle handle) {
  Handle *self = PyObject_New(Handle, Handle_Type);
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
  PyTypeObject *type = Py_TYPE(object);
  if (self->weak_references != NULL) PyObject_ClearWeakRefs(object);
  // In a forked child another thread's lock may be held for ever.
  if (self->process == getpid()) bissl_handle_release(self->handle);
  PyObject_Free(self);
  Py_DECREF(type);
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

static PyMemberDef members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Handle, weak_references), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static char documentation[] =
    "An object of the engine: a vector, module, objective, evaluation, ... A vector offers its memory, not a copy, through "
    "the buffer protocol: numpy.asarray(handle).";

static PyType_Slot slots[] = {
    {Py_tp_doc, documentation}, {Py_tp_dealloc, handle_dealloc}, {Py_bf_getbuffer, handle_get_buffer},
    {Py_tp_members, members},   {0, NULL},
};

static PyType_Spec specification = {
    .name = "bissl._engine.Handle",
    .basicsize = sizeof(Handle),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

int handle_load(void) {
  if (Handle_Type == NULL) Handle_Type = (PyTypeObject *)PyType_FromSpec(&specification);
  return Handle_Type != NULL ? 0 : -1;
}
