"""scikit-learn's handwritten digits as arrays, split as recipes split them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bissl.data import Dataset
from bissl.experiments import Images
from bissl.experiments.recipe import Data


@dataclass(frozen=True)
class Labelled:
    """uint8 images (N, 8, 8) and their digits, int64 (N,)."""

    images: np.ndarray
    labels: np.ndarray

    @classmethod
    def of(cls, dataset: Dataset) -> Labelled:
        return cls(pixels(dataset), np.asarray(dataset.labels))

    def pair(self) -> tuple[np.ndarray, np.ndarray]:
        return self.images, self.labels


@dataclass(frozen=True)
class Digits:
    """unlabelled : half of all images, (N, 8, 8). few : those of them whose labels a downstream task sees."""

    unlabelled: np.ndarray
    few: Labelled
    validation: Labelled


def load_digits(per_class: int = 5) -> Digits:
    images = Images.of(Data(pretext="digits", downstream="digits", labels_per_class=per_class))
    return Digits(pixels(images.unlabeled), Labelled.of(images.training), Labelled.of(images.validation))


def pixels(dataset: Dataset) -> np.ndarray:
    """Grey images (N, 8, 8)."""
    return np.ascontiguousarray(dataset.gather(np.arange(len(dataset)))[..., 0])
