"""Semantic segmentation as a downstream objective."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ... import _engine, ops
from ...distributed import size as processes
from ...distributed import totals
from ...errors import checked_integer, checked_seed
from ...finite import check_outputs
from ...models.backbone import Backbone, checked_backbone
from ...models.heads import Head
from ...models.networks import ResNet
from ...ops.variable import Variable
from ...targets import Classes, LabelMaps, ViewGeometry
from ...targets.classes import checked_num_classes
from ...targets.metrics import decided
from ...targets.segmentationmetrics import IGNORED
from .dense import DenseDownstream, maps_of, mean_factor

#: The most pixels of the image between neighbouring places of the map that scores are made of.
STRIDE = 16


class FCNHead(Head):
    """Scores of classes at each place of a map: two 3×3 convolutions without bias, spread by a dilation, each with batch norm
    and ReLU, then 1×1 with bias (paper, section B.7). Its parameters are ``fcn.0.weight`` … ``fcn.6.bias``, as those of a
    ``torch.nn.Sequential``.

    Parameters
    ----------
    inputs : int
        Channels of the map.
    channels : int
        Of both convolutions.
    outputs : int
        Classes.
    dilation : int, optional
        1 to 64.
    seed : int, optional
        Of the initial parameters.
    """

    inputs: int
    channels: int
    outputs: int
    dilation: int
    seed: int
    _fixed = ("inputs", "channels", "outputs", "dilation", "seed")

    def __init__(self, inputs: int, channels: int, outputs: int, dilation: int = 6, seed: int = 0) -> None:
        sizes = {"inputs": inputs, "channels": channels, "outputs": outputs, "dilation": dilation}
        self._options = {name: checked_integer(name, size, 1) for name, size in sizes.items()}
        self._fix(**self._options, seed=checked_seed("seed", seed))
        super().__init__("fcn_head", self._options, self.seed)

    def _evaluated(self, features: np.ndarray) -> np.ndarray:
        """Scores (N, H, W, outputs) of maps (N, H, W, inputs)."""
        array = np.ascontiguousarray(features, np.dtype(_engine.precision))
        return self._apply(array).reshape(*array.shape[:-1], self.outputs)

    def _arguments(self) -> dict[str, Any]:
        return self._options | {"seed": self.seed}


@dataclass(frozen=True)
class _Reading:
    """Which map a head stands on, ``channels`` wide: the backbone's own of the name ``taken``, or what ``stage`` makes of
    that at stride 1 with ``dilation``."""

    taken: str
    channels: int
    stage: str | None = None
    dilation: int = 1


class FCN(DenseDownstream):
    """A class per pixel by a fully convolutional network (Long et al. 2015) on maps of stride 16, as the paper's section
    B.7: the last stage of a ResNet is read at stride 1 with windows spread by 2, a head makes scores of its map, and these
    are interpolated to the size of the image. The loss is cross-entropy, the mean over the pixels of a batch that are not
    255 (`bissl.targets.LabelMaps`).

    A batch is as `DenseDownstream` has it, its labels integers (N, H, W) or a list of (H, W), 0..num_classes-1, or 255.

    Parameters
    ----------
    net : Backbone
        With feature maps. Where the map of a ResNet's last stage has a stride of more than 16 pixels, that stage is read at
        stride 1. Of other networks the deepest map with a stride of at most 16 serves, or the last where there is none;
        stages behind it are not trained by this loss.
    num_classes : int, optional
        2 to 255; 21 in VOC, background included, 19 in Cityscapes.
    seed : int, optional
        Of the head's initial parameters.
    channels, dilation : int, optional
        Of the head's convolutions; the paper's unless given. Fewer channels train in minutes on a processor.

    Raises
    ------
    WrongType (TypeError)
        Arguments of other types.
    InvalidArgument (ValueError)
        A network without maps, such as a vision transformer, whose tokens are none; numbers out of range.

    Examples
    --------
    >>> net = bissl.ResNet(layers=(1, 1, 1, 1), widths=(4, 4, 8, 8))
    >>> fcn = bissl.FCN(net, num_classes=3, channels=8)
    >>> images, labels = np.zeros((2, 64, 48, 3)), np.zeros((2, 64, 48), int)
    >>> info = fcn.step(net, (images, labels), bissl.SGD(lr=0.1))
    >>> [label_map.shape for label_map in fcn.predict(net, [images[0], images[1, :50]])]
    [(64, 48), (50, 48)]
    """

    multiple = 16
    head: FCNHead
    seed: int
    _fixed = ("net", "num_classes", "channels", "dilation", "seed", "maps")

    def __init__(
        self, net: Backbone, num_classes: int = 21, seed: int = 0, *, channels: int = 256, dilation: int = 6
    ) -> None:
        outputs = checked_num_classes(num_classes, 2)
        LabelMaps(outputs)  # which knows the most there may be
        reading = _reading(checked_backbone(net))
        super().__init__(FCNHead(reading.channels, channels, outputs, dilation, seed), net.num_features)
        self._fix(maps=(reading.taken,), seed=self.head.seed)
        self._reading = reading
        self._classes: Classes | None = None

    @property
    def num_classes(self) -> int:
        return self.head.outputs

    @property
    def channels(self) -> int:
        return self.head.channels

    @property
    def dilation(self) -> int:
        """Of the head's windows."""
        return self.head.dilation

    @property  # type: ignore[override]  # an attribute of others: here it follows from the head
    def targets(self) -> LabelMaps:
        """Label maps; with the classes that the head was trained on, where a stage did that."""
        return LabelMaps(self.num_classes, self._classes)

    @targets.setter
    def targets(self, targets: LabelMaps) -> None:
        self._classes = targets.classes

    def prepare(self, batch: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """As `DenseDownstream.prepare`. InvalidArgument where every pixel is left out; of several processes' batches, `loss`
        finds it."""
        images, labels, sizes = super().prepare(batch)
        if processes() == 1:
            self.targets.require_measurable(labels, "labels")
        return images, labels, sizes

    def loss(self, maps: dict[str, Variable], labels: np.ndarray, sizes: np.ndarray) -> Variable:
        scores = ops.interpolate(self._coarse_scores(maps), labels.shape[1:])
        own = int((labels != IGNORED).sum())
        all_samples, every = totals(len(labels), own)
        if own == 0:
            if every == 0:
                self.targets.require_measurable(list(labels), "labels")
            return ops.scale(ops.sum(scores), 0.0)  # recorded all the same: other processes wait in its batch norms
        mean = ops.cross_entropy(scores, labels, ignore_index=IGNORED)
        return ops.scale(mean, mean_factor(own, len(labels), every, all_samples))

    def predict_views(
        self, backbone: Backbone, views: np.ndarray, geometries: Sequence[ViewGeometry]
    ) -> list[np.ndarray]:
        """The likeliest class of each pixel of each image, int64 (H, W) of its own size: scores are interpolated to the view
        and, without its padding, to the image."""
        with self.evaluating(backbone, views) as maps:
            coarse = self._coarse_scores(maps).numpy()
        check_outputs(coarse, "scores")
        rows = zip(coarse, geometries, strict=True)
        return [decided(_own_scores(scores, views.shape[1:3], geometry), "scores") for scores, geometry in rows]

    def _coarse_scores(self, maps: dict[str, Variable]) -> Variable:
        """Scores at each place of the map that the head stands on."""
        x = maps[self._reading.taken]
        if self._reading.stage is not None:
            x = self.stage(self._reading.stage, x, stride=1, dilation=self._reading.dilation)
        return self.head(x)


def _own_scores(coarse: np.ndarray, padded: tuple[int, int], geometry: ViewGeometry) -> np.ndarray:
    """Scores (H, W, classes) at the pixels of an image, by those of a map (h, w, classes) of its view."""
    view = ops.interpolate(coarse[None], padded).numpy()[:, : geometry.size[0], : geometry.size[1]]
    if geometry.mirrored:
        view = view[:, :, ::-1]
    own = round(geometry.height), round(geometry.width)
    scores: np.ndarray = ops.interpolate(view, own).numpy()[0]
    return scores


def _reading(net: Backbone) -> _Reading:
    """How maps of stride 16 are got from a network."""
    maps = maps_of(net)
    last = maps[-1]
    if isinstance(net, ResNet) and last.stride > STRIDE and len(maps) > 1:
        before = maps[-2]
        return _Reading(before.name, last.channels, last.name, last.stride // before.stride)
    deepest = next((each for each in reversed(maps) if each.stride <= STRIDE), last)
    return _Reading(deepest.name, deepest.channels)
