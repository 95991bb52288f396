"""Caltech-UCSD Birds-200-2011 (Wah, Branson, Welinder, Perona and Belongie, 2011)."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import DataError
from .layout import Expected, inside
from .listing import Listing, labels_from_one, read_columns, whole_numbers
from .published import PublishedImages


class CUB200(PublishedImages):
    """CUB-200-2011: 200 species of birds, 5,994 images for training and 5,794 for testing. See `PublishedDataset`.

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
    >>> birds = bissl.data.CUB200("data", "test")
    >>> birds.read(0).shape[2]
    3
    """

    title = "CUB-200-2011"
    homes = ("CUB_200_2011",)

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        tables = ("classes.txt", "images.txt", "image_class_labels.txt", "train_test_split.txt")
        return [Expected("images/"), *map(Expected, tables)]

    def _classes(self) -> list[str]:
        return [name for _, name in read_columns(self.root / "classes.txt", "class-id name")]

    def _list(self, part: str) -> Listing:
        origin = self.root / "train_test_split.txt"
        names = self._column("images.txt", "image-id path")
        classes = self._column("image_class_labels.txt", "image-id class-id")
        training = self._column("train_test_split.txt", "image-id is-training")
        if not names.keys() == classes.keys() == training.keys():
            raise DataError(f"{origin}: its image ids are not those of images.txt and image_class_labels.txt")
        wrong = set(training.values()) - {"0", "1"}
        if wrong:
            raise DataError(f"{origin}: expected 0 or 1 for each image, got {sorted(wrong)[0]!r}")
        chosen = [image for image in names if training[image] == ("1" if part == "train" else "0")]
        numbers = whole_numbers((classes[image] for image in chosen), self.root / "image_class_labels.txt")
        labels = labels_from_one(numbers, len(self._classes()), self.root / "image_class_labels.txt")
        return Listing([inside(self.root / "images", names[image], origin) for image in chosen], labels, origin)

    def _column(self, name: str, columns: str) -> dict[str, str]:
        """A table's second column by image id."""
        return dict(read_columns(self.root / name, columns))
