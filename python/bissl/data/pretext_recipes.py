"""How a pretext task sees an image: as one view, as two, or as any number of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice

from ..errors import InvalidArgument, WrongType, check_option
from .augmentation import TwoViews, View
from .dataset import Dataset
from .imageviews import checked_view
from .normalization import IMAGENET_MEAN, IMAGENET_STD, Channels
from .ownsize import own_side

#: A recipe by name, or the views themselves, in order.
PretextRecipe = str | Iterable[View]


@dataclass(frozen=True)
class OneView:
    """The one view of a batch of images, as masked autoencoders take them.

    Parameters
    ----------
    only : View
        How the view is made.

    Raises
    ------
    WrongType (TypeError)
        Something else than a view.

    Examples
    --------
    >>> bissl.data.OneView.small(size=24).only.crop_scale
    (0.8, 1.0)
    """

    only: View

    def __post_init__(self) -> None:
        checked_view("only", self.only, View)

    def __iter__(self) -> Iterator[View]:
        return iter((self.only,))

    @classmethod
    def paper(cls, size: int = 96, mean: Channels = IMAGENET_MEAN, std: Channels = IMAGENET_STD) -> OneView:
        """Random resized crop (scale (0.2, 1), bicubic) and flip, as He et al. 2022 (appendix A.1)."""
        return cls(View(size, crop_scale=(0.2, 1.0), bicubic=True, flip_probability=0.5, mean=mean, std=std))

    @classmethod
    def small(
        cls, size: int = 32, mean: Channels = IMAGENET_MEAN, std: Channels = IMAGENET_STD, flip: bool = False
    ) -> OneView:
        """For small images: random resized crop (scale (0.8, 1), bicubic).

        ``flip`` only where a mirrored image is the same thing: not for digits or letters.
        """
        flips = 0.5 if flip else 0.0
        return cls(View(size, crop_scale=(0.8, 1.0), bicubic=True, flip_probability=flips, mean=mean, std=std))


_ONE: Mapping[str, Callable[..., OneView]] = {"paper": OneView.paper, "small": OneView.small}
_TWO: Mapping[str, Callable[..., TwoViews]] = {
    "paper": TwoViews.paper,
    "authors-code": TwoViews.authors_code,
    "small": TwoViews.small,
}


def pretext_presets(count: int) -> Mapping[str, Callable[..., Iterable[View]]]:
    """The recipes by name for a task that takes ``count`` views; with more than two, the two take turns."""
    return _ONE if count == 1 else _TWO


def pretext_views(
    augmentation: PretextRecipe, dataset: Dataset, count: int, name: str = "augmentation"
) -> tuple[View, ...]:
    """The ``count`` views that ``augmentation`` names or holds; ``name`` is what messages call it.

    "small" keeps the size that all images of the data set have (their shorter side), the other names make 96 pixels.

    Raises
    ------
    TypeError : neither a name nor views.
    ValueError : an unknown name (the nearest is told); "small" for images of several sizes; or another number of views
        than the task takes.
    """
    if isinstance(augmentation, str):
        make = pretext_presets(count)[check_option(name, augmentation, pretext_presets(count))]
        kind = "OneView" if count == 1 else "TwoViews"
        size = (
            {"size": own_side(dataset, f"{name}=bissl.data.{kind}.small(48)", name)} if augmentation == "small" else {}
        )
        return tuple(islice(cycle(make(**size)), count))
    views = tuple(augmentation) if isinstance(augmentation, Iterable) else (augmentation,)
    if isinstance(augmentation, View) or not all(isinstance(view, View) for view in views):
        raise WrongType(
            f"{name}: expected a name, bissl.data.OneView, bissl.data.TwoViews or a tuple of bissl.data.View, "
            f"got {type(augmentation).__name__}"
        )
    if len(views) != count:
        way_out = {1: "bissl.data.OneView", 2: "bissl.data.TwoViews"}.get(count, f"a tuple of {count} bissl.data.View")
        raise InvalidArgument(
            f"{name}: the pretext task takes {count} view{'s' * (count > 1)} of an image, got {len(views)}; "
            f"use {way_out}"
        )
    return views
