"""SUN397 (Xiao, Hays, Ehinger, Oliva and Torralba, 2010)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from .layout import Expected, inside
from .listing import Listing, labels_of_names, read_lines
from .partition import checked_partition
from .published import PublishedImages


class SUN397(PublishedImages):
    """SUN397: 397 scenes, 19,850 images each for training and testing. See `PublishedDataset`.

    ``partition`` (1 to 10) is one of the published partitions, which come in an archive of their own; the first is
    the paper's.

    Parameters
    ----------
    root : str or path
        The folder in which the archives were unpacked, or the unpacked folder itself.
    split : str, default "train"
        One of `bissl.data.SPLITS`, or another that the class names.
    partition : int, default 1
        One of the published partitions, 1 to 10; the first is the paper's.
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
    >>> scenes = bissl.data.SUN397("data", "train", partition=1)
    >>> scenes.read(0).shape[2]
    3
    """

    title = "SUN397"
    homes = ("SUN397",)

    def __init__(
        self,
        root: str | os.PathLike[str],
        split: str = "train",
        *,
        partition: int = 1,
        validation_share: float = 0.2,
        seed: int = 0,
        **reading: Any,
    ) -> None:
        self.partition = checked_partition(partition)
        super().__init__(root, split, validation_share=validation_share, seed=seed, **reading)

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        lists = [Expected(self._list_name(part), "from Partitions.zip") for part in parts]
        return [Expected("ClassName.txt"), *lists, Expected("a/", "folders of images, a to z")]

    def _list_name(self, part: str) -> str:
        return f"Partitions/{'Training' if part == 'train' else 'Testing'}_{self.partition:02d}.txt"

    def _classes(self) -> list[str]:
        """ "/a/abbey" is the scene "abbey"; "/a/apartment_building/outdoor" is "apartment_building/outdoor"."""
        return [line.strip("/").partition("/")[2] for line in read_lines(self.root / "ClassName.txt")]

    def _list(self, part: str) -> Listing:
        origin = self.root / self._list_name(part)
        names = [line.lstrip("/") for line in read_lines(origin)]
        scenes = [name.partition("/")[2].rpartition("/")[0] for name in names]
        labels = labels_of_names(scenes, self._classes(), origin)
        return Listing([inside(self.root, name, origin) for name in names], labels, origin)
