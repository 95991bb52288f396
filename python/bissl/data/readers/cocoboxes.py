"""Boxes in COCO's JSON format (Lin et al. 2014): objects of many images in one file."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DataError
from ...targets import ImageBoxes
from ..wholefiles import read_file

#: Most bytes of such a file; COCO's own has 450 MB.
_LARGEST = 2**30
#: Boxes that reach further beyond their image, in pixels, are broken; others are cut.
_TOLERANCE = 1.0


@dataclass(frozen=True)
class CocoFile:
    """What a file says.

    names : of the image files, as they stand there. sizes : int64 (N, 2), height and width of each, 0 where they are not
    stated. classes : names in the order of their ids. boxes : (M, 4), x0, y0, x1, y1 in pixels; labels : int64 (M,), from 0;
    crowd : bool (M,); all in the order of their images. starts : int64 (N + 1,), where the objects of each image begin.
    """

    names: list[str]
    sizes: np.ndarray
    classes: tuple[str, ...]
    boxes: np.ndarray
    labels: np.ndarray
    crowd: np.ndarray
    starts: np.ndarray

    def objects(self, image: int) -> ImageBoxes:
        """Of one image, none being an image without objects; crowds are difficult."""
        part = slice(self.starts[image], self.starts[image + 1])
        return {"boxes": self.boxes[part], "labels": self.labels[part], "difficult": self.crowd[part]}

    def in_classes(self, classes: Sequence[str], path: Path) -> np.ndarray:
        """The labels (M,) as numbers of these classes; DataError for a class that is none of them."""
        known = {name: number for number, name in enumerate(classes)}
        for name in self.classes:
            if name not in known:
                raise DataError(f"{path}: the class {name!r} is none of the {len(classes)} of the training part")
        labels: np.ndarray = np.array([known[name] for name in self.classes], np.int64)[self.labels]
        return labels


def read_coco(path: Path) -> CocoFile:
    """Reads a file whole.

    Raises
    ------
    FileMissing (FileNotFoundError) : there is no such file.
    DataError (ValueError) : no JSON; ids that appear twice; objects of images or classes that there are not; boxes that
        are no numbers, inverted, or reach more than a pixel beyond their image. The entry is named.
    """
    content = _parsed(path)
    images, categories, objects = (_entries(content, name, path) for name in ("images", "categories", "annotations"))
    numbers = _numbered(images, "images", path)
    classes = sorted(_numbered(categories, "categories", path).items(), key=lambda item: _sortable(item[0]))
    outputs = {identity: number for number, (identity, _) in enumerate(classes)}
    names = tuple(_text(categories[place], "name", f"categories[{place}]", path) for _, place in classes)
    if not names or len(set(names)) < len(names):
        raise DataError(f"{path}: expected categories of different names, got {list(names)[:10]}")
    _numbered([entry for entry in objects if "id" in entry], "annotations", path)
    sizes = np.array([_size(image, place, path) for place, image in enumerate(images)], np.int64).reshape(-1, 2)
    owners = np.array(
        [_known(entry, "image_id", numbers, place, path) for place, entry in enumerate(objects)], np.int64
    )
    labels = np.array(
        [_known(entry, "category_id", outputs, place, path) for place, entry in enumerate(objects)], np.int64
    )
    boxes = np.array([
        _box(entry, place, sizes[owner], path) for place, (entry, owner) in enumerate(zip(objects, owners))
    ], np.float64).reshape(-1, 4)  # fmt: skip
    crowd = np.array([_flag(entry, place, path) for place, entry in enumerate(objects)], bool)
    order = np.argsort(owners, kind="stable")
    return CocoFile(
        [_text(image, "file_name", f"images[{place}]", path) for place, image in enumerate(images)],
        sizes, names, boxes[order], labels[order], crowd[order],
        np.searchsorted(owners[order], np.arange(len(images) + 1)),
    )  # fmt: skip


def _parsed(path: Path) -> dict[str, Any]:
    content = read_file(path, _LARGEST, "annotation file")
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: broken JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise DataError(f"{path}: expected an object with images, annotations and categories, got {_short(parsed)}")
    return parsed


def _entries(content: dict[str, Any], name: str, path: Path) -> list[dict[str, Any]]:
    entries = content.get(name)
    if not isinstance(entries, list):
        raise DataError(f"{path}: expected a list of {name}, got {_short(entries)}")
    for place, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise DataError(f"{path}: {name}[{place}]: expected an object, got {_short(entry)}")
    return entries


def _numbered(entries: Sequence[dict[str, Any]], name: str, path: Path) -> dict[Any, int]:
    """The place of each id."""
    places: dict[Any, int] = {}
    for place, entry in enumerate(entries):
        identity = entry.get("id")
        if not isinstance(identity, (int, str)) or isinstance(identity, bool):
            raise DataError(f"{path}: {name}[{place}]: expected a number or text as id, got {_short(identity)}")
        if identity in places:
            raise DataError(f"{path}: {name}[{places[identity]}] and [{place}] have the same id {_short(identity)}")
        places[identity] = place
    return places


def _sortable(identity: int | str) -> tuple[bool, int | str]:
    """Numbers before texts."""
    return isinstance(identity, str), identity


def _known(entry: dict[str, Any], key: str, known: dict[Any, int], place: int, path: Path) -> int:
    identity = entry.get(key)
    if not isinstance(identity, (int, str)) or identity not in known:
        raise DataError(f"{path}: annotations[{place}]: there is none of {key} {_short(identity)}")
    return known[identity]


def _text(entry: dict[str, Any], key: str, where: str, path: Path) -> str:
    text = entry.get(key)
    if not isinstance(text, str) or not text:
        raise DataError(f"{path}: {where}: expected text as {key}, got {_short(text)}")
    return text


def _size(image: dict[str, Any], place: int, path: Path) -> tuple[int, int]:
    size = image.get("height", 0), image.get("width", 0)
    if not all(isinstance(side, int) and not isinstance(side, bool) and 0 <= side < 2**31 for side in size):
        raise DataError(
            f"{path}: images[{place}]: expected whole numbers as height and width, got {_short(list(size))}"
        )
    return size


def _box(entry: dict[str, Any], place: int, size: np.ndarray, path: Path) -> tuple[float, float, float, float]:
    box = entry.get("bbox")
    if (
        not isinstance(box, list)
        or len(box) != 4
        or not all(isinstance(side, (int, float)) and not isinstance(side, bool) for side in box)
        or not all(abs(side) < 2**31 for side in box)  # of NaN and infinity too
    ):
        raise DataError(f"{path}: annotations[{place}]: expected x, y, width, height as bbox, got {_short(box)}")
    x, y, width, height = map(float, box)
    if width < 0 or height < 0:
        raise DataError(f"{path}: annotations[{place}]: expected a width and height of at least 0, got {_short(box)}")
    corners = x, y, x + width, y + height
    if not size.all():
        return corners
    limits = size[1], size[0], size[1], size[0]
    cut = tuple(min(max(side, 0.0), float(limit)) for side, limit in zip(corners, limits))
    if max(abs(side - inside) for side, inside in zip(corners, cut)) > _TOLERANCE:
        raise DataError(
            f"{path}: annotations[{place}]: the box {_short(box)} is not inside its image of {size[1]} x {size[0]} pixels"
        )
    return cut[0], cut[1], cut[2], cut[3]


def _flag(entry: dict[str, Any], place: int, path: Path) -> bool:
    flag = entry.get("iscrowd", 0)
    if flag not in (0, 1):
        raise DataError(f"{path}: annotations[{place}]: expected 0 or 1 as iscrowd, got {_short(flag)}")
    return bool(flag)


def _short(value: Any) -> str:
    """For messages."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a whole number of too many digits, or lists in lists
        return type(value).__name__
    return text if len(text) <= 60 else f"{text[:57]}..."
