"""Whether all image files of a run can be used, before it begins; what was found sound once is not decoded again."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import PIL

from ..errors import DataError, WrongType, checked_integer
from ..progress import progress_bar
from .dataset import Dataset
from .examination import CHUNK, Broken, examined
from .usercache import user_cache

logger = logging.getLogger("bissl")

_SHOWN = 5
"""Most broken files that a message names."""

_LARGEST = 2**27
"""Bytes of the list of sound files; beyond, it is begun anew."""


def check_files(datasets: Dataset | Iterable[Dataset], progress: bool = True, threads: int | None = None) -> None:
    """Decodes every image file of a data set, or of several, with its boxes or mask, unless it was found sound before.

    A file is known by path, size and time of change, by how it is decoded, and by what its boxes or mask are checked
    against (classes, and boxes that lie in memory); the list of those that are sound is kept in the user's cache folder
    (``$XDG_CACHE_HOME/bissl`` or ``~/.cache/bissl``), so that a second check reads no image; where there is no such folder,
    every check reads all. Images in arrays are not looked at.

    Parameters
    ----------
    datasets : iterable of Dataset
        Whose files are decoded.
    progress : bool, default True
        Show a progress bar.
    threads : int or None, optional
        That decode; by default as many as the machine has cores.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Something else than data sets, or no positive number of threads.
    DataError (ValueError)
        Some files are broken or missing; the text has their number, and the first of them. Where a data set skips
        broken images (``on_error="skip"``), they are a warning.

    Examples
    --------
    >>> bissl.data.check_files([bissl.data.OxfordPets("data")], progress=False)
    """
    if threads is not None:
        threads = checked_integer("threads", threads, 1)
    listed = _listed(datasets)
    known = _SoundFiles()
    for dataset in listed:
        if dataset.decodings():
            _check(dataset, known, progress, threads)


def _listed(datasets: Any) -> list[Dataset]:
    if isinstance(datasets, Dataset):
        return [datasets]
    listed = list(datasets) if isinstance(datasets, Iterable) else [datasets]
    for place, dataset in enumerate(listed):
        if not isinstance(dataset, Dataset):
            raise WrongType(
                f"datasets: expected a bissl.data.Dataset or several, got {type(dataset).__name__} at index {place}; image "
                "files are opened by bissl.data.ImageFiles or bissl.data.open_dataset"
            )
    return listed


def _check(dataset: Dataset, known: _SoundFiles, progress: bool, threads: int | None) -> None:
    against = (dataset.dense_targets, dataset.classes) if dataset.dense_targets else ()
    common = blake2b(repr((PIL.__version__, dataset.decodings(), against)).encode(), digest_size=8)
    keys = np.array([_key(dataset, sample, common.copy()) for sample in range(len(dataset))], np.uint64)
    waiting = np.flatnonzero(~known.holds(keys))
    broken: list[Broken] = []
    with progress_bar(len(waiting), "check files", progress and len(waiting) > 0, unit="image") as bar:
        for start in range(0, len(waiting), CHUNK):
            chunk = waiting[start : start + CHUNK]
            found = list(examined(dataset, chunk, threads))
            known.add(keys[chunk[[not isinstance(result, Broken) for result in found]]])
            broken += [result for result in found if isinstance(result, Broken)]
            bar.update(len(chunk))
    if broken:
        _tell(dataset, broken)


def _tell(dataset: Dataset, broken: list[Broken]) -> None:
    first = "\n".join(f"  {image.reason}" for image in broken[:_SHOWN])
    more = f"\n  and {len(broken) - _SHOWN} more" if len(broken) > _SHOWN else ""
    text = f"{len(broken)} of {len(dataset)} image files cannot be used:\n{first}{more}\n"
    if dataset.reading.on_error == "raise":
        raise DataError(
            f'{text}`bissl data check NAME FOLDER` lists all; mend or remove them, or take on_error="skip" (in recipes '
            "data.on_error=skip), which puts other images of their classes in their place"
        )
    logger.warning("%sother images of their classes take their place", text)


def _key(dataset: Dataset, sample: int, digest: blake2b) -> int:
    """Of an image's files as they are now and what they are checked against; ``digest`` : of what all images share."""
    source = dataset.source(sample)
    digest.update(f"{dataset.checked_by(sample)}\0".encode(errors="surrogateescape"))
    for path in (source, *map(os.fspath, dataset.companions(sample))):
        digest.update(f"{os.path.abspath(path)}\0{_state(path)}\0".encode(errors="surrogateescape"))
    return int.from_bytes(digest.digest(), "little")


def _state(path: str) -> str:
    try:
        status = os.stat(path)
    except OSError:
        return "missing"
    return f"{status.st_size} {status.st_mtime_ns}"


class _SoundFiles:
    """The keys of files that were found sound, in a file to which processes append."""

    def __init__(self) -> None:
        caches = user_cache()
        self._path = caches and caches / "sound-files"
        self._keys = np.empty(0, np.uint64) if self._path is None else self._read(self._path)

    def holds(self, keys: np.ndarray) -> np.ndarray:
        """bool, for each of these keys."""
        return np.isin(keys, self._keys)

    def add(self, keys: np.ndarray) -> None:
        """A list that cannot be written is no reason to stop: the files are checked again next time."""
        self._keys = np.concatenate([self._keys, keys])
        if self._path is None:
            return
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(self._path, "ab") as file:
                file.write(keys.astype("<u8").tobytes())

    @staticmethod
    def _read(path: Path) -> np.ndarray:
        """None, where there is no list, or where it is too long or torn; that one is removed."""
        nothing = np.empty(0, np.uint64)
        try:
            content = path.read_bytes()
            if len(content) <= _LARGEST and len(content) % 8 == 0:
                return np.frombuffer(content, "<u8").astype(np.uint64)
            path.unlink()
        except OSError:
            pass
        return nothing
