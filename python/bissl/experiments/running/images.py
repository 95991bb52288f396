"""The images of a recipe, opened and split, and how they are seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ...checkpoints.description import described
from ...checkpoints.tree import digest
from ...data import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    ArrayDataset,
    Dataset,
    DownstreamViews,
    Mixture,
    View,
    cached,
    channel_statistics,
    check_files,
    glyphs,
    open_dataset,
    scenes,
    stratified_split,
    write_scenes,
)
from ...data.augmentation import DOWNSTREAM_PRESETS
from ...data.densepresets import dense_presets
from ...data.given import labelled
from ...data.ownsize import own_side
from ...data.pretext_recipes import pretext_presets
from ...data.readers.registry import READERS
from ...data.splits import split_per_class
from ...data.usercache import user_cache
from ...errors import FileMissing, InvalidArgument, WrongType
from ...extras import required
from ...targets import BoxTargets, DenseTargets, LabelMaps, targets_of
from ...training.backbones import new_backbone
from ...training.base import derived_seed
from ...training.task import new_downstream
from ..recipe import Augmentation, Data, Recipe
from ..recipe.options import MIXTURE, SCENES


@dataclass(frozen=True)
class Images:
    """The images of a recipe.

    Parameters
    ----------
    unlabeled : Dataset
        Of the pretext task.
    training : Dataset
        Of the downstream task, with labels; what it trains on.
    validation : Dataset
        Of the downstream task, with labels; what choices are made by.
    test : Dataset
        Of the downstream task, with labels; looked at last of all.

    Examples
    --------
    >>> images = bissl.experiments.Images.of(bissl.experiments.recipe.Data(pretext="digits", downstream="digits"))
    >>> len(images.test)
    599
    """

    unlabeled: Dataset
    training: Dataset
    validation: Dataset
    test: Dataset

    @classmethod
    def of(cls, data: Data, *seeds: int) -> Images:
        """Opens the data sets of a recipe; those opened last are kept. Where the recipe draws labelled images for every run,
        ``seeds`` are those of the run.

        Raises as `bissl.data.open_dataset` and `bissl.data.glyphs`, and InvalidArgument where a folder is not given.
        """
        return _opened(_Key(data), seeds if data.redraw_labels else ())

    @classmethod
    def check_files(cls, data: Data, progress: bool = True) -> None:
        """Decodes all files of a recipe's data sets where the recipe says so, once in a process. Raises as
        `bissl.data.check_files`."""
        if data.check_files:
            _files_checked(_Key(data), progress)


@dataclass(frozen=True)
class _Key:
    """A section to look up by its values."""

    data: Data

    def __hash__(self) -> int:
        return hash(repr(self.data))


@lru_cache(maxsize=16)
def _opened(key: _Key, seeds: tuple[int, ...]) -> Images:
    """With the labelled images that a recipe draws; ``seeds`` : of the run that draws its own."""
    data = key.data
    images = _whole(_Key(_undrawn(data)))
    if data.labels_per_class is not None:
        _check_countable(images.training, data)
        seed = derived_seed(data.seed, f"labels of the run {seeds}") if seeds else data.seed
        chosen, _ = split_per_class(labelled(images.training).labels, data.labels_per_class, seed)
        images = replace(images, training=images.training.subset(chosen))
    _check_labels({"training": images.training, "validation": images.validation, "test": images.test})
    return images


@lru_cache(maxsize=4)
def _whole(key: _Key) -> Images:
    """With all labelled images."""
    training, validation, test = _PARTS.get(key.data.downstream, _named_parts)(key.data)
    return Images(_unlabeled(key.data), training, validation, test)


def images_of_all_runs(data: Data) -> Images:
    """What the runs of a recipe share: where each draws its own labelled images, all that may be drawn."""
    return Images.of(_undrawn(data) if data.redraw_labels else data)


def _undrawn(data: Data) -> Data:
    return replace(data, labels_per_class=None, redraw_labels=False)


def dense_targets_of(dataset: Dataset) -> DenseTargets:
    """What the images of a data set are labelled with, where that is more than classes."""
    kinds = {kind.what: kind for kind in (BoxTargets, LabelMaps)}
    return kinds[dataset.dense_targets](len(dataset.classes))


def _check_labels(parts: Mapping[str, Dataset]) -> None:
    """InvalidArgument where a part has no labels, a class that the training images do not have, or nothing to measure: so
    that it is told before anything is trained."""
    if parts["training"].dense_targets:  # each image's labels are checked where they are read
        return
    given = {part: labelled(images, None, f"{part} images", f"{part} labels") for part, images in parts.items()}
    training = given["training"]
    targets = targets_of(training.labels, len(training.images), None, "training labels", training.names)
    for part, (images, labels, names) in given.items():
        targets.require_measurable(targets.read(labels, len(images), f"{part} labels", names), f"{part} labels")


def check_drawn(recipe: Recipe) -> None:
    """InvalidArgument where more images are to be drawn for continued pretraining than there are, or fewer than a batch: told
    before anything is trained."""
    count = recipe.data_mix.images
    if recipe.approach not in ("continued", "data-mix") or count is None:
        return
    images = Images.of(recipe.data)
    beside = len(images.training) if recipe.approach == "data-mix" else 0
    least = max(1, (recipe.pretrain.batch_size or 2) - beside)
    if not least <= count <= len(images.unlabeled):
        raise InvalidArgument(
            f"data_mix.images: expected {least}, those of a batch, to {len(images.unlabeled)}, those of the pretext task, got "
            f"{count}; leave it out to take all"
        )


def check_task(recipe: Recipe) -> None:
    """InvalidArgument or WrongType for a downstream objective that the images or the backbone do not have the place for, or
    with options out of range: so that it is told before anything is trained."""
    training = Images.of(recipe.data).training
    choice = recipe.task.choice(training.dense_targets)
    if choice is None:
        return
    stage = recipe.finetune.make(objective=choice)
    try:
        new_downstream(stage, new_backbone(recipe.backbone, 0), labelled(training), 0)
    except (InvalidArgument, WrongType) as error:
        is_of_option = str(error).startswith(tuple(recipe.task.options))
        raise type(error)(f"task.options.{error}" if is_of_option else f"task.objective: {error}") from None


@lru_cache(maxsize=16)
def _files_checked(key: _Key, progress: bool) -> None:
    images = images_of_all_runs(key.data)
    check_files((images.unlabeled, images.training, images.validation, images.test), progress)


def _check_countable(training: Dataset, data: Data) -> None:
    """InvalidArgument where images do not have one class each."""
    if training.labels is None or training.labels.ndim != 1:
        what = "images without a class of their own" if training.labels is None else "any number of classes per image"
        raise InvalidArgument(
            f"data.labels_per_class: it counts images of a class, but {data.downstream} has {what}; leave it out"
        )


def _reading(data: Data) -> dict[str, Any]:
    """The options of reading that both levels share."""
    return {"on_error": data.on_error, "workers": data.workers}


def _unlabeled(data: Data) -> Dataset:
    return _kept(_pretext_images(data), data, "pretext")


def _kept(dataset: Dataset, data: Data, part: str) -> Dataset:
    """Decoded once, where the recipe says so and the images do not lie in memory as it is."""
    if data.kept_side is None or dataset.image_shape is not None:
        return dataset
    level = "pretext" if part == "pretext" else "downstream"
    said = {name: value for name, value in data.as_dict().items() if name.startswith((level, "seed", "kept"))}
    return cached(dataset, _caches() / f"images-{part}-{digest(described(said))[:12]}", data.kept_side, progress=False)


def _pretext_images(data: Data) -> Dataset:
    if data.pretext == "digits":
        return _digits(data)[0]
    if data.pretext == "glyphs":
        return glyphs(**data.pretext_options)
    if data.pretext == "scenes":
        return scenes(**data.pretext_options)
    if data.pretext in SCENES:
        return _scene_parts(data.pretext, data.pretext_root, data.pretext_options, _reading(data))[0]
    if data.pretext == MIXTURE:
        return Mixture([_part(name, options, _reading(data)) for name, options in data.pretext_options.items()])
    root = _root(data.pretext_root, "pretext", data.pretext)
    return open_dataset(data.pretext, root, data.pretext_split, **{**_reading(data), **data.pretext_options})


def _part(name: str, options: Mapping[str, Any], reading: Mapping[str, Any]) -> Dataset:
    """A data set of a mixture."""
    own = dict(options)
    root, split = own.pop("root", None), own.pop("split", "train+validation")
    if root is None and READERS[name][0].package is None:
        raise InvalidArgument(
            f"data.pretext_options.{name}.root: {name} lies in files; give the folder in which its archives were unpacked"
        )
    return open_dataset(name, root, split, **{**reading, **own})


def _digits(data: Data) -> tuple[Dataset, Dataset, Dataset]:
    """scikit-learn's 1,797 grey 8 × 8 images, 0..16 as 0..255."""
    bunch = required("sklearn.datasets", "demo", "the data set digits").load_digits()
    images = np.round(bunch.images * (255 / 16)).astype(np.uint8)
    return _thirds(ArrayDataset(images, bunch.target.astype(np.int64)), data.seed)


def _glyphs(data: Data) -> tuple[Dataset, Dataset, Dataset]:
    return _thirds(glyphs(**data.downstream_options), data.seed)


def _thirds(dataset: Dataset, seed: int) -> tuple[Dataset, Dataset, Dataset]:
    """Half to train, a sixth to validate, a third to test, by class."""
    labels = np.asarray(dataset.labels)
    rest, test = stratified_split(labels, 1 / 3, seed)
    training, validation = stratified_split(labels[rest], 1 / 4, seed)
    return dataset.subset(rest[training]), dataset.subset(rest[validation]), dataset.subset(test)


def _named_parts(data: Data) -> tuple[Dataset, Dataset, Dataset]:
    root = _root(data.downstream_root, "downstream", data.downstream)
    options = {**_reading(data), **data.downstream_options}
    training, validation, test = (
        _kept(open_dataset(data.downstream, root, part, **options), data, part)
        for part in ("train", "validation", "test")
    )
    return training, validation, test


def _scenes(data: Data) -> tuple[Dataset, Dataset, Dataset]:
    return _scene_parts(data.downstream, data.downstream_root, data.downstream_options, _reading(data))


def _scene_parts(
    name: str, root: str | None, options: Mapping[str, Any], reading: Mapping[str, Any]
) -> tuple[Dataset, Dataset, Dataset]:
    """Scenes that are written to a folder, once, and opened as the published data set that they are written as."""
    layout, published = _LAYOUTS[name], SCENES[name]
    folder = Path(root) if root is not None else _cache_folder(layout, options)
    write_scenes(folder, layout, **options)
    training, validation, test = (
        open_dataset(published, folder, part, **reading) for part in ("train", "validation", "test")
    )
    return training, validation, test


def _cache_folder(layout: str, options: Mapping[str, Any]) -> Path:
    """A folder of the user's for these scenes."""
    return _caches() / f"scenes-{layout}-{digest(described(dict(options)))[:12]}"


def _caches() -> Path:
    """The folder among the user's caches. FileMissing where the user has none."""
    caches = user_cache()
    if caches is None:
        raise FileMissing(
            "XDG_CACHE_HOME: expected a folder for images that are decoded or drawn once, got none, and the user has no home "
            "folder; set XDG_CACHE_HOME=FOLDER"
        )
    return caches


_LAYOUTS = {"scenes-detection": "voc", "scenes-segmentation": "cityscapes"}
_PARTS = {"digits": _digits, "glyphs": _glyphs, **dict.fromkeys(SCENES, _scenes)}


def _root(root: str | None, level: str, name: str) -> str | None:
    """The folder that was given; None for that of the data set's package."""
    if root is None and READERS[name][0].package is None:
        raise InvalidArgument(
            f"data.{level}_root: {name} lies in files; give the folder in which its archives were unpacked, "
            f"data.{level}_root=FOLDER (`bissl data check {name} FOLDER` looks whether it is complete)"
        )
    return root


@dataclass(frozen=True)
class Views:
    """How both levels see the images.

    Parameters
    ----------
    pretext : tuple of View
        Of the pretext task, one per view.
    downstream : DownstreamViews
        Of training and evaluation.

    Examples
    --------
    >>> recipe = bissl.experiments.recipe.load_recipe("digits")
    >>> views = bissl.experiments.Views.of(recipe, bissl.experiments.Images.of(recipe.data))
    >>> len(views.pretext)
    2
    """

    pretext: tuple[View, ...]
    downstream: DownstreamViews

    @classmethod
    def of(cls, recipe: Recipe, images: Images) -> Views:
        """The views that the recipe's section ``augmentation`` describes."""
        seen = recipe.augmentation
        mean, std = _statistics(seen, images.unlabeled)

        def options(name: str, dataset: Dataset) -> dict[str, Any]:
            return {"size": _size(seen.size, name, dataset), "mean": mean, "std": std} | _flip(seen, name)

        if images.training.dense_targets:
            downstream = _dense_views(recipe, images.training, mean, std)
        else:
            downstream = DOWNSTREAM_PRESETS[seen.downstream](**options(seen.downstream, images.training))
        pretext = pretext_presets(recipe.views)[seen.pretext](**options(seen.pretext, images.unlabeled))
        return cls(_as_many(pretext, recipe.views), downstream)


def _dense_views(recipe: Recipe, training: Dataset, mean: Any, std: Any) -> DownstreamViews:
    """Views of whole images. "small" keeps the size that all have; ``augmentation.size`` is of the pretext task alone."""
    seen = recipe.augmentation
    make = dense_presets(dense_targets_of(training))[seen.downstream]
    if seen.downstream == "paper":
        return make(mean=mean, std=std)
    return make(size=own_side(training, 'augmentation.downstream="paper"'), flip=seen.flip, mean=mean, std=std)


def _as_many(views: Iterable[View], count: int) -> tuple[View, ...]:
    """With more than two, the two take turns."""
    views = tuple(views)
    return tuple(views[place % len(views)] for place in range(count))


def _size(size: int | None, name: str, dataset: Dataset) -> int:
    if size is not None:
        return size
    return own_side(dataset, "augmentation.size=48") if name == "small" else 96


def _flip(seen: Augmentation, name: str) -> dict[str, Any]:
    return {"flip": seen.flip} if name == "small" else {}


def _statistics(seen: Augmentation, dataset: Dataset) -> tuple[Any, Any]:
    """Mean and deviation per channel."""
    if seen.statistics == "imagenet":
        return IMAGENET_MEAN, IMAGENET_STD
    if dataset.image_shape is None:
        raise InvalidArgument(
            'augmentation.statistics: "measured" needs images of one size that lie in memory; take "imagenet"'
        )
    return channel_statistics(dataset.gather(np.arange(len(dataset))))
