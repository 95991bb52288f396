"""Images in files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..errors import WrongType, checked_path
from ..targets.geometry import Size
from .dataset import Dataset, named_labels
from .decoding import Kind, decode, kind_of, size_of
from .decodingoptions import Decoding
from .indexing import sample_number
from .reading import reading_options


class ImageFiles(Dataset):
    """Image files of one of `bissl.data.imageformats.FORMATS`, whatever their names end in (but TGA's, which nothing
    else tells), in the order given.

    Parameters
    ----------
    paths : sequence of str or path
        One per image.
    labels : object, optional
        One per path, as of `ArrayDataset`.
    classes : sequence of str, default ()
        As of `ArrayDataset`.
    **reading : object
        Options of `bissl.data.Decoding`, ``on_error`` and ``workers``, see `bissl.data.Loader`.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Something else than paths; labels that are not one per path, or none of ``classes``; names that are no text, or the
        same.
    FileMissing (FileNotFoundError), DataError (ValueError)
        A file that is not there, or no image, when it is read.

    Examples
    --------
    >>> from pathlib import Path
    >>> files = bissl.data.ImageFiles(sorted(Path("data/folders").rglob("*.jpg")))
    >>> len(files), files.source(0)
    (20, 'data/folders/crow/crow_000.jpg')
    """

    def __init__(
        self,
        paths: Sequence[str | os.PathLike[str]],
        labels: Any = None,
        classes: Sequence[str] = (),
        **reading: Any,
    ) -> None:
        if isinstance(paths, (str, os.PathLike)):
            raise WrongType(
                f"paths: expected several paths, got {os.fspath(paths)!r}; for one file use [{os.fspath(paths)!r}]"
            )
        self.paths = _checked_paths(paths)
        self.labels, self.classes = named_labels(labels, len(self.paths), classes)
        self.decoding, self.reading = reading_options(reading)

    def __len__(self) -> int:
        return len(self.paths)

    def read(self, sample: int, least_side: int | None = None) -> np.ndarray:
        return decode(self.source(sample), least_side, self.decoding)

    def source(self, sample: int) -> str:
        return self.paths[sample_number(sample, len(self))]

    def size(self, sample: int) -> Size:
        return size_of(self.source(sample), self.decoding)

    def decodings(self) -> tuple[Decoding, ...]:
        return (self.decoding,)

    def kind(self, sample: int) -> Kind:
        return kind_of(self.source(sample))


def _checked_paths(paths: Any) -> list[str]:
    if not isinstance(paths, Iterable):
        raise WrongType(f"paths: expected several paths, got {type(paths).__name__}")
    listed = list(paths)
    if any(isinstance(path, np.ndarray) for path in listed):
        raise WrongType(
            "paths: expected paths of image files, got an array; images in memory are taken by bissl.data.ArrayDataset and "
            "bissl.data.ImageList"
        )
    return [checked_path(f"paths[{place}]", path, "the path of an image file") for place, path in enumerate(listed)]
