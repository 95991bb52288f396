"""Data sets: images by number, with labels beside them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np

from ..arrays import as_array
from ..errors import InvalidArgument, WrongType, checked_path
from ..targets import Classes
from ..targets.classes import checked_values
from ..targets.classsets import are_class_sets, checked_class_labels
from ..targets.geometry import Size
from .checks import checked_images
from .indexing import chosen_samples, sample_number
from .normalization import as_rgb
from .npyfiles import open_npy
from .reading import Reading

if TYPE_CHECKING:
    from .decoding import Kind
    from .decodingoptions import Decoding


class Example(NamedTuple):
    """An image of a data set, uint8 (H, W, 3), and what it is labelled with; None where there are no labels."""

    image: np.ndarray
    label: Any


class Dataset:
    """Images by number. Sizes may differ from one image to the next.

    ``len(dataset)`` are its images, ``image, label = dataset[3]`` is one of them, ``dataset[:100]`` the data set of some;
    ``for image, label in dataset`` goes through all.

    Attributes
    ----------
    labels : ndarray or None
        int64 (N,), a class per image; or (N, C), any number of classes per image, as bool, or as int8 where -1 leaves
        pairs of an image and a class out of losses and metrics (`bissl.targets.LEFT_OUT`); or None.
    classes : tuple of str
        Names, by class number; empty without labels. Labels of two data sets are joined by these names.
    dense_targets : str
        What the images are labelled with where that is more than classes, "boxes" or "a class per pixel"; "".
    image_shape : tuple of int or None
        (H, W, C) where all images have this shape and lie ready in memory or in a memory-mapped file, so that `gather`
        is cheap; None where they are decoded one by one.
    reading : Reading
        What loaders do with broken images, and with how many threads: a `bissl.data.Reading`, which may be assigned.

    Examples
    --------
    A data set of one's own has a length and a `read`:

    >>> class Stripes(bissl.data.Dataset):
    ...     def __len__(self):
    ...         return 8
    ...     def read(self, sample, least_side=None):
    ...         return np.full((32, 32, 3), 20 * sample, np.uint8)
    >>> bissl.data.channel_statistics(np.stack([Stripes().read(i) for i in range(8)]))[0]
    (0.27..., 0.27..., 0.27...)
    """

    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    dense_targets: str = ""
    image_shape: tuple[int, int, int] | None = None
    reading: Reading = Reading()

    def __len__(self) -> int:
        raise NotImplementedError

    def read(self, sample: int, least_side: int | None = None) -> np.ndarray:
        """Image ``sample`` as uint8 (H, W, 3), decoded anew on every call; safe from several threads at once.

        ``least_side`` allows a smaller picture, whose shorter side still has at least that many pixels, where the file
        format makes that cheaper (JPEG). Those of bissl raise NoSuchSample (IndexError) for images that there are not; negative
        numbers count from the end.
        """
        raise NotImplementedError

    def gather(self, samples: np.ndarray) -> np.ndarray:
        """Several images at once, uint8 ``(B, *image_shape)``; for data sets that have an ``image_shape``."""
        return np.stack([self.read(int(sample)) for sample in samples])

    def replaced(self, samples: np.ndarray) -> np.ndarray:
        """Which of these images could not be read when they were stored, so that the pixels of others stand in their places,
        bool (B,). Loaders treat them as images that cannot be read."""
        return np.zeros(len(samples), bool)

    def source(self, sample: int) -> str:
        """Where image ``sample`` comes from, for messages: its path, or its number."""
        return f"image {sample}"

    def size(self, sample: int) -> Size:
        """Height and width of image ``sample``, in pixels; cheaper than `read` where a file says so at its beginning."""
        return self.read(sample).shape[:2]

    def decodings(self) -> tuple[Decoding, ...]:
        """How its files are decoded, of all data sets that it is made of; none where nothing is decoded."""
        return ()

    def kind(self, sample: int) -> Kind | None:
        """What kind of picture image ``sample`` is decoded from; None where it is not decoded."""
        return None

    def companions(self, sample: int) -> tuple[Path, ...]:
        """The files that belong to image ``sample`` beside its own, such as its boxes or mask."""
        return ()

    def check_target(self, sample: int, height: int, width: int) -> None:
        """DataError where what belongs to an image of this size (boxes, a mask) is broken. Nothing by default."""

    def checked_by(self, sample: int) -> str:
        """What `check_target` goes by that is in none of the image's files, as text; "" by default."""
        return ""

    def target(self, sample: int) -> Any:
        """What image ``sample`` is labelled with, as its kind of targets checks it (see `bissl.targets`): its class or
        classes; its boxes; its label map, of the full-size image. Read anew on every call; safe from several threads."""
        if self.labels is None or self.dense_targets:
            raise InvalidArgument(f"{self.source(sample)}: this data set gives no {self.dense_targets or 'labels'}")
        return own_copy(self.labels[sample_number(sample, len(self))])

    def subset(self, samples: Sequence[int] | np.ndarray) -> Dataset:
        """The images of these numbers, in this order."""
        return Subset(self, samples)

    @property
    def shape(self) -> tuple[int]:
        """(N,): for those who index data sets as arrays of images, as scikit-learn does."""
        return (len(self),)

    @overload
    def __getitem__(self, key: int | np.integer) -> Example: ...

    @overload
    def __getitem__(self, key: slice | Sequence[int] | np.ndarray | tuple[Any, ...]) -> Dataset: ...

    def __getitem__(self, key: Any) -> Example | Dataset:
        """One image with its label by its number, from the end where that is negative; or, as of an array, the data set of
        several: a slice, their numbers, or a truth value for each.

        Raises
        ------
        IndexError : there is no such image. TypeError : something else.
        """
        chosen = chosen_samples(key, len(self))
        if isinstance(chosen, np.ndarray):
            return self.subset(chosen)
        labelled = self.labels is not None or bool(self.dense_targets)
        return Example(self.read(chosen), self.target(chosen) if labelled else None)

    def __iter__(self) -> Iterator[Example]:
        return (self[sample] for sample in range(len(self)))


class Subset(Dataset):
    """Some images of a data set, in an order of their own. ``samples`` int64: their numbers in ``base``.

    Parameters
    ----------
    base : Dataset
        The data set that the images are of.
    samples : sequence of int or ndarray
        int64, their numbers in ``base``, in the order that they get.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Numbers that are none of its images.

    Examples
    --------
    >>> data = bissl.data.ArrayDataset(np.zeros((6, 8, 8, 3), np.uint8), np.arange(6) % 2)
    >>> bissl.data.Subset(data, [5, 0]).labels.tolist()
    [1, 0]
    """

    def __init__(self, base: Dataset, samples: Sequence[int] | np.ndarray) -> None:
        self.base = base
        self.samples = _checked_samples(samples, len(base))
        self.labels = None if base.labels is None else base.labels[self.samples]
        self.classes = base.classes
        self.dense_targets = self.dense_targets or base.dense_targets
        self.image_shape = base.image_shape
        self.reading = base.reading

    def __len__(self) -> int:
        return len(self.samples)

    def _in_base(self, sample: int) -> int:
        """The number of image ``sample`` in ``base``."""
        return int(self.samples[sample_number(sample, len(self))])

    def read(self, sample: int, least_side: int | None = None) -> np.ndarray:
        return self.base.read(self._in_base(sample), least_side)

    def gather(self, samples: np.ndarray) -> np.ndarray:
        return self.base.gather(self.samples[samples])

    def replaced(self, samples: np.ndarray) -> np.ndarray:
        return self.base.replaced(self.samples[samples])

    def source(self, sample: int) -> str:
        return self.base.source(self._in_base(sample))

    def size(self, sample: int) -> Size:
        return self.base.size(self._in_base(sample))

    def decodings(self) -> tuple[Decoding, ...]:
        return self.base.decodings()

    def kind(self, sample: int) -> Kind | None:
        return self.base.kind(self._in_base(sample))

    def companions(self, sample: int) -> tuple[Path, ...]:
        return self.base.companions(self._in_base(sample))

    def check_target(self, sample: int, height: int, width: int) -> None:
        self.base.check_target(self._in_base(sample), height, width)

    def checked_by(self, sample: int) -> str:
        return self.base.checked_by(self._in_base(sample))

    def target(self, sample: int) -> Any:
        return self.base.target(self._in_base(sample))


class ArrayDataset(Dataset):
    """Images in memory or memory-mapped: uint8 (N, H, W, 3), (N, H, W, 1) or (N, H, W). Not copied, never written to.

    Parameters
    ----------
    images : object
        The array, or the path of a `.npy` file, which is memory-mapped read-only.
    labels : object, optional
        As in `Dataset`, or the path of a `.npy` file with them; or one text per image, the name of its class; or 0 and 1 (N, C)
        of any type.
    classes : sequence of str, default ()
        As in `Dataset`. Without them, the names that there are in sorted order; the class numbers where these leave no
        gap; else none: such labels are no class numbers.

    Raises
    ------
    TypeError, ValueError
        Another dtype or layout; labels that are not one per image, or none of ``classes``; names that are no text, or the same.
    FileMissing (FileNotFoundError), DataError (ValueError)
        A file that is not there, or no `.npy` file of numbers.

    Examples
    --------
    >>> images = np.zeros((6, 32, 32, 3), np.uint8)
    >>> data = bissl.data.ArrayDataset(images, ["cat", "dog", "cat", "dog", "cat", "dog"])
    >>> data.classes, data.labels.tolist()
    (('cat', 'dog'), [0, 1, 0, 1, 0, 1])
    """

    def __init__(self, images: Any, labels: Any = None, classes: Sequence[str] = ()) -> None:
        self.path = os.fspath(images) if isinstance(images, (str, os.PathLike)) else None
        self.images = checked_images(_array(images, "images"), "images")
        self.labels, self.classes = named_labels(_array(labels, "labels"), len(self.images), classes)
        self.image_shape = self.images.shape[1:]

    def __len__(self) -> int:
        return len(self.images)

    def read(self, sample: int, least_side: int | None = None) -> np.ndarray:
        number = sample_number(sample, len(self))
        return np.array(as_rgb(self.images[number : number + 1])[0], order="C")

    def gather(self, samples: np.ndarray) -> np.ndarray:
        result: np.ndarray = self.images[samples]
        return result

    def size(self, sample: int) -> Size:
        return self.images.shape[1:3]

    def source(self, sample: int) -> str:
        return f"image {sample} of {self.path}" if self.path else super().source(sample)


def _array(value: Any, name: str) -> Any:
    """What a path to a `.npy` file stands for; anything else as it is."""
    is_path = isinstance(value, (str, os.PathLike))
    return open_npy(checked_path(name, value, "an array, or the path of a .npy file")) if is_path else value


def own_copy(label: Any) -> Any:
    """What an image is labelled with, as whoever asks for it may write to."""
    if isinstance(label, Mapping):
        return {name: own_copy(values) for name, values in label.items()}
    return label.copy() if isinstance(label, (np.ndarray, np.generic)) else label


def is_listed(values: Any) -> bool:
    """Whether these are several things in an order, such as a list or an array; text and mappings are none."""
    has_order = hasattr(values, "__len__") and hasattr(values, "__getitem__")
    return has_order and not isinstance(values, (str, bytes, Mapping))


def checked_names(classes: Any) -> tuple[str, ...]:
    """The names of classes, by their number.

    Raises
    ------
    WrongType (TypeError) : no sequence, one text, or names that are none.
    InvalidArgument (ValueError) : one that is there twice.
    """
    if not is_listed(classes) or getattr(classes, "ndim", 1) != 1:
        raise WrongType(
            f'classes: expected names, such as ["cat", "dog"], got {type(classes).__name__} {classes!r}; leave it out where '
            "there are none"
        )
    names = tuple(classes)
    for place, name in enumerate(names):
        if not isinstance(name, str):
            raise WrongType(f"classes: expected text, got {type(name).__name__} {name!r} at index {place}")
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise InvalidArgument(f"classes: expected different names, got {twice!r} twice")
    return tuple(map(str, names))


def named_labels(labels: Any, count: int, classes: Any) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Labels as a data set holds them, and the names of their classes. Raises as `checked_names`."""
    names = checked_names(classes)
    if labels is None:
        return None, names
    array = as_array(labels, "labels")
    if are_class_sets(array):
        return checked_class_labels(array, count, len(names)), names or _numbers(array.shape[1])
    array = checked_values(array, count, "labels")
    if names or count == 0:
        return Classes.numbered(len(names), names).outputs_of(array, count, "labels"), names
    found = Classes.found(array, count, "labels")
    if array.dtype.kind == "U":
        return found.outputs_of(array, count, "labels"), found.names
    return array.astype(np.int64), found.names if found.are_numbered else ()


def _numbers(count: int) -> tuple[str, ...]:
    return tuple(map(str, range(count)))


def _checked_samples(samples: Sequence[int] | np.ndarray, size: int) -> np.ndarray:
    numbers = np.asarray(samples)
    if numbers.dtype.kind not in "iu" and numbers.size:
        raise InvalidArgument(f"samples: expected whole numbers, got dtype {numbers.dtype}")
    numbers = numbers.ravel()
    outside = (numbers < 0) | (numbers >= size)  # before the cast, which wraps
    if outside.any():
        raise InvalidArgument(f"samples: expected 0 to {size - 1}, got {numbers[int(np.argmax(outside))]}")
    return numbers.astype(np.int64)
