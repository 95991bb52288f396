"""scikit-learn's handwritten digits, split for the demo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import InvalidState
from ...extras import required

CLASSES = 10


@dataclass(frozen=True)
class LabelledDigits:
    """uint8 images (N, 8, 8) and their digits, int64 (N,)."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def pair(self) -> tuple[np.ndarray, np.ndarray]:
        return self.images, self.labels


class TestSplit:
    """The test images, which can be read once."""

    __test__ = False  # not a pytest class

    def __init__(self, data: LabelledDigits) -> None:
        self._data: LabelledDigits | None = data
        self.size = len(data)

    def read(self) -> LabelledDigits:
        if self._data is None:
            raise InvalidState("the test split was read before; all models are measured in one reading")
        data, self._data = self._data, None
        return data


@dataclass(frozen=True)
class Digits:
    """unlabelled : all training images, (N, 8, 8). few : the few of them whose labels the downstream task sees."""

    unlabelled: np.ndarray
    few: LabelledDigits
    validation: LabelledDigits
    test: TestSplit


def load_digits(per_class: int = 5, seed: int = 0) -> Digits:
    """1,797 grey 8×8 images, values 0..16 as 0..255: half for training, a sixth to validate, a third to test, by class.

    ``per_class`` training images of each digit keep their labels.
    """
    bunch = required("sklearn.datasets", "demo", "the digits of the demo").load_digits()
    from sklearn.model_selection import train_test_split

    images = np.round(bunch.images * (255 / 16)).astype(np.uint8)
    labels = bunch.target.astype(np.int64)
    rest, test = train_test_split(np.arange(len(labels)), test_size=1 / 3, stratify=labels, random_state=seed)
    training, validation = train_test_split(rest, test_size=1 / 4, stratify=labels[rest], random_state=seed)
    few = np.concatenate([training[labels[training] == digit][:per_class] for digit in range(CLASSES)])

    def part(chosen: np.ndarray) -> LabelledDigits:
        return LabelledDigits(images[chosen], labels[chosen])

    return Digits(images[training], part(few), part(validation), TestSplit(part(test)))
