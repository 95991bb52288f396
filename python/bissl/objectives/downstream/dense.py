"""What detection and segmentation have in common: labels at places of images that may differ in size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...arrays import as_array
from ...data.denseviews import padded_batch
from ...distributed import size as processes
from ...distributed.agreement import gathered
from ...errors import InvalidArgument
from ...models.backbone import Backbone, FeatureMap
from ...models.inputs import float_images
from ...models.module import Module
from ...models.networks import VisionTransformer
from ...ops.variable import Variable
from ...targets import DenseTargets, ViewGeometry, padded_size
from ...targets.geometry import Size
from ..base import Downstream


class DenseDownstream(Downstream):
    """A downstream objective on feature maps whose labels belong to places in the images. A subclass states `loss` and
    `predict_views`, and holds a `bissl.targets.DenseTargets` as ``targets``.

    A batch is (images, labels): normalised float images, (N, H, W, 3) or a list of (H, W, 3) of several sizes, and the labels
    that ``targets`` describe, in pixels of these images; or (images, labels, sizes), images that are padded already, and
    height and width of each without its padding, (N, 2).

    Parameters
    ----------
    head : Module
        Whose parameters are φ.
    num_features : int
        Pooled features of the backbones that it fits.

    Raises
    ------
    WrongType (TypeError)
        A head that is none.

    Examples
    --------
    >>> issubclass(bissl.FasterRCNN, bissl.DenseDownstream)
    True
    """

    #: Images are padded to multiples of this, in pixels.
    multiple: int = 32
    targets: DenseTargets

    def __init__(self, head: Module, num_features: int) -> None:
        super().__init__(head)
        self._num_features = num_features

    @property
    def num_features(self) -> int:
        """Pooled features of the backbones that it fits."""
        return self._num_features

    def loss(self, maps: dict[str, Variable], labels: Any, sizes: np.ndarray) -> Variable:
        """The loss, to be written by the subclass, of the backbone's `maps`, labels as ``targets`` collate them, and the
        height and width of each image without its padding, int64 (N, 2)."""
        raise NotImplementedError

    def predict_views(self, backbone: Backbone, views: np.ndarray, geometries: Sequence[ViewGeometry]) -> list[Any]:
        """What is predicted for each image, in pixels of the image itself, by views of the images (N, H, W, 3), padded at
        their bottom and right, that show their pixels as ``geometries`` say. To be written by the subclass."""
        raise NotImplementedError(f"{type(self).__name__} predicts nothing: write its method predict_views")

    def predict(self, backbone: Backbone, images: Any) -> list[Any]:  # type: ignore[override]
        """What is predicted for each of the normalised float images, (N, H, W, 3) or a list of (H, W, 3), in evaluation mode,
        in pixels of these images."""
        listed = checked_list(images)
        geometries = [ViewGeometry.unchanged(*image.shape[:2]) for image in listed]
        return self.predict_alike(backbone, padded_batch(listed, self.multiple), geometries)

    def predict_alike(self, backbone: Backbone, views: np.ndarray, geometries: Sequence[ViewGeometry]) -> list[Any]:
        """As `predict_views`, each image padded to a multiple of `multiple` and no further: so what is predicted for it does
        not depend on the others of its batch."""
        groups: dict[Size, list[int]] = {}
        for place, geometry in enumerate(geometries):
            groups.setdefault(padded_size([geometry.size], self.multiple), []).append(place)
        predicted: list[Any] = [None] * len(geometries)
        for (height, width), places in groups.items():
            rows = _cut_or_padded(views[places], height, width)
            found = self.predict_views(backbone, rows, [geometries[place] for place in places])
            for place, prediction in zip(places, found, strict=True):
                predicted[place] = prediction
        return predicted

    def prepare(self, batch: Any) -> tuple[np.ndarray, Any, np.ndarray]:
        """Images (N, H, W, 3), padded to one size in all processes; checked labels as `loss` takes them; sizes int64 (N, 2)."""
        images, labels, sizes = checked_parts(batch)
        if sizes is None:
            listed = checked_list(images)
            sizes = np.array([image.shape[:2] for image in listed], np.int64)
            images = padded_batch(listed, self.multiple)
        else:
            images = as_array(images, "images")
            sizes = checked_sizes(sizes, images)
        stated = [(int(height), int(width)) for height, width in _label_sizes(labels, sizes, images.shape[1:3])]
        checked = self.targets.check(labels, len(images), "labels", stated)
        images = _padded_alike(images)
        return images, self.targets.collate(checked, images.shape[1:3]), sizes


def mean_factor(own: int, samples: int, every: int, all_samples: int) -> float:
    """By which a mean over ``own`` numbers of this process's ``samples`` is to be multiplied, so that it counts as the mean over
    ``every`` numbers of all processes (`bissl.distributed.totals`)."""
    return own * all_samples / (max(every, 1) * samples)


def _padded_alike(images: np.ndarray) -> np.ndarray:
    """Images (N, H, W, C), padded to the greatest height and width of all processes: batch norm sees the padding."""
    if processes() == 1:
        return images
    height, width = map(int, gathered(np.array(images.shape[1:3]), "sizes of padded images").max(axis=0))
    return _cut_or_padded(images, height, width)


def _label_sizes(labels: Any, sizes: np.ndarray, padded: Size) -> np.ndarray:
    """The size (N, 2) that the label of each image must have: that of the padded image for an array of label maps."""
    if isinstance(labels, np.ndarray) and labels.shape[1:] == tuple(padded):
        return np.full_like(sizes, padded)
    return sizes


def maps_of(net: Backbone) -> tuple[FeatureMap, ...]:
    """The feature maps of a network, at least one. One written in Python knows them once it has seen images, of 64 pixels
    where it has not yet."""
    if isinstance(net, VisionTransformer):
        raise InvalidArgument(
            "net: a vision transformer gives tokens and no maps of several sizes; take a ResNet or a ConvNeXt"
        )
    if not net.feature_info:
        try:
            net._prepare((1, 64, 64, 3))
        except (ValueError, TypeError) as error:
            raise InvalidArgument(
                f"net: its maps are known once it has seen images: call net(images) first ({error})"
            ) from error
    if not net.feature_info:
        raise InvalidArgument(
            "net: it names no feature maps; name them in its method features: x = self.map(name, x, stride)"
        )
    return net.feature_info


def checked_parts(batch: Any) -> tuple[Any, Any, Any]:
    """Images, labels, and sizes or None, not checked yet."""
    if not isinstance(batch, (tuple, list)) or len(batch) not in (2, 3):
        given = f"{type(batch).__name__} of {len(batch)}" if hasattr(batch, "__len__") else type(batch).__name__
        raise InvalidArgument(f"batch: expected (images, labels) or (images, labels, sizes), got {given}")
    return (*batch, None) if len(batch) == 2 else tuple(batch)


def checked_list(images: Any) -> list[np.ndarray]:
    """Normalised float images, each (H, W, 3). Raises as `bissl.models.inputs.float_images`."""
    if isinstance(images, (list, tuple)) and len(images) and all(np.ndim(image) == 3 for image in images):
        return [
            float_images(as_array(image, f"images[{at}]")[None], f"images[{at}]")[0] for at, image in enumerate(images)
        ]
    return list(float_images(images))


def checked_sizes(sizes: Any, images: np.ndarray) -> np.ndarray:
    """int64 (N, 2), from 1 to the padded height and width."""
    array = as_array(sizes, "sizes")
    if array.dtype.kind not in "iu" or images.ndim != 4 or array.shape != (len(images), 2):
        raise InvalidArgument(
            f"sizes: expected height and width of each image, integers (N, 2), got {array.dtype} {array.shape} for images "
            f"of shape {images.shape}"
        )
    if ((array < 1) | (array > images.shape[1:3])).any():
        raise InvalidArgument(
            f"sizes: expected 1 to the images' height and width {images.shape[1:3]}, got {array.tolist()}"
        )
    return array.astype(np.int64)


def _cut_or_padded(images: np.ndarray, height: int, width: int) -> np.ndarray:
    """Images (N, height, width, C), of which rows and columns beyond are cut, and missing ones are 0."""
    cut = images[:, :height, :width]
    if cut.shape[1:3] == (height, width):
        return np.ascontiguousarray(cut)
    padded = np.zeros((len(cut), height, width, cut.shape[3]), cut.dtype)
    padded[:, : cut.shape[1], : cut.shape[2]] = cut
    return padded
