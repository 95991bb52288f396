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
    """Stanford Cars: 196 models, 8,144 images for training and 8,041 for testing. See `PublishedDataset`."""

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
