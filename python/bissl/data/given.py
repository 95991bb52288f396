"""What users give as images and labels: data sets, arrays, lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from ..arrays import as_array
from ..errors import InvalidArgument, WrongType
from ..targets import DenseTargets
from ..targets.classes import is_text
from .checks import checked_images
from .dataset import ArrayDataset, Dataset
from .imagelists import ImageList

#: What `as_dataset` takes for images.
ImagesLike = np.ndarray | Dataset | Sequence[np.ndarray | Image.Image]

#: What `labelled` takes for labels: one per image, such as class numbers or names, rows of 0 and 1, boxes, label maps.
LabelsLike = ArrayLike | Sequence[Any]


def as_dataset(data: Any, name: str = "images") -> Dataset:
    """The data set given, or images as one: uint8 (N, H, W, C), or a list of images, which may differ in size; ``name`` is
    the argument that messages speak of.

    Raises
    ------
    TypeError or ValueError : as `checked_images` for arrays, as `ImageList` for lists; ValueError for a data set without
        images.
    """
    if isinstance(data, Dataset):
        if len(data) == 0:
            raise InvalidArgument(f"{name}: expected at least one image, got a data set without any")
        return data
    if _differ_in_shape(data):
        return ImageList(data, name=name)
    return ArrayDataset(checked_images(data, name))


def _differ_in_shape(data: Any) -> bool:
    """Whether these are several images that no array can hold together, such as of several sizes, or grey beside coloured."""
    if not isinstance(data, (list, tuple)) or not all(isinstance(each, (np.ndarray, Image.Image)) for each in data):
        return False
    return len({each.shape if isinstance(each, np.ndarray) else (*each.size[::-1], 3) for each in data}) > 1


class LabelledImages(NamedTuple):
    """Images and their labels, not checked yet.

    labels : None where they are the data set's own boxes or label maps, which `Dataset.target` gives. names : of the classes
    that the labels number; () where there are none.
    """

    images: Dataset
    labels: Any
    names: tuple[str, ...]


def labelled(data: Any, labels: Any = None, name: str = "X", labels_name: str = "y") -> LabelledImages:
    """The data set (see `as_dataset`) and its labels: those given, else its own. Numbers, given or not, are those of the
    classes that the data set names; text says itself which class it means, and sets of more or fewer classes than the data
    set names are of other ones.

    InvalidArgument (ValueError) where there are none.
    """
    dataset = as_dataset(data, name)
    names = tuple(map(str, dataset.classes))
    if labels is not None:
        return LabelledImages(dataset, labels, names if _number_classes(labels, len(names)) else ())
    if dataset.labels is None and not dataset.dense_targets:
        raise InvalidArgument(
            f"{labels_name}: expected labels; give {labels_name}, or a data set that has labels as {name}"
        )
    return LabelledImages(dataset, None if dataset.dense_targets else dataset.labels, names)


def require_class_labels(given: LabelledImages, name: str = "X", labels_name: str = "y") -> None:
    """InvalidArgument where the labels are boxes or label maps of a data set, for what is trained on classes of images."""
    if given.labels is None:
        raise InvalidArgument(
            f"{name}: its images are labelled with {given.images.dense_targets}, expected classes of images; give "
            f"{labels_name}, a data set of another name, or an objective for such labels, such as "
            "objective=bissl.FasterRCNN(net, num_classes)"
        )


def require_dense_labels(given: LabelledImages, targets: DenseTargets, name: str = "X", labels_name: str = "y") -> None:
    """InvalidArgument where the labels are not of this kind."""
    own = given.images.dense_targets
    if given.labels is None and own != targets.what:
        raise InvalidArgument(
            f"{name}: its images are labelled with {own}, the objective takes {targets.what}; give {labels_name}, a data "
            "set of another name, or another objective"
        )


def _number_classes(labels: Any, count: int) -> bool:
    """Whether labels are numbers of ``count`` classes that have names, by their kind and shape alone: never by their values."""
    try:
        array = as_array(labels, "labels")
    except (InvalidArgument, WrongType):
        return True  # of no kind that numbers classes of images; whoever reads them says what is wrong
    return not is_text(array) and (array.ndim != 2 or array.shape[1] == count)
