"""What a run would take, before it is begun: shapes and memory, from steps on a few images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._engine.settings import memory_stats, release_cached_memory, reset_peak_memory
from ...data.densepresets import dense_presets
from ...data.denseviews import DenseView
from ...data.readers.registry import READERS
from ...errors import InvalidArgument, OutOfMemory
from ...models.backbone import Backbone
from ...objectives.base import Downstream, Pretext
from ...objectives.downstream.detection import FasterRCNN
from ...targets import BoxTargets, DenseTargets, LabelMaps, padded_size
from ...training.backbones import new_backbone
from ...training.methods import new_pretext
from ..recipe import Recipe

#: Width over height of the images of a data set, where no view bounds the long side; others have 4:3.
_ASPECTS = {"cityscapes": 2.0}


@dataclass(frozen=True)
class Demand:
    """One kind of step of a run.

    Parameters
    ----------
    step : str
        What it is.
    shapes : str
        Of its batch and of what is made of it.
    bytes : int
        The most memory of tensors that it takes, extrapolated from steps on a few images.
    """

    step: str
    shapes: str
    bytes: int


def dry_run(recipe: Recipe) -> list[Demand]:
    """What the steps of a recipe would take. Reads no images: batches are noise of their shape.

    Raises
    ------
    InvalidArgument (ValueError)
        A data set whose number of classes only its files tell.
    """
    net = new_backbone(recipe.backbone, 0)
    demands = [_downstream(recipe, net)]
    if recipe.approach != "random-initialization":
        demands += _pretext(recipe, net)
    return demands


def available_memory() -> int:
    """Bytes that the system says can be had without swapping."""
    with open("/proc/meminfo") as file:
        entries = dict(line.split(":") for line in file)
    return int(entries["MemAvailable"].split()[0]) * 1024


def require_memory(demands: Sequence[Demand], available: int) -> None:
    """OutOfMemory (MemoryError) where the greediest step would take more than there is."""
    worst = max(demands, key=lambda demand: demand.bytes)
    if worst.bytes > available:
        raise OutOfMemory(
            f"{worst.step}: takes {worst.bytes / 1e9:.3g} GB of tensors, {available / 1e9:.3g} GB of memory are available; "
            "lower its batch size, RoIs per image or images' size, or run it on a larger machine"
        )


def _downstream(recipe: Recipe, net: Backbone) -> Demand:
    count = recipe.finetune.batch_size or 16
    make, classes = _objective(recipe)
    objective = make(net, num_classes=classes)
    assert isinstance(objective.targets, DenseTargets)
    size = _padded(recipe, objective.targets)
    shapes = (
        f"images ({count}, {size[0]}, {size[1]}, 3); {net.vector.size:,} + {objective.head.vector.size:,} parameters"
    )
    if not isinstance(objective, FasterRCNN):
        return Demand("downstream step", shapes, _of_images(_step(objective, net, size), count))
    trunk, crop, rois = objective.trunk, objective.pooled_size, objective.rois_per_image
    shapes += (
        f"; {trunk.name} ({count}, {size[0] // trunk.stride}, {size[1] // trunk.stride}, {trunk.channels}); "
        f"crops ({count * rois}, {crop}, {crop}, {trunk.channels})"
    )

    def peak(number: int, images: int) -> int:
        return _peak(_step(make(net, num_classes=classes, rois_per_image=number), net, size), images)

    # Bytes grow with the images, and with the RoIs of each where these are so many that the peak lies in their crops.
    some = max(1, rois // 2)
    one = peak(some, 1)
    per_roi = (peak(rois, 1) - one) / max(1, rois - some)
    per_image = peak(some, 2) - one - some * per_roi
    fixed = one - per_image - some * per_roi
    return Demand("downstream step", shapes, int(fixed + count * (per_image + rois * per_roi)))


def _objective(recipe: Recipe) -> tuple[Callable[..., Downstream], int]:
    """What makes the downstream objective of a network, and how many classes there are."""
    name = recipe.data.downstream
    reader = READERS[name][0] if name in READERS else None
    if reader is None or not reader.dense_targets or not reader.published_classes:
        raise InvalidArgument(
            f"data.downstream: a dry run knows the published data sets of detection and segmentation, got {name}"
        )
    make = recipe.task.choice(reader.dense_targets)
    assert callable(make)  # of dense targets
    return make, len(reader.published_classes)


def _pretext(recipe: Recipe, net: Backbone) -> list[Demand]:
    section = recipe.pretrain
    pretext = new_pretext(section.method, section.method_options, net, 0)
    size = recipe.augmentation.size or 96

    def batch(count: int) -> Any:
        views = tuple(
            np.random.default_rng(view).normal(size=(count, size, size, 3)).astype(np.float32) for view in range(2)
        )
        return views if pretext.views > 1 else views[0]

    steps: dict[str, tuple[int, Callable[[Any], Any]]] = {
        "pretraining step": (section.batch_size or 1024, pretext.value_and_gradient)
    }
    if recipe.approach.startswith("bissl"):
        pairs = recipe.bissl.hessian_batch_size or recipe.bissl.lower_batch_size or 1024
        steps["Hessian products"] = (pairs, _product(pretext))
    demands = []
    for name, (count, take) in steps.items():

        def taken(images: int, take: Callable[[Any], Any] = take) -> Any:
            return take(batch(images))

        demands.append(Demand(name, f"{pretext.views} × images ({count}, {size}, {size}, 3)", _of_images(taken, count)))
    return demands


def _product(pretext: Pretext) -> Callable[[Any], Any]:
    def take(batch: Any) -> Any:
        linearization = pretext.linearize(batch)
        return linearization.hvp(linearization.gradient.backbone)

    return take


def _step(objective: Downstream, net: Backbone, size: tuple[int, int]) -> Callable[[int], Any]:
    """A gradient on so many images of noise."""

    def take(count: int) -> Any:
        images = np.random.default_rng(0).normal(size=(count, *size, 3)).astype(np.float32)
        if isinstance(objective.targets, LabelMaps):
            return objective.value_and_gradient(net, (images, np.zeros((count, *size), np.uint8)))
        middle = [[size[1] // 4, size[0] // 4, 3 * size[1] // 4, 3 * size[0] // 4]]
        return objective.value_and_gradient(net, (images, [{"boxes": middle, "labels": [0]}] * count))

    return take


def _of_images(take: Callable[[int], Any], count: int) -> int:
    """The peak for so many images, from those for two and four."""
    two, four = _peak(take, 2), _peak(take, 4)
    return int(two + (count - 2) * (four - two) / 2)


def _peak(take: Callable[[int], Any], count: int) -> int:
    """Bytes of tensors that a step on so many images takes at most, beyond what is live before."""
    release_cached_memory()
    reset_peak_memory()
    live = memory_stats()["live_bytes"]
    take(count)
    return memory_stats()["peak_bytes"] - live


def _padded(recipe: Recipe, targets: DenseTargets) -> tuple[int, int]:
    """Height and width of the largest batches."""
    if recipe.augmentation.downstream == "paper":
        view = dense_presets(targets)["paper"]().training
    else:
        view = DenseView(recipe.augmentation.size or 96, multiple=32 if isinstance(targets, BoxTargets) else 16)
    assert isinstance(view, DenseView)
    aspect = _ASPECTS.get(recipe.data.downstream, 4 / 3)
    long = view.long_side or int(view.short_side * aspect)
    return padded_size([(view.short_side, long)], view.multiple)
