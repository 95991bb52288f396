"""PASCAL VOC's annotations: objects in XML files, and class membership in lists."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import numpy as np

from ...errors import DataError
from ..wholefiles import read_file

VOC_CLASSES = tuple(
    "aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person pottedplant sheep "
    "sofa train tvmonitor".split()
)
_LARGEST = 2**20
"""Most bytes of an annotation; the published ones stay under 64 KiB."""
_DEEPEST = 16


@dataclass(frozen=True)
class Boxes:
    """The objects in an image.

    Parameters
    ----------
    corners : ndarray
        float64 (n, 4), x_min, y_min, x_max, y_max in pixels of the full-size image, from 0, the maxima exclusive:
        x_max - x_min is the width. (The files count pixels from 1 and include the maxima.).
    labels : ndarray
        int64 (n,), each object's class.
    difficult : ndarray
        bool (n,), objects that VOC's evaluation leaves out.
    truncated : ndarray
        bool (n,), objects that reach beyond the image or are hidden in part.

    Examples
    --------
    >>> found = bissl.data.VOCDetection("data", "train").boxes(0)
    >>> found.corners.shape[1], found.difficult.dtype
    (4, dtype('bool'))
    """

    corners: np.ndarray
    labels: np.ndarray
    difficult: np.ndarray
    truncated: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


def read_boxes(path: Path) -> tuple[Boxes, int, int]:
    """The objects in an annotation file, and the height and width of its image.

    Raises
    ------
    FileMissing (FileNotFoundError) : there is no such file.
    DataError (ValueError) : broken XML, one with a document type (entities are never expanded), an unknown class, or a
        box that is empty or beyond its image.
    """
    tree = _parse(path)
    width, height = (int(_number(tree, f"size/{side}", path)) for side in ("width", "height"))
    objects = tree.findall("object")
    corners = np.array([_corners(entry, width, height, path) for entry in objects], np.float64).reshape(-1, 4)
    labels = np.array([_label(entry, path) for entry in objects], np.int64)
    flags = {
        name: np.array([_flag(entry, name, path) for entry in objects], bool) for name in ("difficult", "truncated")
    }
    return Boxes(corners, labels, **flags), height, width


def _parse(path: Path) -> Element:
    content = read_file(path, _LARGEST, "annotation file")
    try:
        return _tree(content)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise DataError(f"{path}: broken or refused XML: {error}") from error


def _tree(content: bytes) -> Element:
    """Elements and text alone: a document type, and with it every entity of the file's own, is refused."""
    builder, parser = TreeBuilder(), expat.ParserCreate()
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise ValueError(f"elements more than {_DEEPEST} deep")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def refuse(*_: object) -> None:
        raise ValueError("a document type; annotations have none")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = builder.data, refuse
    parser.Parse(content, True)
    return builder.close()


def _number(entry: Element, name: str, path: Path) -> float:
    text = entry.findtext(name, "").strip()
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < 2**31:
        raise DataError(f"{path}: expected a number from 0 as {name}, got {text[:40]!r}")
    return value


def _corners(entry: Element, width: int, height: int, path: Path) -> tuple[float, float, float, float]:
    left, top, right, bottom = (_number(entry, f"bndbox/{name}", path) for name in ("xmin", "ymin", "xmax", "ymax"))
    # Some published boxes reach one pixel beyond the image; they are cut.
    if not (left <= right <= width + 1 and top <= bottom <= height + 1):
        raise DataError(f"{path}: the box {(left, top, right, bottom)} is not inside the {width} x {height} image")
    return max(left - 1, 0.0), max(top - 1, 0.0), min(right, float(width)), min(bottom, float(height))


def _label(entry: Element, path: Path) -> int:
    name = entry.findtext("name", "").strip()
    if name not in VOC_CLASSES:
        raise DataError(f"{path}: expected one of VOC's {len(VOC_CLASSES)} classes, got {name[:40]!r}")
    return VOC_CLASSES.index(name)


def _flag(entry: Element, name: str, path: Path) -> bool:
    text = entry.findtext(name, "0").strip()
    if text not in ("0", "1"):
        raise DataError(f"{path}: expected 0 or 1 as {name}, got {text[:40]!r}")
    return text == "1"
