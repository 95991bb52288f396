"""Reading images that may be broken, and what takes their place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..errors import BisslError, DataError, FileMissing, InvalidArgument, WrongType
from ..targets import DenseTargets
from ..targets.geometry import Size
from .dataset import Dataset


def read_checked(dataset: Dataset, sample: int, least_side: int | None = None) -> np.ndarray:
    """`Dataset.read` with every failure named after its source.

    Raises
    ------
    DataError (ValueError), FileMissing (FileNotFoundError) : with the path or number of the image. MemoryError passes.
    """
    if dataset.replaced(np.array([sample]))[0]:
        raise DataError(
            f"{dataset.source(sample)}: could not be read when the cache was made; another image is in its place"
        )
    try:
        pixels = dataset.read(sample, least_side)
    except (BisslError, MemoryError):
        raise
    except Exception as error:
        raise DataError(
            f"{dataset.source(sample)}: cannot be read as an image: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        given = f"{pixels.dtype} {pixels.shape}" if isinstance(pixels, np.ndarray) else type(pixels).__name__
        raise DataError(f"{dataset.source(sample)}: expected uint8 (H, W, 3) from the data set, got {given}")
    return pixels


def read_label(dataset: Dataset, targets: DenseTargets, sample: int, size: Size) -> tuple[Any, str]:
    """`Dataset.target` of an image of this height and width, checked, by the class numbers of ``targets``, and what was cut
    off to fit it, as `DenseTargets.fit_image` says.

    Raises
    ------
    DataError (ValueError), FileMissing (FileNotFoundError) : a broken label, with the path or number of the image.
    InvalidArgument (ValueError) : the data set has no such labels.
    """
    label = dataset.target(sample)
    try:
        return targets.fit_image(label, dataset.source(sample), size, dataset.classes)
    except (InvalidArgument, WrongType) as error:
        raise DataError(str(error)) from error


class ReadSample(NamedTuple):
    """pixels : uint8 (H, W, 3). sample : whose they are. failure : why the image asked for could not be read, if so."""

    pixels: np.ndarray
    sample: int
    failure: str | None


class Substitution:
    """For an image that cannot be read, or whose boxes or label map are broken where ``dense`` are: the next that can, by number and from the last on to the first, of the same
    class where images have one class each, of all images otherwise.

    So the substitute depends on the data alone. Safe from several threads at once.
    """

    def __init__(self, dataset: Dataset, dense: DenseTargets | None = None) -> None:
        self.dataset, self.dense = dataset, dense
        self._broken: dict[int, str] = {}

    def read(self, sample: int, least_side: int | None = None) -> ReadSample:
        """DataError where no image of the class can be read."""
        for candidate in self._candidates(sample):
            pixels = self.attempt(candidate, least_side)
            if pixels is not None:
                return ReadSample(pixels, candidate, self._broken.get(sample))
        raise DataError(f"{self._broken[sample]}; and none of the images that could replace it can be read either")

    def _candidates(self, sample: int) -> Iterator[int]:
        yield sample
        labels = self.dataset.labels
        if labels is None or labels.ndim != 1:
            others = np.arange(len(self.dataset))
        else:
            others = np.flatnonzero(labels == labels[sample])
        place = int(np.searchsorted(others, sample))
        for step in range(1, len(others)):
            yield int(others[(place + step) % len(others)])

    def failure(self, sample: int) -> str:
        """Why an image that was attempted cannot be read."""
        return self._broken[sample]

    def attempt(self, sample: int, least_side: int | None) -> np.ndarray | None:
        """None for an image that cannot be read, which is noted, so that it is tried once."""
        if sample in self._broken:
            return None
        try:
            pixels = read_checked(self.dataset, sample, least_side)
            if self.dense is not None:
                read_label(self.dataset, self.dense, sample, pixels.shape[:2])
            return pixels
        except (DataError, FileMissing) as error:
            self._broken[sample] = str(error)
            return None
