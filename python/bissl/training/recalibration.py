"""Batch-norm statistics of the data that features are compared on."""

from __future__ import annotations

from ..data.augmentation import DownstreamViews, downstream_views
from ..data.checks import checked_batch_size
from ..data.given import ImagesLike, as_dataset
from ..data.loader import Loader
from ..data.stacks import Stack
from ..errors import checked_integer
from ..models.backbone import Backbone
from .backbones import check_image_size
from .base import Stage, derived_seed, resolved_seed
from .sources import trained_backbone


def recalibrate(
    backbone: Stage | Backbone,
    X: ImagesLike,
    *,
    augmentation: str | DownstreamViews = "paper",
    batches: int = 100,
    batch_size: int | None = None,
    random_state: int | None = 0,
) -> Backbone:
    """A copy of the backbone whose running statistics are those of ``batches`` downstream training batches.

    So the paper compares features (section B.10).

    ``batch_size`` None is 256, or all images where there are fewer; ``random_state`` None draws a seed. No parameter
    changes.

    Parameters
    ----------
    backbone : Stage or Backbone
        A network or a fitted stage; not changed.
    X : ndarray or Dataset
        Images of the downstream task.
    augmentation : str or DownstreamViews, default "paper"
        "paper", "small" or a `bissl.data.DownstreamViews`, whose training view is used.
    batches : int, default 100
        How many batches the statistics are taken from.
    batch_size : int or None, optional
        None is 256, or all images where there are fewer.
    random_state : int or None, default 0
        Of order and views; None draws a seed.

    Returns
    -------
    Backbone
        A copy.

    Raises
    ------
    TypeError, ValueError
        Images that are none, or options out of range.

    Examples
    --------
    >>> images = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3), np.uint8)
    >>> net = bissl.resnet18(widths=(4, 4, 4, 4), stem="small")
    >>> fresh = bissl.recalibrate(net, images, augmentation="small", batches=2)
    >>> bool((fresh.vector == net.vector).all())
    True
    """
    seed, batches = resolved_seed(random_state), checked_integer("batches", batches, 0)
    images = as_dataset(X, "X")
    views = downstream_views(augmentation, images)
    size = checked_batch_size(batch_size, 256, len(images))
    stack = Stack(len(images), size, seed=derived_seed(seed, "order"))
    network = trained_backbone(backbone).clone()
    check_image_size(network, (views.training, views.evaluation))
    with Loader(images, stack, views.training, derived_seed(seed, "recalibration")) as loader:
        for _ in range(batches):
            network.observe(next(loader).views[0])
    return network
