"""Stanford Cars (Krause, Stark, Deng and Fei-Fei, 2013)."""

from __future__ import annotations

from collections.abc import Sequence

from .layout import Expected, inside
from .listing import Listing, labels_from_one
from .matfiles import MatFile
from .published import PublishedImages

ANNOTATIONS = {"train": "devkit/cars_train_annos.mat", "test": "cars_test_annos_withlabels.mat"}
IMAGES = {"train": "cars_train", "test": "cars_test"}


class StanfordCars(PublishedImages):
    """Stanford Cars: 196 models, 8,144 images for training and 8,041 for testing. See `PublishedDataset`.

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
    >>> cars = bissl.data.StanfordCars("data", "train")
    >>> cars.read(0).shape[2]
    3
    """

    title = "Stanford Cars"
    homes = ("stanford_cars",)

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        notes = {"test": "a download of its own; the development kit's lacks the labels"}
        per_part = [
            entry
            for part in parts
            for entry in (Expected(ANNOTATIONS[part], notes.get(part, "")), Expected(f"{IMAGES[part]}/"))
        ]
        return [Expected("devkit/cars_meta.mat"), *per_part]

    def _classes(self) -> list[str]:
        return MatFile(self.root / "devkit/cars_meta.mat", "class_names").texts("class_names")

    def _list(self, part: str) -> Listing:
        origin = self.root / ANNOTATIONS[part]
        file = MatFile(origin, "annotations")
        names = file.field_texts("annotations", "fname")
        labels = labels_from_one(file.field_numbers("annotations", "class"), len(self._classes()), origin)
        return Listing([inside(self.root / IMAGES[part], name, origin) for name in names], labels, origin)
