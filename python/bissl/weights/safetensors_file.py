"""The safetensors format: 8 bytes of header length, a JSON header, the numbers.

The ``safetensors`` library reads and checks (sizes, offsets that overlap or leave gaps, overflow). What it does not look
at is checked here first: names that occur twice, of which it takes the last, and headers of absurd size.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

from ..arrays import as_array
from ..errors import InvalidArgument, WrongType
from .dtypes import STORED, decoded

#: About 100,000 tensors. The format allows 100 MB, which take gigabytes to read.
LARGEST_HEADER = 16 * 2**20
_METADATA = "__metadata__"
#: In the metadata: α of low-rank adapters by the names of their first matrices.
_ALPHAS = "bissl.lora_alpha"


class FileArrays(dict[str, np.ndarray]):
    """The arrays of a file by name, and α of the low-rank adapters among them by the names of their first matrices, where the
    file tells it."""

    def __init__(self, arrays: Mapping[str, np.ndarray], alphas: Mapping[str, float]) -> None:
        super().__init__(arrays)
        self.alphas = alphas


def read_safetensors(file: BinaryIO) -> FileArrays:
    """The arrays by name, in the header's order.

    Raises
    ------
    ValueError : damaged, truncated, overlapping, a name twice, numbers that NumPy has not, or an α that is none.
    """
    from safetensors import SafetensorError, deserialize

    header = _header(file)
    metadata = header.pop(_METADATA, None)
    _check_codes(header)
    file.seek(0)
    try:
        found: dict[str, Any] = dict(deserialize(file.read()))  # type: ignore[no-untyped-call]  # safetensors has no types
    except SafetensorError as error:
        raise ValueError(f"it is not a valid safetensors file ({error})") from error
    return FileArrays({name: _array(found[name]) for name in header}, _alphas(metadata or {}))


def told_alphas(alphas: Mapping[str, float]) -> dict[str, str]:
    """The metadata that `_alphas` reads."""
    return {_ALPHAS: json.dumps(dict(alphas))} if alphas else {}


def check_own_metadata(metadata: Mapping[str, str]) -> None:
    """InvalidArgument for a user's text under a name that bissl keeps for itself."""
    if _ALPHAS in metadata:
        raise InvalidArgument(
            f'metadata: expected other names than "{_ALPHAS}", which tells α of adapters; take another name'
        )


def _alphas(metadata: Mapping[str, str]) -> dict[str, float]:
    try:
        alphas = json.loads(metadata.get(_ALPHAS, "{}"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{_ALPHAS} in its metadata is no JSON ({error})") from error
    if not isinstance(alphas, dict) or not all(_is_alpha(alpha) for alpha in alphas.values()):
        raise ValueError(f"{_ALPHAS} in its metadata: expected positive numbers by name, got {str(alphas)[:60]}")
    return alphas


def _is_alpha(alpha: Any) -> bool:
    return isinstance(alpha, (int, float)) and not isinstance(alpha, bool) and 0 < alpha < math.inf


def _header(file: BinaryIO) -> dict[str, Any]:
    size = os.fstat(file.fileno()).st_size
    length = int.from_bytes(file.read(8), "little")
    if length > min(size - 8, LARGEST_HEADER):
        raise ValueError(
            f"its header should have {length} bytes, but the file has {size} (and {LARGEST_HEADER} are the most)"
        )
    try:
        header = json.loads(file.read(length).decode(), object_pairs_hook=_once)
    except RecursionError as error:
        raise ValueError("its header is nested too deeply") from error
    if not isinstance(header, dict):
        raise ValueError("its header is no JSON object")
    return header


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in made if names.count(name) > 1)
        raise ValueError(f"its header has the name {twice[:60]!r} twice")
    return made


def _check_codes(header: Mapping[str, Any]) -> None:
    for name, entry in header.items():
        code = entry.get("dtype") if isinstance(entry, dict) else None
        if not isinstance(code, str) or code not in STORED:
            raise ValueError(f"{name[:60]!r} has dtype {str(code)[:20]}, expected one of {', '.join(STORED)}")


def _array(entry: Mapping[str, Any]) -> np.ndarray:
    stored = np.frombuffer(entry["data"], STORED[entry["dtype"]]).reshape(entry["shape"])
    return decoded(stored, entry["dtype"])


def packed(arrays: Any, metadata: Any = None) -> bytes:
    """The content of a file that holds arrays of any memory layout. Whoever writes such a file does it here: the library
    reads as many bytes as an array has from its first number on, whatever its strides.

    Raises
    ------
    WrongType, InvalidArgument : as `_checked_arrays`; metadata that are not text by text.
    """
    from safetensors.numpy import save

    texts = checked_metadata(metadata)
    return save(_checked_arrays(arrays), metadata=dict(texts) if texts else None)


def _checked_arrays(arrays: Any) -> dict[str, np.ndarray]:
    """Contiguous arrays in this machine's byte order by name.

    Raises
    ------
    WrongType (TypeError) : no mapping, a name that is not text, or numbers that the format has not.
    InvalidArgument (ValueError) : the name that the format keeps for itself.
    """
    if not isinstance(arrays, Mapping):
        raise WrongType(f"arrays: expected a mapping of names to arrays, got {type(arrays).__name__}")
    checked = {}
    for name, value in arrays.items():
        if not isinstance(name, str):
            raise WrongType(f"arrays: expected names as text, got {type(name).__name__}")
        if name == _METADATA:
            raise InvalidArgument(f'arrays: the name "{name}" belongs to the format, choose another')
        checked[name] = as_stored(value, f"arrays: {name}")
    return checked


def as_stored(value: Any, name: str) -> np.ndarray:
    """An array as the format has it: contiguous, in this machine's byte order. A copy only where it is not. ``name`` is what
    messages call it.

    WrongType (TypeError) for other numbers than real ones and booleans of up to eight bytes.
    """
    array = as_array(value, name)
    if array.dtype.kind not in "fiub" or array.dtype.itemsize > 8:
        raise WrongType(
            f"{name} has dtype {array.dtype}, expected real numbers or booleans: use .astype(numpy.float32)"
        )
    return np.asarray(array, array.dtype.newbyteorder("="), order="C")


def checked_metadata(metadata: Any) -> Mapping[str, str] | None:
    """Text by text, or None."""
    if metadata is None:
        return None
    if not isinstance(metadata, Mapping) or not all(
        isinstance(text, str) for pair in metadata.items() for text in pair
    ):
        raise WrongType("metadata: expected a mapping of text to text, such as {'epochs': '100'}")
    return metadata
