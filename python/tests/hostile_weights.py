"""What the tests of hostile weights share: files made by hand in PyTorch's layout."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np

#: A module that leaves a mark if anything imports it.
CANARY = "bissl_canary_of_the_tests"


def text(value: str) -> bytes:
    """A string, as pickles of protocol 2 write it."""
    content = value.encode()
    return b"X" + len(content).to_bytes(4, "little") + content


def number(value: int) -> bytes:
    """A whole number of any size."""
    content = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8b" + len(content).to_bytes(4, "little") + content


def numbers(*values: int) -> bytes:
    return b"(" + b"".join(number(value) for value in values) + b"t"


def storage(key: str = "0", count: int = 4, kind: str = "FloatStorage") -> bytes:
    return b"(" + text("storage") + f"ctorch\n{kind}\n".encode() + text(key) + text("cpu") + number(count) + b"tQ"


def tensor(
    offset: int = 0, shape: tuple[int, ...] = (4,), strides: tuple[int, ...] = (1,), stored: bytes = storage()
) -> bytes:
    """A tensor of four numbers, or whatever else is asked for."""
    arguments = stored + number(offset) + numbers(*shape) + numbers(*strides) + b"\x89N"
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + arguments + b"tR"


def state(*values: bytes, **named: bytes) -> bytes:
    """A whole pickle: a state dict in which values that are no tensors stand beside the good weight ``w``."""
    items = {"w": tensor()} | {f"v{index}": value for index, value in enumerate(values)} | named
    return b"\x80\x02}(" + b"".join(text(name) + value for name, value in items.items()) + b"u."


def entries(pickle: bytes) -> dict[str, bytes]:
    """The archive of a pickle whose storage "0" holds 0, 1, 2, 3."""
    return {"a/data.pkl": pickle, "a/byteorder": b"little", "a/data/0": np.arange(4, dtype="<f4").tobytes()}


def packed(content: dict[str, bytes] | bytes, compression: int = zipfile.ZIP_STORED) -> bytes:
    """An archive with these entries, or with the one pickle."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, value in (entries(content) if isinstance(content, bytes) else content).items():
            archive.writestr(name, value)
    return file.getvalue()


def write(path: Path, content: dict[str, bytes] | bytes, compression: int = zipfile.ZIP_STORED) -> Path:
    """The same as a file."""
    path.write_bytes(packed(content, compression))
    return path
