"""Numbers in files of weights: safetensors' codes of them, PyTorch's names, and what NumPy makes of them."""

from __future__ import annotations

import numpy as np

#: How the numbers of each code lie in a file. NumPy has no bfloat16 (BF16): its bits are read as integers first.
STORED: dict[str, np.dtype] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U64": np.dtype("<u8"),
    "U32": np.dtype("<u4"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("u1"),
}

#: PyTorch's typed storages. Those of a GPU have the same names in ``torch.cuda``.
TYPED_STORAGES = {
    "DoubleStorage": "F64",
    "FloatStorage": "F32",
    "HalfStorage": "F16",
    "BFloat16Storage": "BF16",
    "LongStorage": "I64",
    "IntStorage": "I32",
    "ShortStorage": "I16",
    "CharStorage": "I8",
    "ByteStorage": "U8",
    "BoolStorage": "BOOL",
}

#: PyTorch's dtypes that a tensor over an untyped storage names.
TORCH_DTYPES = {
    "torch.float64": "F64",
    "torch.float32": "F32",
    "torch.float16": "F16",
    "torch.bfloat16": "BF16",
    "torch.int64": "I64",
    "torch.int32": "I32",
    "torch.int16": "I16",
    "torch.int8": "I8",
    "torch.uint64": "U64",
    "torch.uint32": "U32",
    "torch.uint16": "U16",
    "torch.uint8": "U8",
    "torch.bool": "BOOL",
}


def decoded(stored: np.ndarray, code: str) -> np.ndarray:
    """What was stored, as an array of its own: bfloat16 becomes float32 (exactly), everything else keeps its type."""
    if code == "BF16":
        # The upper half of a float32 is a bfloat16 (to the bit, NaN payloads included).
        wide = np.empty(stored.shape, np.uint32)
        np.left_shift(stored, 16, out=wide, dtype=np.uint32, casting="unsafe")
        return wide.view(np.float32)
    if code == "BOOL":
        return np.array(stored, dtype=bool, order="C")
    return np.array(stored, dtype=stored.dtype.newbyteorder("="), order="C")
