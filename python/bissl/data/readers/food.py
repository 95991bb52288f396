"""Food-101 (Bossard, Guillaumin and Van Gool, 2014)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ...errors import DataError
from .layout import Expected, inside
from .listing import Listing, labels_of_names, read_text
from .published import PublishedImages


class Food101(PublishedImages):
    """Food-101: 101 dishes, 750 images each for training and 250 for testing, in the order of the published lists.
    See `PublishedDataset`.

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
    >>> dishes = bissl.data.Food101("data", "train")
    >>> dishes.read(0).shape[2]
    3
    """

    title = "Food-101"
    homes = ("food-101",)

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        lists = dict.fromkeys(["train", *parts])  # the class names are those of the training list
        return [Expected("images/"), *(Expected(f"meta/{part}.json") for part in lists)]

    def _classes(self) -> list[str]:
        return sorted(_read_lists(self.root / "meta/train.json"))

    def _list(self, part: str) -> Listing:
        origin = self.root / f"meta/{part}.json"
        named = [(dish, name) for dish, names in _read_lists(origin).items() for name in names]
        labels = labels_of_names([dish for dish, _ in named], self._classes(), origin)
        return Listing([inside(self.root / "images", f"{name}.jpg", origin) for _, name in named], labels, origin)


def _read_lists(path: Path) -> dict[str, list[str]]:
    """The names of each dish's images."""
    try:
        lists = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: truncated or broken JSON: {error}") from error
    if not isinstance(lists, dict) or not all(isinstance(names, list) for names in lists.values()):
        raise DataError(f'{path}: expected {{"dish": ["dish/number", ...], ...}}, got a {type(lists).__name__}')
    for names in lists.values():
        if not all(isinstance(name, str) for name in names):
            raise DataError(f"{path}: expected the images' names as texts")
    return lists
