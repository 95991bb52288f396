"""MNIST and the data sets that are published in its files: Fashion-MNIST, KMNIST, EMNIST."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...errors import DataError, FileMissing, check_option
from ..dataset import ArrayDataset
from .idx import read_idx
from .layout import Expected
from .package import Package
from .published import PublishedDataset

_SIDE = 28
_DIGITS = tuple(str(digit) for digit in range(10))


class MNIST(PublishedDataset):
    """MNIST (LeCun, Cortes and Burges): grey handwritten digits of 28 x 28 pixels, 60,000 for training and 10,000 for
    testing. In memory. The files may be compressed (``.gz``) or not. See `PublishedDataset`.

    Parameters
    ----------
    root : str or path
        The folder of the four files, or one that holds it.
    split : str, default "train"
        One of `bissl.data.SPLITS`.
    validation_share : float, default 0.2
        Share of the training images that are the validation part.
    seed : int, default 0
        Seed of the validation part, a non-negative integer.
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
    >>> train = bissl.data.MNIST("data", "train")
    >>> train.read(0).shape, train.classes[:3]
    ((28, 28, 3), ('0', '1', '2'))
    """

    title = "MNIST"
    homes: ClassVar[tuple[str, ...]] = ("MNIST/raw", "MNIST", "mnist")
    published_classes = _DIGITS
    #: Begins the names of the files of each published part.
    prefixes: ClassVar[dict[str, str]] = {"train": "train", "test": "t10k"}

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        kinds = ("images-idx3-ubyte", "labels-idx1-ubyte")
        return [Expected(f"{self._prefix(part)}-{kind}*", "with or without .gz") for part in parts for kind in kinds]

    def _prefix(self, part: str) -> str:
        return self.prefixes[part]

    def _open(self, parts: Sequence[str]) -> ArrayDataset:
        (part,) = parts
        images_path = self._file(f"{self._prefix(part)}-images-idx3-ubyte")
        images = read_idx(images_path, 3)
        if images.shape[1:] != (_SIDE, _SIDE):
            raise DataError(f"{images_path}: expected images of {_SIDE} x {_SIDE} pixels, got {images.shape[1:]}")
        labels_path = self._file(f"{self._prefix(part)}-labels-idx1-ubyte")
        labels = self._numbered(read_idx(labels_path, 1).astype(np.int64))
        if len(labels) != len(images):
            raise DataError(f"{labels_path}: expected a label for each of {len(images)} images, got {len(labels)}")
        outside = (labels < 0) | (labels >= len(self._names()))
        if outside.any():
            place = int(np.argmax(outside))
            raise DataError(
                f"{labels_path}: expected labels of {len(self._names())} classes, got number {labels[place]} at image "
                f"{place}"
            )
        return ArrayDataset(self._upright(images), labels, self._names())

    def _file(self, name: str) -> Path:
        """The file as it is, or compressed, whichever is there."""
        for path in (self.root / name, self.root / f"{name}.gz"):
            if path.is_file():
                return path
        raise FileMissing(f"root: {self.title} expects {name} or {name}.gz in {self.root}")

    def _names(self) -> tuple[str, ...]:
        return self.published_classes

    def _numbered(self, labels: np.ndarray) -> np.ndarray:
        """Class numbers from 0."""
        return labels

    def _upright(self, images: np.ndarray) -> np.ndarray:
        return images


class FashionMNIST(MNIST):
    """Fashion-MNIST (Xiao, Rasul and Vollgraf 2017): grey pictures of clothes of 28 x 28 pixels in 10 classes, 60,000 for
    training and 10,000 for testing; Debian's package ``dataset-fashion-mnist`` installs it as
    ``/usr/share/datasets/fashion-mnist``. As `MNIST`.

    Parameters
    ----------
    root : str or path or None, optional
        The folder of the four files, or one that holds it; None is the package's.
    split : str, default "train"
        One of `bissl.data.SPLITS`.
    validation_share : float, default 0.2
        Share of the training images that are the validation part.
    seed : int, default 0
        Seed of the validation part, a non-negative integer.
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
    >>> bissl.data.FashionMNIST("data", "test").classes[0]
    'T-shirt/top'
    """

    title = "Fashion-MNIST"
    homes = ("FashionMNIST/raw", "fashion-mnist", "FashionMNIST")
    package = Package(("dataset-fashion-mnist",), "/usr/share/datasets/fashion-mnist")
    published_classes = (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    )  # fmt: skip


class KMNIST(MNIST):
    """Kuzushiji-MNIST (Clanuwat et al. 2018): ten characters of cursive Japanese, 28 x 28 grey pixels, 60,000 for training
    and 10,000 for testing. As `MNIST`.

    Parameters
    ----------
    root : str or path
        The folder of the four files, or one that holds it.
    split : str, default "train"
        One of `bissl.data.SPLITS`.
    validation_share : float, default 0.2
        Share of the training images that are the validation part.
    seed : int, default 0
        Seed of the validation part, a non-negative integer.
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
    >>> len(bissl.data.KMNIST("data", "train").classes)
    10
    """

    title = "KMNIST"
    homes = ("KMNIST/raw", "kmnist", "KMNIST")
    published_classes = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")


class EMNIST(MNIST):
    """EMNIST (Cohen et al. 2017): handwritten letters and digits of 28 x 28 grey pixels, in one of its published subsets.
    Its files hold every image transposed; images are given upright. As `MNIST`.

    Parameters
    ----------
    root : str or path
        The folder of the files, or one that holds it.
    split : str, default "train"
        One of `bissl.data.SPLITS`.
    subset : str, default "balanced"
        "balanced" (47 classes), "letters" (26, both cases together), "digits" or "mnist" (10).
    validation_share : float, default 0.2
        Share of the training images that are the validation part.
    seed : int, default 0
        Seed of the validation part, a non-negative integer.
    **reading : object
        Options of `bissl.data.Decoding`, ``on_error`` and ``workers``, see `bissl.data.Loader`.

    Raises
    ------
    FileMissing (FileNotFoundError)
        Files are missing; the text is the expected tree with what was found.
    DataError (ValueError)
        A file is broken.
    InvalidArgument (ValueError)
        An unknown subset; the nearest is named.

    Examples
    --------
    >>> bissl.data.EMNIST("data", "train", subset="letters").classes[:2]
    ('a', 'b')
    """

    title = "EMNIST"
    published_classes = ()  # they are those of the subset
    homes = ("EMNIST/raw", "gzip", "emnist", "EMNIST")
    subsets: ClassVar[dict[str, tuple[str, ...]]] = {
        "balanced": tuple("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt"),
        "letters": tuple("abcdefghijklmnopqrstuvwxyz"),
        "digits": _DIGITS,
        "mnist": _DIGITS,
    }

    def __init__(
        self,
        root: str | os.PathLike[str],
        split: str = "train",
        *,
        subset: str = "balanced",
        validation_share: float = 0.2,
        seed: int = 0,
        **reading: Any,
    ) -> None:
        self.subset_name = check_option("subset", subset, self.subsets)
        super().__init__(root, split, validation_share=validation_share, seed=seed, **reading)

    def _prefix(self, part: str) -> str:
        return f"emnist-{self.subset_name}-{part}"

    def _names(self) -> tuple[str, ...]:
        return self.subsets[self.subset_name]

    def _numbered(self, labels: np.ndarray) -> np.ndarray:
        return labels - 1 if self.subset_name == "letters" else labels

    def _upright(self, images: np.ndarray) -> np.ndarray:
        return images.transpose(0, 2, 1)
