"""From what users pass as arrays to NumPy's, with an error in words where that cannot be."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .errors import BisslError, InvalidArgument, WrongType


def as_array(value: Any, name: str) -> np.ndarray:
    """``value`` as an array; not copied where it is one, or can be seen as one. ``name`` is what messages call it.

    Raises
    ------
    WrongType (TypeError) : a tensor that does not convert (on the tape, on another device, bfloat16), a path, an iterator
        or another object; masked entries.
    InvalidArgument (ValueError) : a list whose entries have different shapes.
    """
    if isinstance(value, (str, bytes, os.PathLike)):
        raise WrongType(
            f"{name}: expected an array, got a path, {os.fspath(value)!r}; open it with bissl.data.ImageFolder, "
            "bissl.data.UnlabeledFolder or bissl.data.open_dataset, a .npy file with bissl.data.ArrayDataset"
        )
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise WrongType(f"{name}: expected an array without masked entries; fill them first: {name}.filled(0)")
    try:
        array = np.asarray(value)
    except (BisslError, MemoryError):
        raise
    except Exception as error:  # whatever another library raises where it does not give up its numbers
        raise _refused(value, name, error) from error
    if array.dtype == object:
        check_entries(array.ravel() if array.ndim else value, name)
    if array.dtype.kind == "V" and array.dtype.names is None:
        raise WrongType(f"{name}: expected numbers that NumPy knows, got {array.dtype}; use {name}.astype('float32')")
    return array


def as_real(value: Any, name: str) -> np.ndarray:
    """As `as_array`, of integers or floating-point numbers. WrongType for complex numbers, truth values and text."""
    if isinstance(value, (str, bytes)):
        raise WrongType(f"{name}: expected an array of real numbers, got {type(value).__name__} {value!r}")
    array = as_array(value, name)
    if array.dtype.kind not in "fiu":
        cast = "real" if array.dtype.kind == "c" else "astype('float64')"
        raise WrongType(f"{name}: expected an array of real numbers, got {_kind(array)}; use {name}.{cast}")
    return array


def check_entries(value: Any, name: str) -> None:
    """InvalidArgument or WrongType for objects that are no numbers: entries of different shapes, tensors, others."""
    if not isinstance(value, (Sequence, np.ndarray)):
        hint = f"; use numpy.stack(list({name}))" if isinstance(value, Iterator) else ""
        raise WrongType(f"{name}: expected an array, got {type(value).__name__}{hint}")
    entries = list(value)
    tensor = next((entry for entry in entries if hasattr(entry, "detach")), None)
    if tensor is not None:
        raise WrongType(
            f"{name}: entries of type {_kind(tensor)} cannot be read as arrays; "
            f"use [x.detach().float().numpy() for x in {name}] (with .cpu() before .float() for other devices)"
        )
    shapes = [np.shape(entry) if hasattr(entry, "shape") else _shape(entry) for entry in entries]
    for place, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise InvalidArgument(
                f"{name}: expected entries of one shape, got {shapes[0]} at index 0 and {shape} at index {place}"
                f"{_images_hint(name) if len(shape) > 1 else ''}"
            )
    if shapes and shapes[0]:
        raise WrongType(f"{name}: expected one array, got objects of shape {shapes[0]}; use numpy.stack(list({name}))")


def _images_hint(name: str) -> str:
    return (
        f"; resize images to one size first, then numpy.stack({name}); images of any size can stay files, see "
        "bissl.data.ImageFiles"
    )


def _refused(value: Any, name: str, error: Exception) -> Exception:
    if hasattr(value, "detach"):
        return WrongType(
            f"{name}: {_kind(value)} cannot be read as an array ({error}); use {name}.detach().float().numpy() (with "
            ".cpu() before .float() for other devices)"
        )
    try:
        check_entries(value, name)
    except (WrongType, InvalidArgument) as told:
        return told
    return WrongType(
        f"{name}: {_kind(value)} cannot be read as an array ({error}); convert it with numpy.asarray first"
    )


def _shape(entry: Any) -> tuple[int, ...]:
    try:
        return np.shape(entry)
    except Exception:
        return (len(entry),) if hasattr(entry, "__len__") else ()


def _kind(value: Any) -> str:
    """Its class, and its dtype where it has one."""
    dtype = getattr(value, "dtype", None)
    return type(value).__name__ + (f" of {dtype}" if dtype is not None else "")
