// The module: its functions, the type Handle, the precision.
#include "extension.h"

#ifdef BISSL_DOUBLE
#define MODULE_INIT PyInit__float64
#else
#define MODULE_INIT PyInit__float32
#endif

static int check_processor(void) {
  if (bissl_simd_supported()) return 0;
  PyErr_Format(PyExc_ImportError,
               "bissl was built for processors with %s, which this one lacks: build it on this machine "
               "(pip install .), or with BISSL_MARCH=x86-64-v2 for any",
               bissl_simd_level());
  return -1;
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
