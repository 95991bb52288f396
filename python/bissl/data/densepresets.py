"""The views by which detection and segmentation are trained and evaluated, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import InvalidArgument, WrongType, check_option
from ..targets import BoxTargets, DenseTargets
from .augmentation import DownstreamViews
from .dataset import Dataset
from .denseviews import DenseView
from .ownsize import own_side


def _paper_detection(**statistics: Any) -> DownstreamViews:
    view = DenseView.detection(**statistics)
    return DownstreamViews(view, view)


def _paper_segmentation(**statistics: Any) -> DownstreamViews:
    training, evaluation = (DenseView.segmentation(flip, **statistics) for flip in (0.5, 0.0))
    return DownstreamViews(training, evaluation)


def _small(multiple: int) -> Callable[..., DownstreamViews]:
    def views(size: int, flip: bool = False, **statistics: Any) -> DownstreamViews:
        training, evaluation = (
            DenseView(size, flip_probability=probability, multiple=multiple, **statistics)
            for probability in (0.5 if flip else 0.0, 0.0)
        )
        return DownstreamViews(training, evaluation)

    return views


_DETECTION = {"paper": _paper_detection, "small": _small(32)}
_SEGMENTATION = {"paper": _paper_segmentation, "small": _small(16)}


def dense_presets(targets: DenseTargets) -> Mapping[str, Callable[..., DownstreamViews]]:
    """Views for labels of this kind, by name: "paper" (section B.7), whose sizes are settled, and "small", whose shorter side
    is ``size``. Both take ``mean`` and ``std``, "small" also ``flip``."""
    return _DETECTION if isinstance(targets, BoxTargets) else _SEGMENTATION


def dense_downstream_views(
    augmentation: str | DownstreamViews, dataset: Dataset, targets: DenseTargets, name: str = "augmentation"
) -> DownstreamViews:
    """The views of whole images that ``augmentation`` names: "paper", or "small", which keeps the size that all images of
    the data set have (ValueError where their shorter side differs). ``name`` is what messages call it.

    InvalidArgument where evaluation would not see the whole image.
    """
    if isinstance(augmentation, DownstreamViews):
        if not isinstance(augmentation.evaluation, DenseView):
            raise InvalidArgument(
                f"{name}: {targets.what} are predicted for whole images, but its evaluation is a "
                f"{type(augmentation.evaluation).__name__}; give a bissl.data.DenseView"
            )
        return augmentation
    if not isinstance(augmentation, str):
        raise WrongType(
            f'{name}: expected "paper", "small" or a bissl.data.DownstreamViews, got {type(augmentation).__name__}'
        )
    presets = dense_presets(targets)
    make = presets[check_option(name, augmentation, presets)]
    if augmentation == "paper":
        return make()
    way_out = f"{name}=bissl.data.DownstreamViews(view, view) with view=bissl.data.DenseView(96, multiple=32)"
    return make(size=own_side(dataset, way_out, name))
