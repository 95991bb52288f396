"""From data sets to the batches that training steps take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..data.assembly import Batch
from ..data.dataset import Dataset
from ..data.denseviews import DenseView
from ..data.imageviews import ImageView, view_geometry
from ..data.loader import Loader
from ..data.relabelled import DenseLabels
from ..data.stacks import Order, Sequential
from ..targets import Targets
from ..targets.geometry import ViewGeometry


class PretextBatches(Loader):
    """Random views of unlabelled images, as pretext steps take them: of this process's share of each batch."""

    _is_shared = True

    def __next__(self) -> Batch:
        """The next batch, without the labels that its data set may have: nothing is trained on them."""
        return super().__next__()._replace(labels=None)

    def draw(self) -> tuple[np.ndarray, ...] | np.ndarray:
        """The next batch: a tuple with one array (B, size, size, 3) per view, or, where there is only one view, this
        array itself."""
        views = next(self).views
        return views if len(views) > 1 else views[0]


class DownstreamBatches(Loader):
    """Random training views of labelled images, as downstream steps take them: of this process's share of each batch.

    labels : (N, ...), checked, as the downstream objective takes them; boxes and label maps are read from the data set
    instead. view : of training. targets : what the labels are.
    """

    _is_shared = True

    def __init__(
        self,
        dataset: Dataset,
        labels: np.ndarray | DenseLabels,
        order: Order,
        view: ImageView,
        seed: int,
        targets: Targets,
    ) -> None:
        super().__init__(dataset, order, view, seed, targets=targets)
        self.labels = labels

    def __next__(self) -> Batch:
        """The next batch, with the labels that are trained on, whatever its data set has."""
        batch = super().__next__()
        return batch if isinstance(self.labels, DenseLabels) else batch._replace(labels=self.labels[batch.samples])

    def draw(self) -> tuple[Any, ...]:
        """The next batch: images (B, height, width, 3) and labels (B, ...); where labels belong to places, also the height and
        width of each image without its padding, int64 (B, 2)."""
        batch = next(self)
        if isinstance(self.labels, DenseLabels):
            return batch.views[0], batch.labels, batch.sizes[0]
        return batch.views[0], batch.labels


def evaluation_batches(dataset: Dataset, view: ImageView, batch_size: int = 256) -> Iterator[np.ndarray]:
    """The fixed view of all images, in order, the last batch smaller where they do not divide; few of them at a time in
    memory."""
    with Loader(dataset, Sequential(len(dataset), batch_size), view) as loader:
        for batch in loader:
            yield batch.views[0]


def dense_evaluation_batches(
    dataset: Dataset, view: DenseView, batch_size: int = 16
) -> Iterator[tuple[np.ndarray, list[ViewGeometry]]]:
    """The fixed view of all images, in order, padded to one size in each batch, and where each shows the pixels of its image."""
    with Loader(dataset, Sequential(len(dataset), batch_size), view) as loader:
        for batch in loader:
            yield batch.views[0], [view_geometry(view, (int(h), int(w))) for h, w in batch.image_sizes]
