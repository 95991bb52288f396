"""Boxes of one's own in COCO's format, and COCO itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ...errors import DataError
from ...targets import ImageBoxes
from ..dataset import Dataset
from .boxfiles import BoxFiles
from .cocoboxes import CocoFile, read_coco
from .foundfiles import visible_folders
from .foundparts import FoundParts
from .layout import Expected, inside
from .listing import Listing, check_present
from .partfolders import part_of

#: The file beside the images of a part, as labelling services export it.
_BESIDE = "_annotations.coco.json"


@dataclass(frozen=True)
class _Part:
    """A part's file and the folder that its names begin in, relative to the data set's folder."""

    file: str
    images: str


class COCO(FoundParts):
    """Boxes in COCO's JSON format (Lin et al. 2014): objects of classes that the file names. See `PublishedDataset`.

    The files of the parts are looked for in this order, and everywhere under the names "train", "val", "validation", "test" and
    those that `bissl.data.readers.partfolders.SYNONYMS` lists:

    - ``train/_annotations.coco.json``, the images beside it, as labelling services export it;
    - ``annotations/instances_train2017.json``, the images in ``train2017/``, as COCO itself;
    - ``train.json`` or ``annotations/train.json``, the images in ``images/``, ``train/`` or the folder itself;
    - ``annotations.json`` alone, which is all of it: there is no "test" then.

    Without a validation part a ``validation_share`` of the training images is one, drawn so that all classes are in both.
    Classes are numbered in the order of their ids, by the training part. Images without objects stay. Crowds count as difficult
    objects, which are trained on and not measured. Boxes that reach up to a pixel beyond their image are cut.

    Parameters
    ----------
    root : str or path
        The folder.
    split : str, optional
        "train", "validation", "train+validation" or "test".
    validation_share, seed : float, int, optional
        Of a validation part that there is not.
    **reading : object
        Options of `bissl.data.Decoding`, ``on_error`` and ``workers``, see `bissl.data.Loader`.

    Raises
    ------
    FileMissing (FileNotFoundError)
        Files, or images that a file lists, are missing.
    DataError (ValueError)
        A file is broken: ids that appear twice, objects of images or classes that there are not, boxes that are no numbers,
        inverted or outside of their image. The entry is named.

    Examples
    --------
    >>> bissl.data.COCO.splits
    ('train', 'validation', 'train+validation', 'test')
    """

    title = "a folder with boxes in COCO's format"

    @classmethod
    def find_parts(cls, root: Path) -> dict[str, _Part]:
        return coco_parts(root)

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        note = f"or train.json and test.json, train/{_BESIDE}, annotations/instances_train2017.json"
        files = [self._found[part].file for part in dict.fromkeys(["train", *parts])]
        return [Expected(file, note if file == "annotations.json" else "") for file in files]

    def _open(self, parts: Sequence[str]) -> Dataset:
        classes = self._read("train").classes
        paths: list[str] = []
        objects: list[ImageBoxes] = []
        sizes = [np.zeros((0, 2), np.int64)]
        for part in parts:
            found, origin = self._read(part), self.root / self._found[part].file
            folder = self.root / self._found[part].images
            listed = [inside(folder, name, origin) for name in found.names]
            check_present(Listing(listed, None, origin))
            labels = found.in_classes(classes, origin)
            for image in range(len(listed)):
                rows = slice(found.starts[image], found.starts[image + 1])
                objects.append({**found.objects(image), "labels": labels[rows]})
            paths += listed
            sizes.append(found.sizes)
        return BoxFiles(paths, objects, np.concatenate(sizes), classes, **self._reading)

    def _strata(self, base: Dataset) -> np.ndarray:
        """The classes that each image shows."""
        shown = np.zeros((len(base), len(base.classes)), bool)
        for image, row in enumerate(shown):
            row[base.target(image)["labels"]] = True
        return shown

    def _read(self, part: str) -> CocoFile:
        path = self.root / self._found[part].file
        return _read_once(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read_once(path: Path, changed: int) -> CocoFile:
    """The splits of a data set are opened one after the other."""
    return read_coco(path)


def coco_parts(root: Path) -> dict[str, _Part]:
    """The file of each part, "train" among them; ``annotations.json`` where none is found.

    DataError (ValueError) where several are of one part, or none of training.
    """
    for layout in (_beside, _instances, _named, _alone):
        found = layout(root)
        if found:
            return _one_each(root, found)
    return {"train": _Part("annotations.json", "")}  # which is told to be missing


def _one_each(root: Path, found: Sequence[tuple[str, _Part]]) -> dict[str, _Part]:
    parts: dict[str, _Part] = {}
    for part, files in found:
        if part in parts:
            raise DataError(f"root: {root / parts[part].file} and {root / files.file} are both of the {part} part")
        parts[part] = files
    if "train" not in parts:
        raise DataError(f"root: {root} holds boxes of the parts {', '.join(parts)}, and none of training")
    return {part: parts[part] for part in ("train", "validation", "test") if part in parts}


def _beside(root: Path) -> list[tuple[str, _Part]]:
    named = [(part_of(name), name) for name in visible_folders(root)]
    return [
        (part, _Part(f"{name}/{_BESIDE}", name)) for part, name in named if part and (root / name / _BESIDE).is_file()
    ]


def _instances(root: Path) -> list[tuple[str, _Part]]:
    files = sorted((root / "annotations").glob("instances_*.json"))
    folders = [(path, path.stem.removeprefix("instances_")) for path in files]
    named = [(part_of(folder.rstrip("0123456789")), path, folder) for path, folder in folders]
    return [(part, _Part(f"annotations/{path.name}", folder)) for part, path, folder in named if part]


def _named(root: Path) -> list[tuple[str, _Part]]:
    found = []
    for folder in ("", "annotations/"):
        for path in sorted((root / folder).glob("*.json")):
            part = part_of(path.stem)
            if part:
                found.append((part, _Part(f"{folder}{path.name}", _image_folder(root, path.stem))))
    return found


def _alone(root: Path) -> list[tuple[str, _Part]]:
    files = [name for name in ("annotations.json", _BESIDE) if (root / name).is_file()]
    return [("train", _Part(files[0], _image_folder(root, "images")))] if files else []


def _image_folder(root: Path, name: str) -> str:
    return next((folder for folder in ("images", name) if (root / folder).is_dir()), "")
