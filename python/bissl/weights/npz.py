"""Files that ``numpy.savez`` and ``numpy.savez_compressed`` wrote."""

from __future__ import annotations

import io

import numpy as np

from .archives import Archive

#: Weights hardly compress; what unpacks to more than this many times the file is there to fill memory.
_MOST_EXPANSION = 100
_SMALL = 2**20

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def read_npz(archive: Archive) -> dict[str, np.ndarray]:
    """The arrays of an archive in which every entry is a ``.npy`` file.

    Raises
    ------
    ValueError : damaged, pickled objects, or an archive that unpacks to far more than its size.
    """
    unpacked = sum(archive.length(name) for name in archive.names)
    if unpacked > _MOST_EXPANSION * archive.size + _SMALL:
        raise ValueError(
            f"it unpacks to {unpacked} bytes, more than {_MOST_EXPANSION} times its size: "
            "if you trust it, write it again with numpy.savez, uncompressed"
        )
    return {name.removesuffix(".npy"): _array(name, archive.read(name)) for name in archive.names}


def _array(name: str, content: bytes) -> np.ndarray:
    """The array in a ``.npy`` file, whose header may not claim another size than there is."""
    file = io.BytesIO(content)
    shape, fortran, dtype = _header(name, file)
    if dtype.kind not in "fiub":
        raise ValueError(f"its entry {name[:60]!r} has dtype {dtype}, expected numbers")
    values = np.frombuffer(content, dtype, offset=file.tell())
    if any(length < 0 for length in shape) or len(shape) > 32:
        raise ValueError(f"its entry {name[:60]!r} has a shape out of range")
    return np.array(values.reshape(shape, order="F" if fortran else "C"), dtype.newbyteorder("="), order="C")


def _header(name: str, file: io.BytesIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    try:
        version = np.lib.format.read_magic(file)
        if version in _HEADERS:
            return _HEADERS[version](file)
    except Exception as error:
        # NumPy parses the header as Python's literals and lets through whatever Python's parser raises.
        raise ValueError(f"its entry {name[:60]!r} has a broken npy header ({str(error)[:200]})") from error
    raise ValueError(f"its entry {name[:60]!r} has version {version} of the npy format, expected 1.0 or 2.0")
