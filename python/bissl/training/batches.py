"""From data sets to the batches that training steps take."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..data.assembly import Batch
from ..data.dataset import Dataset
from ..data.denseviews import DenseView
from ..data.imageviews import ImageView, view_geometry
from ..data.loader import Loader
from ..data.relabelled import DenseLabels
from ..data.stacks import Order, Sequential
from ..distributed import is_first
from ..errors import DataError
from ..targets import Targets
from ..targets.geometry import ViewGeometry

logger = logging.getLogger("bissl")

#: Most broken files that a message names, and most numbers that it lists.
_SHOWN, _LISTED = 5, 40


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


class EvaluationBatches(Loader):
    """The fixed view of all images, in order, the last batch smaller where they do not divide; few of them at a time in
    memory. An image that cannot be read is left out where the data set skips those: nothing is measured on another in its place.
    """

    _leaves_out = True

    def __init__(self, dataset: Dataset, view: ImageView, batch_size: int = 256) -> None:
        super().__init__(dataset, Sequential(len(dataset), batch_size), view)


class Evaluated(NamedTuple):
    """What was made of the images of a data set that could be read.

    rows : (n, ...), or a list of n. samples : int64 (n,), the numbers of these images, rising. left_out : why an image could
    not be read, by its number; of those that other processes have tried, nothing.
    """

    rows: Any
    samples: np.ndarray
    left_out: Mapping[int, str]

    def whole(self, dataset: Dataset) -> Any:
        """The rows, one for every image. DataError (ValueError), which names the files, where some could not be read."""
        missing = self._missing(dataset)
        if len(missing):
            raise DataError(
                f"{len(missing)} of {len(dataset)} images cannot be read, and what is asked for has a row for every image:\n"
                f"{self._listed(dataset, missing)}\nTake the others, images.subset(numpy.delete(numpy.arange({len(dataset)}), "
                f"{_numbers(missing)})), or mend these files; score leaves them out"
            )
        return self.rows

    def _missing(self, dataset: Dataset) -> np.ndarray:
        """The numbers of the images that could not be read."""
        return np.setdiff1d(np.arange(len(dataset)), self.samples)

    def warn(self, dataset: Dataset) -> None:
        """One warning of what was left out, where anything was. DataError where that is all."""
        missing = self._missing(dataset)
        if len(missing) == len(dataset):
            raise DataError(f"none of the {len(dataset)} images can be read:\n{self._listed(dataset, missing)}")
        if len(missing) and is_first():
            logger.warning(
                "%d of %d images cannot be read and are left out, of predictions and labels:\n%s",
                len(missing), len(dataset), self._listed(dataset, missing),
            )  # fmt: skip

    def _listed(self, dataset: Dataset, missing: np.ndarray) -> str:
        reasons = [self.left_out.get(int(sample), dataset.source(int(sample))) for sample in missing[:_SHOWN]]
        more = [f"and {len(missing) - _SHOWN} more"] if len(missing) > _SHOWN else []
        return "\n".join(f"  {line}" for line in reasons + more)


def evaluated(
    function: Callable[[np.ndarray], np.ndarray], dataset: Dataset, view: ImageView, batch_size: int = 256
) -> Evaluated:
    """What a function makes of the fixed view of all images that can be read, (B, height, width, 3) at a time. ``rows`` are
    None where none can."""
    rows, samples = [], [np.empty(0, np.int64)]
    with EvaluationBatches(dataset, view, batch_size) as batches:
        for batch in batches:
            if len(batch.samples):
                rows.append(function(batch.views[0]))
                samples.append(batch.samples)
    return Evaluated(np.concatenate(rows) if rows else None, np.concatenate(samples), batches.skipped)


def densely_evaluated(
    function: Callable[[np.ndarray, list[ViewGeometry]], list[Any]],
    dataset: Dataset,
    view: DenseView,
    batch_size: int = 16,
) -> Evaluated:
    """As `evaluated`, by views that are padded to one size in each batch, and where each shows the pixels of its image."""
    rows: list[Any] = []
    samples = [np.empty(0, np.int64)]
    with EvaluationBatches(dataset, view, batch_size) as batches:
        for batch in batches:
            if len(batch.samples):
                geometries = [view_geometry(view, (int(h), int(w))) for h, w in batch.image_sizes]
                rows += function(batch.views[0], geometries)
                samples.append(batch.samples)
    return Evaluated(rows, np.concatenate(samples), batches.skipped)


def _numbers(missing: np.ndarray) -> str:
    return "numbers" if len(missing) > _LISTED else str(missing.tolist())
