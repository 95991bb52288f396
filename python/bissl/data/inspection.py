"""What is in a data set's folder: counts, sizes, broken files (``bissl data check``)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ..errors import BisslError, DataError, FileMissing
from ..progress import progress_bar
from .dataset import Dataset
from .readers.published import PublishedDataset, class_counts
from .readers.registry import open_dataset, splits_in

CHUNK = 256
"""Images handed to the threads at once; after Ctrl-C only those under way are finished."""

FEW_CLASSES = 20
"""Up to how many classes the text counts one by one; JSON always does."""


@dataclass(frozen=True)
class Broken:
    """An image, or what belongs to it, that cannot be used: where it is, and why."""

    source: str
    reason: str


@dataclass(frozen=True)
class SplitReport:
    """What one split holds.

    Attributes
    ----------
    split : its name.
    images : how many there are.
    per_class : images that show each class, by class name; empty without labels.
    width, height : least, median and greatest, in pixels, of the images that could be decoded; None where none could.
    broken : images that cannot be decoded, and those whose boxes or mask are broken.
    problem : why the split cannot be opened at all, or None.
    """

    split: str
    images: int = 0
    per_class: dict[str, int] = field(default_factory=dict)
    width: tuple[int, float, int] | None = None
    height: tuple[int, float, int] | None = None
    broken: tuple[Broken, ...] = ()
    problem: str | None = None

    @property
    def sound(self) -> bool:
        return not self.broken and self.problem is None


@dataclass(frozen=True)
class Inspection:
    """What was found in a data set's folder, split by split."""

    name: str
    root: str
    splits: tuple[SplitReport, ...]

    @property
    def sound(self) -> bool:
        """Nothing is broken or missing."""
        return all(report.sound for report in self.splits)

    def as_dict(self) -> dict[str, Any]:
        """Plain containers, for JSON."""
        return {**asdict(self), "sound": self.sound}

    def as_text(self) -> str:
        """A few lines per split."""
        verdict = "nothing is broken" if self.sound else "BROKEN, see above"
        return "\n".join([f"{self.name} in {self.root}", *map(_split_text, self.splits), verdict])


def inspect_dataset(
    name: str, root: str | os.PathLike, progress: bool = False, threads: int | None = None
) -> Inspection:
    """Opens every split of a data set and decodes every image, with its boxes or mask.

    Parameters
    ----------
    name, root : as for `open_dataset`.
    progress : shows a progress bar per split.
    threads : that decode; by default as many as the machine has cores.

    Raises
    ------
    InvalidArgument (ValueError) : an unknown name. FileMissing (FileNotFoundError) : there is no such folder. Broken or
    missing files are reported, not raised.
    """
    offered = splits_in(name, root)
    if not os.path.isdir(root):
        raise FileMissing(f"root: there is no folder {root}")
    reports = [_inspect_split(name, root, split, progress, threads) for split in offered if split != "train+validation"]
    return Inspection(name, os.fspath(root), tuple(reports))


def _inspect_split(name: str, root: str | os.PathLike, split: str, progress: bool, threads: int | None) -> SplitReport:
    try:
        dataset = open_dataset(name, root, split)
    except BisslError as error:
        return SplitReport(split, problem=str(error))
    results = list(_decoded(dataset, split, progress, threads))
    sizes = np.array([result for result in results if not isinstance(result, Broken)]).reshape(-1, 2)
    broken = tuple(result for result in results if isinstance(result, Broken))
    return SplitReport(split, len(dataset), _per_class(dataset), _spread(sizes[:, 1]), _spread(sizes[:, 0]), broken)


def _decoded(dataset: PublishedDataset, split: str, progress: bool, threads: int | None) -> Iterator[Any]:
    """Height and width of each image, or why it is broken, in order."""
    with (
        ThreadPoolExecutor(threads or os.cpu_count()) as pool,
        progress_bar(len(dataset), f"check {split}", progress, unit="image") as bar,
    ):
        for start in range(0, len(dataset), CHUNK):
            chunk = range(start, min(start + CHUNK, len(dataset)))
            for result in pool.map(lambda sample: _examine(dataset, sample), chunk):
                bar.update()
                yield result


def _examine(dataset: PublishedDataset, sample: int) -> tuple[int, int] | Broken:
    try:
        height, width = dataset.read(sample).shape[:2]
        dataset.check_target(sample, height, width)
    except (DataError, FileMissing) as error:
        return Broken(dataset.source(sample), str(error))
    return height, width


def _per_class(dataset: Dataset) -> dict[str, int]:
    if dataset.labels is None:
        return {}
    return dict(zip(dataset.classes, class_counts(dataset.labels, len(dataset.classes)).tolist()))


def _spread(values: np.ndarray) -> tuple[int, float, int] | None:
    return (int(values.min()), float(np.median(values)), int(values.max())) if values.size else None


def _split_text(report: SplitReport) -> str:
    if report.problem is not None:
        return f"  {report.split}: cannot be opened: {report.problem}"
    lines = [f"  {report.split}: {report.images} images{_classes_text(report.per_class)}"]
    if report.width and report.height:
        lines.append(f"    width {_spread_text(report.width)}, height {_spread_text(report.height)} pixels")
    if report.broken:
        lines.append(f"    {len(report.broken)} broken:")
        lines += [f"      {broken.reason}" for broken in report.broken]
    return "\n".join(lines)


def _classes_text(per_class: dict[str, int]) -> str:
    if not per_class:
        return ", without labels"
    if len(per_class) <= FEW_CLASSES:
        return ": " + ", ".join(f"{count} {name}" for name, count in per_class.items())
    fewest, most = min(per_class, key=per_class.get), max(per_class, key=per_class.get)
    return f", {len(per_class)} classes of {per_class[fewest]} ({fewest}) to {per_class[most]} ({most})"


def _spread_text(spread: tuple[int, float, int]) -> str:
    least, median, greatest = spread
    return f"{least} / {median:g} / {greatest} (least / median / greatest)"
