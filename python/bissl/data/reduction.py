"""How small a picture may be decoded so that its views lose nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable

from .augmentation import View
from .imageviews import ImageView


def least_side(views: Iterable[ImageView]) -> int | None:
    """The shorter side, in pixels, that a picture must keep so that no view is ever enlarged from fewer pixels than it
    shows: what `Dataset.read` is given. A function of the recipe alone.

    A random resized crop takes the share s of the area H W at the aspect ratio r = width / height. Its sides are
    √(s r H W) and √(s H W / r), the smaller at least √(s min(r, 1/r)) times the picture's shorter side. Where no
    drawn crop fits, the largest central crop with an allowed ratio is taken, whose smaller side is at least
    min(1, 1/r_min, r_max) times the shorter side. With the least s and the extreme r the smaller side of the crop must
    not fall below ``size``: at the paper's recipe (96 pixels, s ≥ 1/2, r in 3/4..4/3) 157 pixels are kept.
    Without a random crop, the shorter side must reach ``resize_shorter``, or ``size``.

    None, for full-size pictures, where a view's own size follows from the picture's.
    """
    listed = list(views)
    whole = [view for view in listed if isinstance(view, View)]
    return max(map(_of_view, whole)) if len(whole) == len(listed) else None


def _of_view(view: View) -> int:
    if view.crop_scale is None:
        return view.resize_shorter or view.size
    narrowest, widest = view.crop_ratio
    drawn = math.sqrt(view.crop_scale[0] * min(narrowest, 1 / widest))
    return math.ceil(view.size / min(drawn, 1 / narrowest, widest))
