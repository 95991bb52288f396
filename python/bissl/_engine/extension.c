// The module: its functions, the type Handle, the precision.
#include "extension.h"

#ifdef BISSL_DOUBLE
#define MODULE_INIT PyInit__float64
#else
#define MODULE_INIT PyInit__float32
#endif

// Before any code of the engine runs: BISSL_FEATURES is what its compiler was allowed, this file is for any processor.
static int check_processor(void) {
  PyObject *cpu = PyImport_ImportModule("bissl._engine.cpu");
  PyObject *done = cpu != NULL ? PyObject_CallMethod(cpu, "require", "s", BISSL_FEATURES) : NULL;
  int status = done != NULL ? 0 : -1;
  Py_XDECREF(cpu);
  Py_XDECREF(done);
  return status;
}

static int execute(PyObject *module) {
  if (check_processor() != 0) return -1;
  if (errors_load() != 0 || PyModule_AddType(module, &Handle_Type) != 0) return -1;
  if (PyModule_AddStringConstant(module, "precision", BISSL_PRECISION) != 0) return -1;
  bissl_engine_set_poll(poll_signals);
  return 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "bissl._engine._" BISSL_PRECISION,
    .m_doc = "The engine's C boundary, one function per entry point; see Sources/CBissl/include/bissl.h.",
    .m_methods = engine_functions,
    .m_slots = slots,
};

PyMODINIT_FUNC MODULE_INIT(void);
PyMODINIT_FUNC MODULE_INIT(void) { return PyModuleDef_Init(&definition); }
