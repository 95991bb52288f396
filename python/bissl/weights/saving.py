"""Weights into files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..durable import write_atomically, writing
from ..errors import InvalidArgument, checked_path
from .safetensors_file import check_own_metadata, checked_metadata, packed, told_alphas


def save(path: str | os.PathLike[str], arrays: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> None:
    """Writes arrays by name as a safetensors file, which ``safetensors.torch.load_file`` and `load` read.

    The file is complete or not there: it is written beside ``path``, flushed to the disk and then renamed, so that an
    older file of that name stays whole until it is replaced.

    Parameters
    ----------
    path : str or path
        Ends in ``.safetensors``; its folder exists.
    arrays : mapping
        Real numbers or booleans in any memory layout, such as `Module.state_dict`.
    metadata : mapping of str to str or None, optional
        Text by text, kept in the file's header.

    Raises
    ------
    InvalidArgument (ValueError)
        Another suffix; metadata under a name that bissl keeps for itself.
    WrongType (TypeError)
        A path, arrays or metadata of other types.
    FileMissing (FileNotFoundError)
        The folder does not exist.
    NotWritable (PermissionError), DiskFull (OSError)
        Nothing is left behind.

    Examples
    --------
    >>> bissl.weights.save("arrays.safetensors", {"x": np.arange(3.0)}, metadata={"made by": "me"})
    >>> bissl.weights.load("arrays.safetensors")["x"].tolist()
    [0.0, 1.0, 2.0]
    """
    save_with_alphas(path, arrays, metadata, {})


def save_with_alphas(
    path: str | os.PathLike[str],
    arrays: Mapping[str, Any],
    metadata: Mapping[str, str] | None,
    alphas: Mapping[str, float],
) -> None:
    """As `save`, with α of low-rank adapters by the names of their first matrices, where there are any."""
    path = Path(checked_path("path", path))
    if path.suffix != ".safetensors":
        raise InvalidArgument(
            f'path: expected a name that ends in ".safetensors", got "{path.name}" '
            "(PyTorch reads it with safetensors.torch.load_file)"
        )
    texts = checked_metadata(metadata) or {}
    check_own_metadata(texts)
    content = packed(arrays, {**texts, **told_alphas(alphas)})
    with writing(path.parent, "weights file"):
        write_atomically(path, content)
