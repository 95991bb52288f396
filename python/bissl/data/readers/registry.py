"""Data sets by name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from inspect import signature
from typing import Any

from ...errors import check_option
from ..reading import READING_OPTIONS
from ..spellings import spelled
from .aircraft import Aircraft
from .caltech import Caltech101
from .cars import StanfordCars
from .cifar import CIFAR10, CIFAR100
from .cityscapes import Cityscapes
from .coco import COCO
from .cub import CUB200
from .dtd import DTD
from .emoji import Emoji
from .flowers import Flowers102
from .folders import ImageFolder, UnlabeledFolder
from .food import Food101
from .iconthemes import IconThemes
from .imagenet import ImageNet
from .maskfolders import MaskFolder
from .mnist import EMNIST, KMNIST, MNIST, FashionMNIST
from .package import root_or_default
from .pets import OxfordPets
from .pictures import Clipart, Stamps
from .published import PublishedDataset
from .stl10 import STL10
from .sun import SUN397
from .voc import VOC, VOCDetection, VOCSegmentation

_VOC_TASKS = {"": VOC, "-detection": VOCDetection, "-segmentation": VOCSegmentation}
_VOC_YEARS = ("2007", "2012", "2007+2012")

READERS: Mapping[str, tuple[type[PublishedDataset], Mapping[str, Any]]] = {
    "folder": (ImageFolder, {}),
    "unlabeled-folder": (UnlabeledFolder, {}),
    "segmentation-folder": (MaskFolder, {}),
    "aircraft": (Aircraft, {}),
    "caltech101": (Caltech101, {}),
    "cars": (StanfordCars, {}),
    "cifar10": (CIFAR10, {}),
    "cifar100": (CIFAR100, {}),
    "cityscapes": (Cityscapes, {}),
    "clipart": (Clipart, {}),
    "coco": (COCO, {}),
    "cub200": (CUB200, {}),
    "dtd": (DTD, {}),
    "emoji": (Emoji, {}),
    "emnist": (EMNIST, {}),
    "fashion-mnist": (FashionMNIST, {}),
    "flowers102": (Flowers102, {}),
    "food101": (Food101, {}),
    "icons": (IconThemes, {}),
    "imagenet": (ImageNet, {}),
    "imagenet-1%": (ImageNet, {"train_list": "1%"}),
    "imagenet-10%": (ImageNet, {"train_list": "10%"}),
    "kmnist": (KMNIST, {}),
    "mnist": (MNIST, {}),
    "pets": (OxfordPets, {}),
    "stamps": (Stamps, {}),
    "stl10": (STL10, {}),
    "sun397": (SUN397, {}),
    **{f"voc{year}{task}": (reader, {"year": year}) for task, reader in _VOC_TASKS.items() for year in _VOC_YEARS},
}
"""The reader of each data set, and the options that the name stands for."""


def dataset_names() -> tuple[str, ...]:
    """The names that `open_dataset` knows.

    Returns
    -------
    tuple of str
        Names, sorted.

    Examples
    --------
    >>> "cifar10" in bissl.data.dataset_names()
    True
    """
    return tuple(READERS)


def open_dataset(
    name: str, root: str | os.PathLike[str] | None = None, split: str = "train", **options: Any
) -> PublishedDataset:
    """A data set by its name.

    Parameters
    ----------
    name : str
        One of `dataset_names`, such as "cifar10", "voc2007-detection" or "folder".
    root : str or path or None, optional
        The folder in which its archives were unpacked; None is where the Debian package of "clipart", "emoji",
        "fashion-mnist", "icons" or "stamps" puts it.
    split : str, default "train"
        "train", "validation", "train+validation" or "test"; with "stl10" also "unlabeled".
    **options : object
        Options of the reader, such as ``seed`` and ``validation_share``; those of `bissl.data.Decoding`; ``on_error``
        and ``workers``, see `bissl.data.Loader`.

    Returns
    -------
    PublishedDataset
        The data set.

    Raises
    ------
    InvalidArgument (ValueError)
        An unknown name, split or option; the text names the nearest valid one.
    FileMissing (FileNotFoundError)
        Files are missing; the text is the expected tree with what was found.
    DataError (ValueError)
        A file is broken.

    Examples
    --------
    >>> train = bissl.data.open_dataset("cifar10", "data", "train")
    >>> train.title
    'CIFAR-10'
    """
    check_options(name, options)
    reader, fixed = READERS[spelled(name)]
    return reader(folder_of(name, root), split, **fixed, **options)


def folder_of(name: str, root: str | os.PathLike[str] | None) -> str:
    """The folder of a data set: the one given, or that of its package; InvalidArgument (ValueError) without either."""
    return root_or_default(name, root, READERS[check_option("name", spelled(name), READERS)][0].package)


def check_options(name: str, options: Iterable[str], argument: str | None = None) -> None:
    """InvalidArgument (ValueError) for an unknown data set, or options that its reader does not have; the nearest is
    named. ``argument`` : what messages call them."""
    reader, fixed = READERS[check_option("name", spelled(name), READERS)]
    named = [option for option in signature(reader).parameters if option not in ("root", "split", "reading", *fixed)]
    valid = [*named, *READING_OPTIONS]
    for option in options:
        check_option(argument or f"option of {name}", option, valid)


def label_kind(name: str) -> str:
    """What the images of a data set are labelled with, as its name tells without its files: it says what is measured."""
    reader = READERS[check_option("name", spelled(name), READERS)][0]
    return reader.dense_targets or ("any number of classes" if issubclass(reader, VOC) else "one class each")


def splits_in(name: str, root: str | os.PathLike[str] | None = None) -> tuple[str, ...]:
    """The splits that a data set offers under ``root``.

    Parameters
    ----------
    name : str
        Of `bissl.data.dataset_names`.
    root : str or path or None, optional
        The folder in which the archives were unpacked, or the unpacked folder itself; None is that of its package.

    Returns
    -------
    tuple of str
        Names of splits.

    Raises
    ------
    InvalidArgument (ValueError)
        A name that does not exist; the nearest is told.

    Examples
    --------
    >>> bissl.data.readers.splits_in("stl10", "data")
    ('train', 'validation', 'train+validation', 'test', 'unlabeled')
    """
    reader, fixed = READERS[check_option("name", spelled(name), READERS)]
    return reader.splits_in(folder_of(name, root), **fixed)
