"""CIFAR-10 and CIFAR-100 (Krizhevsky, 2009), in their "python" archives."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...errors import DataError
from ..dataset import ArrayDataset
from .layout import Expected
from .pickles import read_dataset_pickle
from .published import PublishedDataset

_SIDE = 32
_PIXELS = 3 * _SIDE * _SIDE


class _CIFAR(PublishedDataset):
    """Pickled batches: rows of 3 planes of 32 x 32 pixels, with a label each. See `PublishedDataset`."""

    files: ClassVar[dict[str, tuple[str, ...]]]
    names_file: ClassVar[str]
    names_key: ClassVar[str]
    label_key: ClassVar[str]

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        return [Expected(self.names_file)] + [Expected(name) for part in parts for name in self.files[part]]

    def _open(self, parts: Sequence[str]) -> ArrayDataset:
        classes = _texts(self.root / self.names_file, self.names_key)
        batches = [self._batch(self.root / name, len(classes)) for part in parts for name in self.files[part]]
        planes = np.concatenate([pixels for pixels, _ in batches]).reshape(-1, 3, _SIDE, _SIDE)
        labels = np.concatenate([labels for _, labels in batches])
        return ArrayDataset(np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), labels, classes)

    def _batch(self, path: Path, classes: int) -> tuple[np.ndarray, np.ndarray]:
        """One file: uint8 (n, 3072) and int64 (n,)."""
        content = read_dataset_pickle(path)
        pixels = _entry(content, "data", path)
        if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.shape[1:] != (_PIXELS,):
            raise DataError(f"{path}: expected 'data' as uint8 (n, {_PIXELS}), got {_kind(pixels)}")
        return pixels, _labels(_entry(content, self.label_key, path), len(pixels), classes, path)


class CIFAR10(_CIFAR):
    """CIFAR-10: 32 x 32 pixels, 10 classes; 50,000 images for training (40,000 and 10,000 for validation, as the
    paper's authors ran it) and 10,000 for testing. In memory. See `PublishedDataset`.

    Parameters
    ----------
    root : str or path
        The folder in which the archives were unpacked, or the unpacked folder itself.
    split : str, default "train"
        One of `bissl.data.SPLITS`, or another that the class names.
    validation_share : float, default 0.2
        Share of the training images that are the validation part where none is published.
    seed : int, default 0
        Seed of the random draws, a non-negative integer.
    **reading : object
        Options of `bissl.data.Decoding`, ``on_error`` and ``workers``, see `bissl.data.Loader`.

    Raises
    ------
    FileMissing (FileNotFoundError)
        Files are missing; the text is the expected tree with what was found.
    DataError (ValueError)
        A file is broken.

    Examples
    --------
    >>> train = bissl.data.CIFAR10("data", "train")
    >>> train.read(0).shape, train.classes[0]
    ((32, 32, 3), 'airplane')
    """

    title = "CIFAR-10"
    homes = ("cifar-10-batches-py",)
    files = {"train": tuple(f"data_batch_{i}" for i in range(1, 6)), "test": ("test_batch",)}
    names_file, names_key, label_key = "batches.meta", "label_names", "labels"


class CIFAR100(_CIFAR):
    """CIFAR-100: as `CIFAR10`, with 100 classes (the fine labels).

    Parameters
    ----------
    root : str or path
        The folder in which the archives were unpacked, or the unpacked folder itself.
    split : str, default "train"
        One of `bissl.data.SPLITS`, or another that the class names.
    validation_share : float, default 0.2
        Share of the training images that are the validation part where none is published.
    seed : int, default 0
        Seed of the random draws, a non-negative integer.
    **reading : object
        Options of `bissl.data.Decoding`, ``on_error`` and ``workers``, see `bissl.data.Loader`.

    Raises
    ------
    FileMissing (FileNotFoundError)
        Files are missing; the text is the expected tree with what was found.
    DataError (ValueError)
        A file is broken.

    Examples
    --------
    >>> bissl.data.CIFAR100("data", "test").read(0).shape
    (32, 32, 3)
    """

    title = "CIFAR-100"
    homes = ("cifar-100-python",)
    files = {"train": ("train",), "test": ("test",)}
    names_file, names_key, label_key = "meta", "fine_label_names", "fine_labels"


def _entry(content: dict[str, Any], key: str, path: Path) -> Any:
    if key not in content:
        raise DataError(
            f"{path}: expected the entry {key!r}, found {sorted(content)[:10]}; is it another data set's file?"
        )
    return content[key]


def _texts(path: Path, key: str) -> list[str]:
    names = _entry(read_dataset_pickle(path), key, path)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise DataError(f"{path}: expected {key!r} as a list of class names, got {_kind(names)}")
    return names


def _labels(values: Any, count: int, classes: int, path: Path) -> np.ndarray:
    if isinstance(values, list) and all(type(value) is int and abs(value) < 2**31 for value in values):
        values = np.array(values, np.int64)
    if not isinstance(values, np.ndarray) or values.shape != (count,):
        raise DataError(f"{path}: expected one whole number as label for each of {count} images, got {_kind(values)}")
    outside = (values < 0) | (values >= classes)
    if outside.any():
        first = int(np.argmax(outside))
        raise DataError(f"{path}: expected labels 0 to {classes - 1}, got {values[first]} at image {first}")
    return values.astype(np.int64)


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape}"
    return f"a {type(value).__name__}" + (f" of {len(value)} entries" if isinstance(value, (list, tuple, dict)) else "")
