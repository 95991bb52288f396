"""Files that ``torch.save`` wrote (the zip format of PyTorch 1.6 and later), read without PyTorch.

The archive holds ``<folder>/data.pkl``, a pickle whose tensors refer to storages, and ``<folder>/data/<key>``, the bytes
of each storage (torch/serialization.py). The pickle is read by `rebuilding`, which executes nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..pickles import Placeholder
from .archives import Archive
from .checkpoints import unwrapped
from .dtypes import STORED, decoded
from .rebuilding import read_checkpoint_pickle
from .records import Tensor

#: Shared and expanded tensors become arrays of their own; beyond this many times the file, they are there to fill memory.
_MOST_EXPANSION = 8
_SMALL = 2**20

_RESAVE = "load it with a recent PyTorch and save it again with torch.save({})"


def read_pytorch(archive: Archive, key: Any) -> dict[str, np.ndarray]:
    """The weights in an archive of PyTorch, `checkpoints.unwrapped`, each as an array of its own.

    Raises
    ------
    ValueError : damaged, of another kind, or with a tensor that no array can stand for.
    """
    folder = _folder(archive)
    archive.require_uncompressed()
    if folder + "byteorder" in archive and archive.read(folder + "byteorder") != b"little":
        raise ValueError("it was written on a big-endian machine: " + _RESAVE.format("…") + " on a little-endian one")
    tree = read_checkpoint_pickle(archive.read(folder + "data.pkl"))
    tensors = {name: _wanted(name, value) for name, value in unwrapped(tree, key).items()}
    taken = sum(tensor.size * STORED[tensor.code].itemsize for tensor in tensors.values())
    if taken > _MOST_EXPANSION * archive.size + _SMALL:
        raise ValueError(f"its tensors take {taken} bytes, more than {_MOST_EXPANSION} times the file")
    storages = _Storages(archive, folder)
    return {name: storages.array(name, tensor) for name, tensor in tensors.items()}


def _folder(archive: Archive) -> str:
    """The folder of the pickle, with its slash; read from the names alone."""
    pickles = [
        name for name in archive.names if name == "data.pkl" or name.count("/") == 1 and name.endswith("/data.pkl")
    ]
    if len(pickles) != 1:
        raise ValueError("it is a zip archive without PyTorch's data.pkl: expected what torch.save writes")
    folder = pickles[0].removesuffix("data.pkl")
    if any(name.startswith(folder + "code/") or name == folder + "constants.pkl" for name in archive.names):
        raise ValueError(
            f"it is a TorchScript archive, a program: {_RESAVE.format('torch.jit.load(file).state_dict(), …')}"
        )
    return folder


def _wanted(name: str, value: Any) -> Tensor:
    if isinstance(value, Placeholder):
        kind = value.name.removeprefix("torch._utils._rebuild_")
        raise ValueError(
            f"{name[:60]!r} is no ordinary tensor ({kind[:60]}): {_RESAVE.format('…')} after making it dense, "
            "or of a usual dtype"
        )
    tensor: Tensor = value
    return tensor


class _Storages:
    """The storages of an archive, each read once while its tensors are next to each other."""

    def __init__(self, archive: Archive, folder: str) -> None:
        self._archive = archive
        self._folder = folder
        self._last: tuple[str, bytes] | None = None

    def array(self, name: str, tensor: Tensor) -> np.ndarray:
        stored = STORED[tensor.code]
        if not tensor.size:
            return decoded(np.empty(tensor.shape, stored), tensor.code)
        content = self._bytes(name, tensor)
        strides = [stride * stored.itemsize for stride in tensor.strides]
        view = np.ndarray(tensor.shape, stored, content, tensor.offset * stored.itemsize, strides)
        return decoded(view, tensor.code)

    def _bytes(self, name: str, tensor: Tensor) -> bytes:
        """The storage's bytes, which must be as many as the pickle says: it checked the tensor against that."""
        storage = tensor.storage
        entry = f"{self._folder}data/{storage.key}"
        expected = storage.count * (STORED[storage.code].itemsize if storage.code else 1)
        if entry not in self._archive:
            raise ValueError(f"the storage {storage.key[:60]!r} of {name[:60]!r} is not in its archive")
        if self._archive.length(entry) != expected:
            raise ValueError(
                f"the storage {storage.key[:60]!r} of {name[:60]!r} has {self._archive.length(entry)} bytes "
                f"instead of {expected}"
            )
        if self._last is None or self._last[0] != entry:
            self._last = entry, self._archive.read(entry)
        return self._last[1]
