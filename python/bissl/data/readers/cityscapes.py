"""Cityscapes (Cordts et al., 2016), the finely annotated part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...errors import DataError
from ..dataset import Dataset
from ..decoding import decode_indices
from .foundfiles import visible_folders
from .layout import Expected
from .listing import Listing, check_present
from .published import PublishedImages
from .voc import VOID, check_mask_shape

CITYSCAPES_CLASSES = (
    *("road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign", "vegetation"),
    *("terrain", "sky", "person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle"),
)
LABEL_IDS = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
"""The label id of each class; all others up to 33 are left out of training and evaluation."""
MOST_ID = 33

_FOLDERS = {"train": "train", "test": "val"}
IMAGE, MASK = "_leftImg8bit.png", "_gtFine_labelIds.png"


def _train_ids() -> np.ndarray:
    """uint8 (256,): the class of each label id, 255 where there is none."""
    table = np.full(256, VOID, np.uint8)
    table[list(LABEL_IDS)] = np.arange(len(LABEL_IDS))
    return table


TRAIN_IDS = _train_ids()


class Cityscapes(PublishedImages):
    """Cityscapes as semantic segmentation: one of 19 classes per pixel from `mask`; ``labels`` is None. See
    `PublishedDataset`.

    The labels of the published test part are withheld: "test" is the published validation part (500 images), and
    "validation" is cut off the training images (2,975) within each city (paper, section B.1).

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
    >>> streets = bissl.data.Cityscapes("data", "test")
    >>> streets.dense_targets, len(streets.classes)
    ('a class per pixel', 19)
    """

    title = "Cityscapes"
    homes = ("cityscapes",)
    dense_targets = "a class per pixel"
    published_classes = CITYSCAPES_CLASSES

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        return [
            Expected(f"{folder}/{_FOLDERS[part]}/*/", f"a folder per city, from {archive}")
            for part in parts
            for folder, archive in (
                ("leftImg8bit", "leftImg8bit_trainvaltest.zip"),
                ("gtFine", "gtFine_trainvaltest.zip"),
            )
        ]

    def _classes(self) -> tuple[str, ...]:
        return self.published_classes

    def _list(self, part: str) -> Listing:
        folder = self.root / "leftImg8bit" / _FOLDERS[part]
        paths = [str(path) for city in visible_folders(folder) for path in sorted((folder / city).glob(f"*{IMAGE}"))]
        check_present(Listing([str(_mask_path(path)) for path in paths], None, folder))
        return Listing(paths, None, folder)

    def _strata(self, base: Dataset) -> np.ndarray:
        return np.array([Path(base.source(sample)).parent.name for sample in range(len(base))])

    def mask(self, sample: int) -> np.ndarray:
        """uint8 (H, W) of the full-size image: 0 to 18 a class of ``classes``, 255 what is left out.

        DataError (ValueError) where the file is broken or holds other label ids, FileMissing where there is none.
        """
        path = _mask_path(self.source(sample))
        identities = decode_indices(path)
        wrong = (identities > MOST_ID) & (identities != VOID)
        if wrong.any():
            raise DataError(f"{path}: expected label ids 0 to {MOST_ID}, got {identities[wrong][0]}")
        result: np.ndarray = TRAIN_IDS[identities]
        return result

    def companions(self, sample: int) -> tuple[Path, ...]:
        return (_mask_path(self.source(sample)),)

    def target(self, sample: int) -> np.ndarray:
        """`mask`."""
        return self.mask(sample)

    def check_target(self, sample: int, height: int, width: int) -> None:
        check_mask_shape(self.mask(sample), height, width, self.source(sample))


def _mask_path(image: str) -> Path:
    """leftImg8bit/train/ulm/x_leftImg8bit.png -> gtFine/train/ulm/x_gtFine_labelIds.png"""
    path = Path(image)
    name = path.name.removesuffix(IMAGE) + MASK
    return path.parents[3] / "gtFine" / path.parent.relative_to(path.parents[2]) / name
