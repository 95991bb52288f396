// The module: its functions, the type Handle, the precision, and which sources it is of (BISSL_SOURCES, from setup.py).
#include "extension.h"

#define TEXT_OF(name) #name
#define TEXT(macro) TEXT_OF(macro)
#define INIT_OF(name) PyInit_##name
#define INIT(macro) INIT_OF(macro)

// Before any code of the engine runs: BISSL_FEATURES is what its compiler was allowed, this file is for any processor.
static int check_processor(void) {
  PyObject *cpu = PyImport_ImportModule("bissl._engine.cpu");
  PyObject *done = cpu != NULL ? PyObject_CallMethod(cpu, "require", "s", BISSL_FEATURES) : NULL;
  int status = done != NULL ? 0 : -1;
  Py_XDECREF(cpu);
  Py_XDECREF(done);
  return status;
}

// The engine has one poll for the process, and the classes of its errors are those of one interpreter.
static int check_interpreter(void) {
  if (PyInterpreterState_GetID(PyInterpreterState_Get()) == 0) return 0;
  PyErr_SetString(PyExc_ImportError, "bissl runs in the main interpreter only: use a process in place of a subinterpreter");
  return -1;
}

static int execute(PyObject *module) {
  if (check_interpreter() != 0 || check_processor() != 0) return -1;
  if (errors_load() != 0 || handle_load() != 0 || exit_watch() != 0) return -1;
  if (PyModule_AddType(module, Handle_Type) != 0) return -1;
  if (PyModule_AddStringConstant(module, "precision", BISSL_PRECISION) != 0) return -1;
  if (PyModule_AddStringConstant(module, "sources", BISSL_SOURCES) != 0) return -1;
  bissl_engine_set_poll(poll_signals);
  return 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "bissl._engine." TEXT(BISSL_MODULE),
    .m_doc = "The engine's C boundary, one function per entry point; see Sources/CBissl/include/bissl.h.",
    .m_methods = engine_functions,
    .m_slots = slots,
};

PyMODINIT_FUNC INIT(BISSL_MODULE)(void);
PyMODINIT_FUNC INIT(BISSL_MODULE)(void) { return PyModuleDef_Init(&definition); }
