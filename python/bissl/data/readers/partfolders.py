"""Which folders of an image folder are its parts, under the names that people give them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ...errors import DataError
from .foundfiles import files_in, holds_class_folders, holds_images, visible_folders
from .layout import found_tree

SYNONYMS = {
    "train": ("train", "training", "trainval"),
    "validation": ("val", "valid", "validation", "dev", "development"),
    "test": ("test", "testing", "eval", "evaluation"),
}
"""In any case; also with "set", "images" or "data" behind, and "-", "_" or a blank between."""

_ENDINGS = ("", "set", "images", "data")
_PARTS = {name + ending: part for part, names in SYNONYMS.items() for name in names for ending in _ENDINGS}
_APART = ("unlabeled", "unlabelled")
"""Images that belong to no part of a labelled data set."""


def part_of(name: str) -> str | None:
    """The part that a folder's name stands for; None for any other name."""
    return _PARTS.get(_plain(name))


def _plain(name: str) -> str:
    return re.sub(r"[-_ ]", "", name).casefold()


def part_folders(root: Path) -> dict[str, str]:
    """The folder of each part, relative to the root; "" where the class folders lie in the root itself.

    A single folder with images in it, beside class folders, is a class that happens to be called "train" or "test".

    Raises
    ------
    DataError (ValueError) : the folders can be understood in several ways, or not at all; the text is the tree found.
    """
    folders = visible_folders(root)
    named = {name: part for name in folders if (part := part_of(name)) is not None}
    if not named:
        _require_classes(root, folders)
        return {"train": ""}
    with_classes = [name for name in named if holds_class_folders(root / name)]
    others = [
        name for name in folders if name not in named and _plain(name) not in _APART and holds_images(root / name)
    ]
    if not with_classes:
        with_images = {named[name] for name in named if files_in(root / name).images}
        if len(with_images) > 1 or (with_images and not others):
            raise _unclear(root, f"{_listed(named)}: images of parts must lie in class folders, train/<class>/")
        return {"train": ""}
    if others:
        raise _unclear(root, f"{_listed(others)}: neither a part of the data set nor, beside {_listed(named)}, a class")
    return _one_each(root, named)


def _require_classes(root: Path, folders: list[str]) -> None:
    """DataError where no folder has images of its own and all are divided in the same way: such folders are parts under
    names that are not understood, or domains, or classes that are divided into parts. One name alone says nothing:
    <class>/images/ is common."""
    if len(folders) < 2 or any(files_in(root / name).images for name in folders):
        return
    inside = ({name for name in visible_folders(root / each) if holds_images(root / each / name)} for each in folders)
    same = sorted(set.intersection(*inside))
    if len(same) > 1:
        raise _unclear(
            root,
            f"{_listed(folders)}: no classes, since each holds {_listed(same)} and no images of its own; open one "
            "of them, rename them, or list the images with bissl.data.ImageFiles",
        )


def _one_each(root: Path, named: dict[str, str]) -> dict[str, str]:
    """The folder of each part; DataError where two stand for one, or none is for training."""
    folders: dict[str, str] = {}
    for name, part in named.items():
        if part in folders:
            raise _unclear(root, f"{_listed([folders[part], name])}: two folders for the {part} part")
        folders[part] = name
    if "train" not in folders:
        raise _unclear(root, f"{_listed(named)}: there is no part for training beside")
    return {part: folders[part] for part in SYNONYMS if part in folders}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"{name}/" for name in names)


def _unclear(root: Path, what: str) -> DataError:
    known = "; ".join(f"{part}: {', '.join(names)}" for part, names in SYNONYMS.items())
    return DataError(
        f"{root}: {what}. An image folder has <class>/ folders, or train/<class>/, validation/<class>/ and test/<class>/ "
        f"(names that are understood, in any case: {known}). Found:\n{found_tree(root)}"
    )
