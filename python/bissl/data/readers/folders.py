"""Folders of images: one folder per class, or no classes at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ...errors import FileMissing
from ..dataset import Dataset
from ..imagefiles import ImageFiles
from ..splits import SPLITS
from .layout import Expected
from .listing import Listing, labels_of_names
from .published import PublishedDataset, PublishedImages

EXTENSIONS = frozenset((".jpg", ".jpeg", ".png", ".bmp", ".gif", ".pgm", ".ppm", ".tif", ".tiff", ".webp"))


class ImageFolder(PublishedImages):
    """Images in class folders: ``root/<class>/**``; the classes are the folders' names in sorted order.

    Where ``root`` holds a folder ``train`` of class folders, the parts are ``root/train``, ``root/validation`` (or
    ``root/val``) and ``root/test``. Otherwise all of it is "train+validation", and there is no "test". Without a
    validation folder, a stratified ``validation_share`` of the training images is the validation part. Files whose
    names begin with a dot are stepped over. See `PublishedDataset`.
    """

    title = "an image folder"

    def __init__(
        self, root: str | os.PathLike, split: str = "train+validation", *, validation_share: float = 0.2, seed: int = 0
    ) -> None:
        self.folders = _part_folders(Path(root))
        self.parts = tuple(self.folders)
        if split == "test" and split not in self.folders:
            raise FileMissing(
                f"root: {root} holds no test part; an image folder with one has train/<class>/ and test/<class>/"
            )
        super().__init__(root, split, validation_share=validation_share, seed=seed)

    @classmethod
    def splits_in(cls, root: str | os.PathLike, **options: str) -> tuple[str, ...]:
        return SPLITS if "test" in _part_folders(Path(root)) else SPLITS[:-1]

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        folders = [self.folders[part] for part in dict.fromkeys(["train", *parts])]
        note = "a folder per class, with images in each; bissl.data.UnlabelledFolder takes images without classes"
        return [Expected(f"{folder}/*/".lstrip("/"), note) for folder in folders]

    def _classes(self) -> list[str]:
        return class_folders(self.root / self.folders["train"])

    def _list(self, part: str) -> Listing:
        folder = self.root / self.folders[part]
        return list_class_folders(folder, self._classes())


def _part_folders(root: Path) -> dict[str, str]:
    """The folder of each part, relative to the root; "" where the root itself is the training part."""
    if not _holds_class_folders(root / "train"):
        return {"train": ""}
    names = {"train": ("train",), "validation": ("validation", "val"), "test": ("test",)}
    return {
        part: found[0]
        for part, options in names.items()
        if (found := [name for name in options if (root / name).is_dir()])
    }


def _holds_class_folders(folder: Path) -> bool:
    """Whether this is a part rather than a class that happens to be called "train"."""
    return folder.is_dir() and bool(class_folders(folder)) and not any(map(_is_image, os.listdir(folder)))


class UnlabelledFolder(PublishedDataset):
    """All images under ``root``, at any depth, in sorted order, without labels. "train" and "validation" are a random
    cut of them; there is no "test". See `PublishedDataset`.
    """

    title = "a folder of images"
    splits = SPLITS[:-1]
    parts = ("train",)

    def __init__(
        self, root: str | os.PathLike, split: str = "train+validation", *, validation_share: float = 0.2, seed: int = 0
    ) -> None:
        super().__init__(root, split, validation_share=validation_share, seed=seed)

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        return [Expected("*", f"images ({', '.join(sorted(EXTENSIONS))}), in folders of any depth")]

    def _open(self, parts: Sequence[str]) -> Dataset:
        return ImageFiles(sorted(find_images(self.root)))


def class_folders(folder: Path) -> list[str]:
    """The names of the folders in a folder, sorted by code point."""
    return sorted(name for name in os.listdir(folder) if not name.startswith(".") and (folder / name).is_dir())


def list_class_folders(folder: Path, classes: Sequence[str], skip: str | None = None) -> Listing:
    """The images in the class folders of ``folder`` but ``skip``, class after class, sorted by path.

    DataError for a folder that is none of ``classes``.
    """
    present = [name for name in class_folders(folder) if name != skip]
    numbers = labels_of_names(present, classes, folder)
    paths = [sorted(find_images(folder / name)) for name in present]
    labels = np.repeat(numbers, [len(found) for found in paths]).astype(np.int64)
    return Listing([path for found in paths for path in found], labels, folder)


def find_images(folder: str | os.PathLike) -> Iterator[str]:
    """The paths of all image files under a folder, by their extension; links are followed, each folder once."""
    seen: set[tuple[int, int]] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        status = os.stat(place)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (os.path.join(place, name) for name in files if _is_image(name))


def _is_image(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in EXTENSIONS
