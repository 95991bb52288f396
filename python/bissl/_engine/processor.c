// _processor: what this processor says of itself. A module of its own, for any x86-64, without the engine and without
// OpenBLAS, so that it can be asked before either is loaded. cpu.py knows what the numbers mean.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <cpuid.h>
#include <stdint.h>

static PyObject *cpuid(PyObject *Py_UNUSED(module), PyObject *arguments) {
  unsigned int leaf, subleaf, a = 0, b = 0, c = 0, d = 0;
  if (!PyArg_ParseTuple(arguments, "II", &leaf, &subleaf)) return NULL;
  __get_cpuid_count(leaf, subleaf, &a, &b, &c, &d);
  return Py_BuildValue("(IIII)", a, b, c, d);
}

static PyObject *enabled_state(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored)) {
  unsigned int a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return PyLong_FromLong(0);
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return PyLong_FromUnsignedLongLong((uint64_t)high << 32 | low);
}

static PyMethodDef functions[] = {
    {"cpuid", cpuid, METH_VARARGS,
     "cpuid(leaf, subleaf) -> (eax, ebx, ecx, edx)\n--\n\nZeros where the processor has no such leaf."},
    {"enabled_state", enabled_state, METH_NOARGS,
     "enabled_state() -> int\n--\n\nXCR0: the registers that the system saves from one thread to the next."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "bissl._engine._processor",
    .m_doc = "What the processor says of itself.",
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__processor(void) { return PyModuleDef_Init(&definition); }
