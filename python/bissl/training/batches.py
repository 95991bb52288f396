"""From data sets to the batches that training steps take."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..data.augmentation import View
from ..data.dataset import Dataset
from ..data.loader import Loader
from ..data.stacks import Order, Sequential


class PretextBatches(Loader):
    """Random views of unlabelled images, as pretext steps take them."""

    def draw(self) -> tuple[np.ndarray, ...] | np.ndarray:
        """The next batch: a tuple with one array (B, size, size, 3) per view, or, where there is only one view, this
        array itself."""
        views = next(self).views
        return views if len(views) > 1 else views[0]


class DownstreamBatches(Loader):
    """Random training views of labelled images, as downstream steps take them.

    labels : (N, ...), checked, as the downstream objective takes them. view : of training.
    """

    def __init__(self, dataset: Dataset, labels: np.ndarray, order: Order, view: View, seed: int) -> None:
        super().__init__(dataset, order, view, seed)
        self.labels = labels

    def draw(self) -> tuple[np.ndarray, np.ndarray]:
        """The next batch: images (B, size, size, 3) and labels (B, ...)."""
        batch = next(self)
        return batch.views[0], self.labels[batch.samples]


def evaluation_batches(dataset: Dataset, view: View, batch_size: int = 256) -> Iterator[np.ndarray]:
    """The fixed view of all images, in order, the last batch smaller where they do not divide; few of them at a time in
    memory."""
    with Loader(dataset, Sequential(len(dataset), batch_size), view) as loader:
        for batch in loader:
            yield batch.views[0]
