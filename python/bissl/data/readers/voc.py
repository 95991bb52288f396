"""PASCAL VOC 2007 and 2012 (Everingham, Van Gool, Williams, Winn and Zisserman, 2010)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...errors import DataError, InvalidArgument, check_option
from ...targets import LEFT_OUT, ImageBoxes
from ..decoding import decode_indices
from .layout import Expected, inside
from .listing import Listing, read_columns, read_lines
from .published import PublishedImages
from .voc_annotations import VOC_CLASSES, Boxes, read_boxes

YEARS = {"2007": ("2007",), "2012": ("2012",), "2007+2012": ("2007", "2012")}
_LISTS = {"train": "train", "validation": "val", "test": "test"}
TEST_NOTE = "the 2007 test part is an archive of its own, VOCtest_06-Nov-2007.tar"
VOID = 255
_LABELS = {"1": 1, "-1": 0, "0": LEFT_OUT}
"""By what the lists say of an image and a class: shown, not shown, difficult objects only."""


class _VOC(PublishedImages):
    """What the three tasks share: years, folders, lists of image ids."""

    title = "PASCAL VOC"
    homes = ("VOCdevkit",)
    parts = ("train", "validation", "test")
    task: ClassVar[str]  # the folder of the lists
    extra: ClassVar[tuple[str, ...]] = ()  # folders that the task needs beside the images

    def __init__(
        self, root: str | os.PathLike[str], split: str = "train", *, year: str = "2007", **reading: Any
    ) -> None:
        self.year = check_option("year", year, YEARS)
        if split == "test" and year == "2012":
            raise InvalidArgument(
                'split: the labels of the VOC 2012 test part are withheld, expected "train", "validation" or '
                '"train+validation"; year="2007+2012" tests on VOC 2007'
            )
        super().__init__(root, split, **reading)

    @classmethod
    def splits_in(cls, root: str | os.PathLike[str], **options: str) -> tuple[str, ...]:
        return cls.splits[:-1] if options.get("year") == "2012" else cls.splits

    def _years(self, part: str) -> tuple[str, ...]:
        return ("2007",) if part == "test" else YEARS[self.year]

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        entries = [
            Expected(f"VOC{year}/{name}", TEST_NOTE if part == "test" else "")
            for part in parts
            for year in self._years(part)
            for name in ("JPEGImages/", *self.extra, *self._list_names(part))
        ]
        return list(dict.fromkeys(entries))

    def _list_names(self, part: str) -> tuple[str, ...]:
        return (f"ImageSets/{self.task}/{_LISTS[part]}.txt",)

    def _folder(self, year: str) -> Path:
        return self.root / f"VOC{year}"

    def _identities(self, part: str, year: str) -> list[str]:
        """The images' ids; segmentation and main lists hold one per line."""
        return read_lines(self._folder(year) / f"ImageSets/{self.task}/{_LISTS[part]}.txt")

    def _labels(self, part: str, year: str) -> np.ndarray | None:
        return None

    def _list(self, part: str) -> Listing:
        paths, origin = [], self.root
        labels: list[np.ndarray] = []
        for year in self._years(part):
            origin = self._folder(year) / f"ImageSets/{self.task}/{_LISTS[part]}.txt"
            images = self._folder(year) / "JPEGImages"
            paths += [inside(images, f"{identity}.jpg", origin) for identity in self._identities(part, year)]
            if (of_year := self._labels(part, year)) is not None:
                labels.append(of_year)
        return Listing(paths, np.concatenate(labels) if labels else None, origin)

    def _beside(self, sample: int, folder: str, extension: str) -> Path:
        """The file that belongs to an image: ``VOC2007/<folder>/<id><extension>``."""
        image = Path(self.source(sample))
        return image.parent.parent / folder / f"{image.stem}{extension}"


class VOC(_VOC):
    """PASCAL VOC as multi-label classification: ``labels`` int8 (N, 20), from the lists in ``ImageSets/Main``.
    See `PublishedDataset`.


    Labels are 1 where an image shows a class, 0 where it does not, and -1 (`bissl.targets.LEFT_OUT`) where it shows
    *difficult* objects of the class only: losses and metrics leave those pairs out, as VOC's evaluation does.

    Parameters
    ----------
    root : str or path
        The folder in which the archives were unpacked, or the unpacked folder itself.
    split : str, default "train"
        One of `bissl.data.SPLITS`, or another that the class names.
    year : str, default "2007"
        "2007" (5,011 images for training and validation, 4,952 for testing), "2012" (11,540; no test labels are
        published) or "2007+2012" (trained on both, tested on 2007).
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
    >>> voc = bissl.data.VOC("data", "train", year="2007")
    >>> voc.labels.shape[1], voc.classes[:2]
    (20, ('aeroplane', 'bicycle'))
    """

    task = "Main"
    published_classes = VOC_CLASSES

    def _list_names(self, part: str) -> tuple[str, ...]:
        return (*super()._list_names(part), f"ImageSets/Main/*_{_LISTS[part]}.txt")

    def _classes(self) -> tuple[str, ...]:
        return self.published_classes

    @property
    def difficult(self) -> np.ndarray:
        """bool (N, 20): the image shows difficult objects of the class, and no others of it."""
        difficult: np.ndarray = np.asarray(self.labels) == LEFT_OUT
        return difficult

    def _labels(self, part: str, year: str) -> np.ndarray:
        identities = self._identities(part, year)
        columns = [
            self._column(self._folder(year) / f"ImageSets/Main/{name}_{_LISTS[part]}.txt", identities)
            for name in VOC_CLASSES
        ]
        return np.stack(columns, axis=1)

    @staticmethod
    def _column(path: Path, identities: Sequence[str]) -> np.ndarray:
        """int8 (N,): 1 shown, 0 not shown, `LEFT_OUT` where there are difficult objects only."""
        values = dict(read_columns(path, "image-id value"))
        if values.keys() != set(identities):
            raise DataError(
                f"{path}: expected the {len(identities)} images of the part's list, got {len(values)} others"
            )
        wrong = set(values.values()) - _LABELS.keys()
        if wrong:
            raise DataError(f"{path}: expected 1, 0 or -1 for each image, got {sorted(wrong)[0]!r}")
        return np.array([_LABELS[values[identity]] for identity in identities], np.int8)


class VOCDetection(VOC):
    """PASCAL VOC as detection: `VOC`, with the objects of each image from `boxes`. See `PublishedDataset`.

    Parameters
    ----------
    root : str or path
        The folder in which the archives were unpacked, or the unpacked folder itself.
    split : str, default "train"
        One of `bissl.data.SPLITS`, or another that the class names.
    year : str, default "2007"
        "2007", "2012" or "2007+2012", as for `VOC`.
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
    >>> objects = bissl.data.VOCDetection("data", "train").target(0)
    >>> objects["boxes"].shape[1]
    4
    """

    extra = ("Annotations/",)
    dense_targets = "boxes"

    def boxes(self, sample: int) -> Boxes:
        """The objects in image ``sample``, read anew on every call.

        DataError (ValueError) where the annotation is broken, FileMissing where there is none; both name the file.
        """
        return read_boxes(self._annotation(sample))[0]

    def companions(self, sample: int) -> tuple[Path, ...]:
        return (self._annotation(sample),)

    def target(self, sample: int) -> ImageBoxes:
        """The objects as detection takes them."""
        found = self.boxes(sample)
        return {"boxes": found.corners, "labels": found.labels, "difficult": found.difficult}

    def check_target(self, sample: int, height: int, width: int) -> None:
        _, *stated = read_boxes(self._annotation(sample))
        if stated != [height, width]:
            raise DataError(
                f"{self._annotation(sample)}: is for height, width {stated}, the image has {[height, width]}"
            )

    def _annotation(self, sample: int) -> Path:
        return self._beside(sample, "Annotations", ".xml")


class VOCSegmentation(_VOC):
    """PASCAL VOC as semantic segmentation: a class per pixel from `mask`; ``labels`` is None. See `PublishedDataset`.

    ``classes`` are "background" and the 20 classes, as the masks number them. ``year`` as for `VOC`.

    Parameters
    ----------
    root : str or path
        The folder in which the archives were unpacked, or the unpacked folder itself.
    split : str, default "train"
        One of `bissl.data.SPLITS`, or another that the class names.
    year : str, default "2007"
        "2007", "2012" or "2007+2012", as for `VOC`.
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
    >>> maps = bissl.data.VOCSegmentation("data", "train")
    >>> maps.target(0).dtype, maps.classes[0]
    (dtype('uint8'), 'background')
    """

    task = "Segmentation"
    published_classes = ("background", *VOC_CLASSES)
    dense_targets = "a class per pixel"
    extra = ("SegmentationClass/",)

    def _classes(self) -> tuple[str, ...]:
        return self.published_classes

    def mask(self, sample: int) -> np.ndarray:
        """uint8 (H, W) of the full-size image: 0 background, 1 to 20 a class, 255 borders and what is left out.

        DataError (ValueError) where the file is broken or holds other values, FileMissing where there is none.
        """
        (path,) = self.companions(sample)
        mask = decode_indices(path)
        wrong = (mask > len(VOC_CLASSES)) & (mask != VOID)
        if wrong.any():
            raise DataError(f"{path}: expected 0 to {len(VOC_CLASSES)} or {VOID} in a mask, got {mask[wrong][0]}")
        return mask

    def companions(self, sample: int) -> tuple[Path, ...]:
        return (self._beside(sample, "SegmentationClass", ".png"),)

    def target(self, sample: int) -> np.ndarray:
        """`mask`."""
        return self.mask(sample)

    def check_target(self, sample: int, height: int, width: int) -> None:
        check_mask_shape(self.mask(sample), height, width, self.source(sample))


def check_mask_shape(mask: np.ndarray, height: int, width: int, source: str) -> None:
    """DataError where a mask is not of its image's size."""
    if mask.shape != (height, width):
        raise DataError(f"{source}: the image has height, width {(height, width)}, its mask {mask.shape}")
