"""Oxford-IIIT Pets (Parkhi, Vedaldi, Zisserman and Jawahar, 2012)."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import DataError
from .layout import Expected, inside
from .listing import Listing, labels_from_one, read_columns, whole_numbers
from .published import PublishedImages

_LISTS = {"train": "annotations/trainval.txt", "test": "annotations/test.txt"}


class OxfordPets(PublishedImages):
    """Oxford-IIIT Pets: 37 breeds of cats and dogs, 3,680 images for training and 3,669 for testing. See
    `PublishedDataset`.

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
    >>> pets = bissl.data.OxfordPets("data", "train")
    >>> pets.read(0).shape[2]
    3
    """

    title = "Oxford-IIIT Pets"
    homes = ("oxford-iiit-pet",)

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        lists = dict.fromkeys(["train", *parts])  # the breeds' names are those of the training list
        return [Expected("images/"), *(Expected(_LISTS[part]) for part in lists)]

    def _rows(self, part: str) -> list[tuple[str, str]]:
        """Each image's name and class number."""
        rows = read_columns(self.root / _LISTS[part], "image class-id species breed-id")
        return [(image, number) for image, number, *_ in rows]

    def _classes(self) -> list[str]:
        """The breeds by class number: what stands before the image's number in its name."""
        origin = self.root / _LISTS["train"]
        rows = self._rows("train")
        numbers = whole_numbers((number for _, number in rows), origin)
        breeds = {int(number): image.rpartition("_")[0] for number, (image, _) in zip(numbers, rows)}
        if sorted(breeds) != list(range(1, len(breeds) + 1)):
            raise DataError(f"{origin}: expected class numbers from 1 without gaps, got {sorted(breeds)[:5]}...")
        return [breeds[number] for number in sorted(breeds)]

    def _list(self, part: str) -> Listing:
        origin = self.root / _LISTS[part]
        rows = self._rows(part)
        numbers = whole_numbers((number for _, number in rows), origin)
        labels = labels_from_one(numbers, len(self._classes()), origin)
        return Listing([inside(self.root / "images", f"{image}.jpg", origin) for image, _ in rows], labels, origin)
