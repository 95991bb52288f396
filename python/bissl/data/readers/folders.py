"""Folders of images: one folder per class, or no classes at all."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DataError
from ..dataset import Dataset
from ..imagefiles import ImageFiles
from ..imageformats import EXTENSIONS
from ..splits import SPLITS
from .foundfiles import LOOSE, files_in, find_images, visible_folders
from .foundparts import FoundParts
from .layout import Expected, found_tree
from .listing import Listing, labels_of_names
from .partfolders import part_folders
from .published import PublishedDataset, PublishedImages


class ImageFolder(FoundParts, PublishedImages):
    """Images in class folders: ``root/<class>/**``; the classes are the folders' names in sorted order.

    Where ``root`` holds folders for parts, these are ``root/train``, ``root/validation`` and ``root/test``, each with
    class folders; "training", "val", "valid", "dev", "testing" and "eval" are understood too, in any case
    (`bissl.data.readers.partfolders.SYNONYMS`). Otherwise all of it is "train+validation", and there is no "test".
    Without a validation folder, a stratified ``validation_share`` of the training images is the validation part. Files
    whose names begin with a dot are not looked at; other files that are no images are counted (``skipped_files``) and
    warned of. See `PublishedDataset`.

    Raises DataError (ValueError) with the tree found where folders can be understood in several ways.

    Parameters
    ----------
    root : str or path
        The folder in which the archives were unpacked, or the unpacked folder itself.
    split : str, default "train+validation"
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
        There is no such folder, or no image in it.
    DataError (ValueError)
        Folders can be understood in several ways; the text is the tree found.

    Examples
    --------
    >>> birds = bissl.data.ImageFolder("data/folders", "train")
    >>> birds.classes
    ('crow', 'owl')
    >>> birds.read(0).shape  # of the picture as it is in the file
    (9, 12, 3)
    """

    title = "an image folder"

    def __init__(
        self,
        root: str | os.PathLike[str],
        split: str = "train+validation",
        *,
        validation_share: float = 0.2,
        seed: int = 0,
        **reading: Any,
    ) -> None:
        super().__init__(root, split, validation_share=validation_share, seed=seed, **reading)

    @property
    def folders(self) -> Mapping[str, str]:
        """The folder of each part, relative to the root."""
        return self._found

    @classmethod
    def find_parts(cls, root: Path) -> dict[str, str]:
        return part_folders(root)

    def _told_without_test(self, root: Path) -> str:
        found = found_tree(root) if root.is_dir() else "no such folder"
        return f"; an image folder with one has train/<class>/ and test/<class>/. Found:\n{found}"

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        folders = [self.folders[part] for part in dict.fromkeys(["train", *parts])]
        note = "a folder per class, with images in each; bissl.data.UnlabeledFolder takes images without classes"
        return [Expected(f"{folder}/*/".lstrip("/"), note) for folder in folders]

    def _classes(self) -> list[str]:
        return visible_folders(self.root / self.folders["train"])

    def _list(self, part: str) -> Listing:
        folder = self.root / self.folders[part]
        return list_class_folders(folder, self._classes())

    def _empty(self, what: str, parts: Sequence[str]) -> DataError:
        return DataError(f"{super()._empty(what, parts)}\nFound:\n{found_tree(self.root)}")

    def _open(self, parts: Sequence[str]) -> ImageFiles:
        files = super()._open(parts)
        if self.folders["train"] and "train" in parts:
            self._note_skipped(self.root, _loose(self.root))
        return files


class UnlabeledFolder(PublishedDataset):
    """All images under ``root``, at any depth, in sorted order, without labels; other files are counted
    (``skipped_files``) and warned of. "train" and "validation" are a random cut of them; there is no "test". See
    `PublishedDataset`.

    Parameters
    ----------
    root : str or path
        The folder in which the archives were unpacked, or the unpacked folder itself.
    split : str, default "train+validation"
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
        There is no such folder, or no image in it.

    Examples
    --------
    >>> pictures = bissl.data.UnlabeledFolder("data/folders")
    >>> pictures.labels is None, len(pictures)
    (True, 20)
    """

    title = "a folder of images"
    splits = SPLITS[:-1]
    parts = ("train",)

    def __init__(
        self,
        root: str | os.PathLike[str],
        split: str = "train+validation",
        *,
        validation_share: float = 0.2,
        seed: int = 0,
        **reading: Any,
    ) -> None:
        super().__init__(root, split, validation_share=validation_share, seed=seed, **reading)

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        return [Expected("*", f"images ({', '.join(sorted(EXTENSIONS))}), in folders of any depth")]

    def _open(self, parts: Sequence[str]) -> Dataset:
        found = find_images(self.root)
        self._note_skipped(self.root, found.skipped)
        return ImageFiles(found.images, **self._reading)


#: The British spelling of the name.
UnlabelledFolder = UnlabeledFolder


def list_class_folders(folder: Path, classes: Sequence[str], skip: str | None = None) -> Listing:
    """The images in the class folders of ``folder`` but ``skip``, class after class, sorted by path.

    DataError for a folder that is none of ``classes``.
    """
    present = [name for name in visible_folders(folder) if name != skip]
    numbers = labels_of_names(present, classes, folder)
    found = [find_images(folder / name) for name in present]
    labels = np.repeat(numbers, [len(part.images) for part in found]).astype(np.int64)
    skipped = sum((part.skipped for part in found), _loose(folder))
    return Listing([path for part in found for path in part.images], labels, folder, skipped)


def _loose(folder: Path) -> Counter[str]:
    """What lies in the folder itself, and is no image of a class."""
    found = files_in(folder)
    return found.skipped + Counter({LOOSE: len(found.images)})
