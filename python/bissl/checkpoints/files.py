"""The two files of a checkpoint: arrays as safetensors, everything else and the hashes as JSON.

The JSON is written last: a checkpoint without it does not exist. It holds a digest of every block of the arrays' file
and, as its last entry, one of itself, so that any byte that differs from what was written is found.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError

FORMAT = "bissl checkpoint 1"
#: Bytes of the arrays' file under one digest: what an error can name.
BLOCK_BYTES = 1 << 20
_KINDS = {int: "a whole number", dict: "entries by name"}


def document_of(content: dict[str, Any]) -> bytes:
    """JSON, a line per entry, the last of which is a hash of the others."""
    entries = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in content.items())
    return f'{{\n{entries},\n"hash": "{_digest(entries.encode())}"\n}}\n'.encode()


def seal(content: bytes) -> dict[str, Any]:
    """Length and digests of a file."""
    return {"bytes": len(content), "digests": [_digest(block) for block in _blocks(content)]}


def read_document(path: Path) -> dict[str, Any]:
    """The content of the JSON file. DataError where a byte is not the one that was written."""
    try:
        written = path.read_bytes()
        content = json.loads(written)
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path}: not a readable checkpoint: {error}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DataError(f"{path}: not a checkpoint of this version of bissl: expected its format to be {FORMAT!r}")
    content.pop("hash", None)
    whole = document_of(content)
    if whole != written:
        raise DataError(f"{path}: damaged: byte {_first_difference(whole, written)} is not what its hash says")
    _require_entries(path, content)
    return content


def _require_entries(path: Path, content: dict[str, Any]) -> None:
    """DataError where an entry is missing or of another type, whoever wrote it under the right hash."""
    for key, kind in {"step": int, "environment": dict, "arrays": dict, "state": dict}.items():
        if not isinstance(content.get(key), kind):
            raise DataError(f"{path}: damaged: expected its {key} to be {_KINDS[kind]}, got {content.get(key)!r:.80}")
    arrays = content["arrays"]
    digests = arrays.get("digests")
    if not isinstance(arrays.get("bytes"), int) or not isinstance(digests, list):
        raise DataError(f"{path}: damaged: expected length and digests of its arrays, got {arrays!r:.80}")


def read_arrays(path: Path, expected: dict[str, Any]) -> dict[str, np.ndarray]:
    """The arrays by name. DataError naming the first block that is not the one that was `seal`\\ ed."""
    from safetensors.numpy import load

    try:
        written = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: the arrays of a checkpoint cannot be read: {error.strerror}") from error
    if len(written) != expected["bytes"]:
        raise DataError(f"{path}: damaged: it has {len(written)} bytes, {expected['bytes']} were written")
    blocks, digests = list(_blocks(written)), expected["digests"]
    if len(digests) != len(blocks):
        raise DataError(f"{path}: damaged: {len(digests)} digests were written of its {len(blocks)} blocks")
    for index, (block, digest) in enumerate(zip(blocks, digests)):
        if _digest(block) != digest:
            first = index * BLOCK_BYTES
            raise DataError(
                f"{path}: damaged: bytes {first} to {first + len(block) - 1} are not those that were written"
            )
    return load(written)


def _digest(content: bytes | memoryview) -> str:
    return blake2b(content, digest_size=16).hexdigest()


def _blocks(content: bytes) -> Iterator[memoryview]:
    view = memoryview(content)
    return (view[first : first + BLOCK_BYTES] for first in range(0, len(content), BLOCK_BYTES))


def _first_difference(expected: bytes, given: bytes) -> int:
    pairs = zip(expected, given)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(expected), len(given)))
