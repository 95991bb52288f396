"""What all views of images have in common: the engine makes them by draws that are keyed, and so tells where it does."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from .. import _engine
from ..errors import WrongType
from ..targets.geometry import Size, ViewGeometry, checked_size


class ImageView:
    """How one view of an image is made.

    Attributes
    ----------
    fixed_size
        Height and width, in pixels, of the views of all images; None where these depend on the image.
    multiple : int
        Height and width of a batch of views of several sizes are padded to multiples of this.

    Examples
    --------
    >>> bissl.data.View(24).fixed_size, bissl.data.DenseView(24).fixed_size
    ((24, 24), None)
    """

    multiple: int = 1

    @property
    def fixed_size(self) -> Size | None:
        return None

    def _fix(self, **fields: Any) -> None:
        """Sets checked fields of a frozen view, as Python's own numbers and tuples: views are keys of a cache."""
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    def recipe(self) -> dict[str, float]:
        """The options by the names that the engine reads."""
        raise NotImplementedError


def view_geometry(
    view: ImageView, image_size: Size, sample: int = 0, seed: int = 0, epoch: int = 0, index: int = 0
) -> ViewGeometry:
    """Where the view of an image of this height and width shows its pixels: the crop, resize and flip that
    `bissl.data.augment` and `augment_into` make under the same keys, of the same draws. By it
    `bissl.targets.Targets.move` moves what the image is labelled with.

    Parameters
    ----------
    view : ImageView
        How the view is made.
    image_size : Size
        Height and width of the image, in pixels.
    sample, seed, epoch, index : int, default 0
        As in `bissl.data.augment`.

    Returns
    -------
    ViewGeometry
        Which rectangle of the image the view shows.

    Raises
    ------
    WrongType (TypeError)
        Something else than a view, or than a height and a width.
    ValueError
        Sizes of images that those refuse.
    InvalidArgument (ValueError)
        An image smaller than a centre crop without resizing.

    Examples
    --------
    >>> view = bissl.data.View(24, crop_scale=(0.5, 0.5), crop_ratio=(1.0, 1.0))
    >>> shown = bissl.data.view_geometry(view, (48, 48), sample=7, seed=1)
    >>> shown.size, 33 <= shown.height <= 35
    ((24, 24), True)
    """
    checked_view("view", view)
    height, width = checked_size("image_size", image_size)
    top, left, shown_height, shown_width, view_height, view_width, mirrored = _engine.image_geometry(
        engine_form(view), height, width, sample, seed, epoch, index
    )
    return ViewGeometry(top, left, shown_height, shown_width, (int(view_height), int(view_width)), bool(mirrored))


def checked_view(name: str, view: Any, kind: type[ImageView] = ImageView) -> None:
    """WrongType (TypeError) for something else than a view of this kind."""
    if not isinstance(view, kind):
        expected = "bissl.data.View or bissl.data.DenseView" if kind is ImageView else f"bissl.data.{kind.__name__}"
        raise WrongType(f"{name}: expected a {expected}, got {type(view).__name__}")


@lru_cache(maxsize=64)
def engine_form(view: ImageView) -> _engine.Handle:
    """The engine's form of a view: its recipe, checked."""
    return _engine.augmentation_create(view.recipe())
