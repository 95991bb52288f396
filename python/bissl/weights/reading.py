"""Weights from files of any of the usual formats."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np

from ..errors import DataError, FileMissing, checked_path
from .archives import Archive
from .npz import read_npz
from .pytorch import read_pytorch
from .safetensors_file import read_safetensors

_FORMATS = "expected safetensors, a PyTorch file (torch.save of PyTorch 1.6 or later) or .npz"

#: The number that files of PyTorch before 1.6 begin with, pickled.
_LEGACY = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"


def load(path: str | os.PathLike[str], key: str | Sequence[str] | None = None) -> dict[str, np.ndarray]:
    """The weights in a file, by name, without PyTorch. Nothing that the file names is imported, called or executed.

    The format is told from the content, whatever the suffix: safetensors; the zip archives of ``torch.save`` (``.pth``,
    ``.pt``, ``.tar``, ``.bin``); ``.npz``. Training checkpoints of PyTorch are unwrapped to their weights: level by level
    the first of the entries ``state_dict``, ``model_state_dict``, ``model_state``, ``model``, ``net``, ``network``,
    ``module``, ``teacher``, ``student``, ``backbone``, ``encoder``, ``state_dict_ema``, ``model_ema``, ``ema`` that has
    tensors in it; else tensors that lie there; else the only entry with tensors that is no state of the training.
    Names are those of the file, prefixes included: `Module.load_weights` knows what to do with them.

    Parameters
    ----------
    path : str or path
        Path of the file.
    key : str, sequence of str or None, optional
        The entry of a PyTorch checkpoint that holds the weights, such as "teacher", or several, one per level.

    Returns
    -------
    dict of str to ndarray
        Arrays of their own in PyTorch's layouts. float16, float32, float64, integers and booleans keep their type,
        bfloat16 becomes float32.

    Raises
    ------
    FileMissing (FileNotFoundError)
        There is no such file.
    DataError (ValueError)
        Broken, truncated, hostile, or of another format; the text names the file and what is wrong.
    WrongType (TypeError), InvalidArgument (ValueError)
        No path; empty text.

    Examples
    --------
    >>> bissl.resnet18(widths=(8, 8, 8, 8)).save_weights("net.safetensors")
    >>> bissl.weights.load("net.safetensors")["conv1.weight"].shape
    (8, 3, 7, 7)
    """
    path = checked_path("path", path)
    try:
        with open(path, "rb") as file:
            return _read(file, key)
    except FileNotFoundError as error:
        raise FileMissing(f"{path}: there is no such file; {_FORMATS}") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: {error}") from error


def _read(file: BinaryIO, key: str | Sequence[str] | None) -> dict[str, np.ndarray]:
    head = file.read(512)
    file.seek(0)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _read_archive(Archive(file), key)
    if key is not None:
        raise ValueError("key: only PyTorch's files have entries to choose from, this is none")
    if head[8:9] == b"{":
        return read_safetensors(file)
    raise ValueError(_foreign(head))


def _read_archive(archive: Archive, key: str | Sequence[str] | None) -> dict[str, np.ndarray]:
    if not all(name.endswith(".npy") for name in archive.names):
        return read_pytorch(archive, key)
    if key is not None:
        raise ValueError("key: only PyTorch's files have entries to choose from, this is a .npz")
    return read_npz(archive)


def _foreign(head: bytes) -> str:
    """What a file of no known format is, and the way out."""
    if not head:
        return f"it is empty; {_FORMATS}"
    if head[2:14] == _LEGACY:
        return "it is of PyTorch before 1.6: load it with a recent PyTorch and save it again with torch.save"
    if head[257:262] == b"ustar":
        return f"it is a tar archive (of PyTorch before 0.2, or packed); {_FORMATS}"
    if head.startswith(b"\x80"):
        return "it is a plain pickle, which can execute anything: unpickle it where you trust it, then numpy.savez"
    return f"it begins with {head[:8]!r}; {_FORMATS}"
