"""Folders of images with a label map for each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import BisslError, DataError, FileMissing
from ...targets import IGNORED, LabelMaps
from ..dataset import Dataset
from ..decoding import decode_indices
from ..imagefiles import ImageFiles
from ..indexing import sample_number
from .foundfiles import find_images, visible_folders
from .foundparts import FoundParts
from .layout import Expected, found_tree
from .listing import read_lines
from .partfolders import part_of

_IMAGES = ("images", "image", "img", "imgs", "jpegimages")
_MASKS = ("masks", "mask", "labels", "annotations", "label_maps", "segmentationclass")
_CLASSES = "classes.txt"


@dataclass(frozen=True)
class _Part:
    """The folders of a part's images and label maps, relative to the data set's folder."""

    images: str
    masks: str


class MaskFolder(FoundParts):
    """Images with a label map each, for segmentation: ``images/**`` and ``masks/**``, files of the same names, the maps PNGs of
    class numbers (grey, or indices of a palette) in which 255 is left out. See `PublishedDataset`.

    Parts are folders of both, ``train/images`` and ``train/masks``, or folders in both, ``images/train`` and ``masks/train``,
    under the names that `bissl.data.readers.partfolders.SYNONYMS` lists; the folders may also be called "img", "labels" or
    "annotations". Without parts there is no "test", and without a validation part a ``validation_share`` of the training images
    is one. ``classes.txt`` names the classes, one a line, from 0; without it they have no names.

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
        No such folders, or an image without a label map.
    DataError (ValueError)
        Folders that can be understood in several ways, or two images or label maps of one name.

    Examples
    --------
    >>> bissl.data.MaskFolder.splits
    ('train', 'validation', 'train+validation', 'test')
    """

    title = "a folder of images and label maps"

    @classmethod
    def find_parts(cls, root: Path) -> dict[str, _Part]:
        return mask_parts(root)

    def _told_without_test(self, root: Path) -> str:
        return f". Found:\n{found_tree(root)}"

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        folders = [self._found[part] for part in dict.fromkeys(["train", *parts])]
        return [Expected(f"{folder}/") for part in folders for folder in (part.images, part.masks)]

    def _open(self, parts: Sequence[str]) -> Dataset:
        pairs = [pair for part in parts for pair in self._paired(self._found[part])]
        path = self.root / _CLASSES
        classes = read_lines(path) if path.is_file() else []
        if len(set(classes)) < len(classes) or len(classes) > IGNORED:
            raise DataError(f"{path}: expected at most {IGNORED} different names, one a line, got {len(classes)}")
        return MaskFiles([image for image, _ in pairs], [mask for _, mask in pairs], classes, **self._reading)

    def _paired(self, part: _Part) -> list[tuple[str, str]]:
        """Each image with its label map: the file of the same name but for its extension."""
        folders = self.root / part.images, self.root / part.masks
        images, masks = (find_images(folder) for folder in folders)
        self._note_skipped(folders[0], images.skipped)
        pictures, maps = _by_stem(images.images, folders[0]), _by_stem(masks.images, folders[1])
        absent = [path for stem, path in pictures.items() if stem not in maps]
        if absent:
            raise FileMissing(
                f"root: {len(absent)} of the {len(images.images)} images in {folders[0]} have no label map in {folders[1]}, the "
                f"first is {absent[0]}"
            )
        return [(path, maps[stem]) for stem, path in pictures.items()]


class MaskFiles(ImageFiles):
    """Image files with a file of a label map each. masks : their paths."""

    dense_targets = "a class per pixel"

    def __init__(self, paths: Sequence[str], masks: Sequence[str], classes: Sequence[str] = (), **reading: Any) -> None:
        super().__init__(paths, None, classes, **reading)
        self.masks = masks

    def target(self, sample: int) -> np.ndarray:
        return decode_indices(self.masks[sample_number(sample, len(self))])

    def companions(self, sample: int) -> tuple[Path, ...]:
        return (Path(self.masks[sample_number(sample, len(self))]),)

    def check_target(self, sample: int, height: int, width: int) -> None:
        kind = LabelMaps(len(self.classes) or IGNORED)
        try:
            kind.check_image(self.target(sample), self.masks[sample], (height, width))
        except BisslError as error:
            raise DataError(str(error)) from error


def mask_parts(root: Path) -> dict[str, _Part]:
    """The folders of each part, "train" among them; ``images`` and ``masks`` where none is found. DataError (ValueError) where
    they can be understood in several ways."""
    found = [
        (part, pair) for name in visible_folders(root) if (part := part_of(name)) and (pair := _pair(root, f"{name}/"))
    ]
    pair = _pair(root, "")
    if pair is not None:
        named = [(part_of(name), name) for name in visible_folders(root / pair.images)]
        found += [(part, _Part(f"{pair.images}/{name}", f"{pair.masks}/{name}")) for part, name in named if part]
        found = found or [("train", pair)]
    if not found:
        return {"train": _Part("images", "masks")}  # which are told to be missing
    parts = dict(found)
    if "train" not in parts or len(parts) < len(found):
        raise DataError(
            f"root: {root} holds the parts {', '.join(part for part, _ in found)}; expected images/ and masks/, or these in "
            f"train/, validation/ and test/, once each. Found:\n{found_tree(root)}"
        )
    return {part: parts[part] for part in ("train", "validation", "test") if part in parts}


def _pair(root: Path, above: str) -> _Part | None:
    """The folders of images and of label maps in a folder, where there are both."""
    names = visible_folders(root / above)
    images, masks = ([name for name in names if name.casefold() in known] for known in (_IMAGES, _MASKS))
    if not images or not masks:
        return None
    if len(images) > 1 or len(masks) > 1:
        raise DataError(
            f"root: {root / above} holds several folders of images or of label maps: {', '.join(images + masks)}"
        )
    return _Part(f"{above}{images[0]}", f"{above}{masks[0]}")


def _by_stem(paths: Sequence[str], folder: Path) -> dict[str, str]:
    """The files below a folder by their names without extension. DataError where two have one."""
    found: dict[str, str] = {}
    for path in paths:
        stem = os.path.splitext(os.path.relpath(path, folder))[0]
        if stem in found:
            raise DataError(
                f"root: {found[stem]} and {path} differ in nothing but their extension, so that it cannot be told which belongs "
                "to which image or label map; rename or remove one"
            )
        found[stem] = path
    return found
