"""What is in a data set's folder: counts, sizes, broken files (``bissl data check``)."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ..errors import BisslError, FileMissing, checked_flag, checked_integer
from ..progress import progress_bar
from ..targets import BoxTargets
from .dataset import Dataset
from .examination import Broken, Sound, examined
from .readers.foundfiles import skipped_text
from .readers.published import PublishedDataset, class_counts
from .readers.registry import READERS, check_options, folder_of, open_dataset, splits_in
from .spellings import spelled

FEW_CLASSES = 20
"""Up to how many classes the text counts one by one; JSON always does."""


@dataclass(frozen=True)
class SplitReport:
    """What one split holds.

    Attributes
    ----------
    split : its name.
    images : how many there are.
    per_class : images that show each class, by class name; empty without labels.
    width, height : least, median and greatest, in pixels, of the images that could be decoded; None where none could.
    modes : images of each of Pillow's modes, such as "RGB", "P" (palette), "I;16" (16-bit grey), where files are decoded.
    traits : images that are "transparent", "turned by EXIF", of "several frames" (the first is read), or of several channels of
        "16 bits" (8 of which are read).
    constant : how many are of one colour throughout.
    dim : how many of more than 8 bits use less than a sixteenth of their range, as 12-bit values in 16 bits do.
    boxes_per_class : how many boxes there are of each class, where images are labelled with boxes.
    pixels_per_class : how many pixels there are of each class, where they have a class each.
    empty : images that are labelled so, and have no box or no pixel that is not left out.
    skipped : files in the folders that are not read as images, by extension.
    broken : images that cannot be decoded, and those whose boxes or mask are broken.
    problem : why the split cannot be opened at all, or None.
    """

    split: str
    images: int = 0
    per_class: dict[str, int] = field(default_factory=dict)
    width: tuple[int, float, int] | None = None
    height: tuple[int, float, int] | None = None
    modes: dict[str, int] = field(default_factory=dict)
    traits: dict[str, int] = field(default_factory=dict)
    constant: int = 0
    dim: int = 0
    boxes_per_class: dict[str, int] = field(default_factory=dict)
    pixels_per_class: dict[str, int] = field(default_factory=dict)
    empty: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    broken: tuple[Broken, ...] = ()
    problem: str | None = None

    @property
    def sound(self) -> bool:
        return not self.broken and self.problem is None


@dataclass(frozen=True)
class Inspection:
    """What was found in a data set's folder, split by split.

    Parameters
    ----------
    name : str
        Of the data set.
    root : str
        The folder that was looked at.
    splits : tuple of SplitReport
        What was found in each split.

    Examples
    --------
    >>> found = bissl.data.inspect_dataset("cifar10", "data")
    >>> found.sound
    True
    """

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
    name: str,
    root: str | os.PathLike[str] | None = None,
    progress: bool = False,
    threads: int | None = None,
    **options: Any,
) -> Inspection:
    """Opens every split of a data set and decodes every image, with its boxes or mask.

    Parameters
    ----------
    name : str
        As for `open_dataset`.
    root : str or path or None, optional
        As for `open_dataset`.
    progress : bool, default False
        Shows a progress bar per split.
    threads : int or None, optional
        That decode; by default as many as the machine has cores.
    **options : object
        Options of the reader, as for `open_dataset`.

    Returns
    -------
    Inspection
        What was found, split by split; broken and missing files are listed in it.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        An unknown name, or no positive number of threads.
    FileMissing (FileNotFoundError)
        There is no such folder. Broken or missing files are reported, not raised.

    Examples
    --------
    >>> print(bissl.data.inspect_dataset("pets", "data").as_text().splitlines()[0])
    pets in data
    """
    check_options(name, options)
    progress = checked_flag("progress", progress)
    if threads is not None:
        threads = checked_integer("threads", threads, 1)
    root = folder_of(name, root)
    offered = splits_in(name, root)
    if not os.path.isdir(root):
        raise FileMissing(f"root: there is no folder {root}{_package_text(name)}")
    reports = [
        _inspect_split(name, root, split, progress, threads, options)
        for split in offered
        if split != "train+validation"
    ]
    return Inspection(name, os.fspath(root), tuple(reports))


def _package_text(name: str) -> str:
    package = READERS[spelled(name)][0].package
    return "" if package is None else f"; {package.way_out}"


def _inspect_split(
    name: str,
    root: str | os.PathLike[str],
    split: str,
    progress: bool,
    threads: int | None,
    options: Mapping[str, Any],
) -> SplitReport:
    try:
        dataset = open_dataset(name, root, split, **options)
    except BisslError as error:
        return SplitReport(split, problem=str(error))
    results = list(_shown(dataset, split, progress, threads))
    sound = [result for result in results if isinstance(result, Sound)]
    kinds = [image.kind for image in sound if image.kind is not None]
    return SplitReport(
        split,
        len(dataset),
        _per_class(dataset),
        width=_spread([image.width for image in sound]),
        height=_spread([image.height for image in sound]),
        modes=_counted(kind.mode for kind in kinds),
        traits=_counted(trait for kind in kinds for trait in kind.traits),
        constant=sum(image.constant for image in sound),
        dim=sum(_is_dim(image) for image in sound),
        **_labels(dataset, sound),
        skipped=dict(dataset.skipped_files),
        broken=tuple(result for result in results if isinstance(result, Broken)),
    )


def _shown(dataset: PublishedDataset, split: str, progress: bool, threads: int | None) -> Iterator[Sound | Broken]:
    """All images, examined under a progress bar."""
    with progress_bar(len(dataset), f"check {split}", progress, unit="image") as bar:
        for result in examined(dataset, range(len(dataset)), threads, kinds=True):
            bar.update()
            yield result


def _labels(dataset: Dataset, sound: Sequence[Sound]) -> dict[str, Any]:
    """What `SplitReport` says of boxes and label maps."""
    objects = [image.objects for image in sound if image.objects is not None]
    if not objects:
        return {}
    totals = [sum(counts) for counts in itertools.zip_longest(*objects, fillvalue=0)]
    names = dataset.classes or tuple(map(str, range(len(totals))))
    kind = "boxes_per_class" if dataset.dense_targets == BoxTargets.what else "pixels_per_class"
    return {kind: dict(zip(names, totals)), "empty": sum(not any(counts) for counts in objects)}


def _is_dim(image: Sound) -> bool:
    kind = image.kind
    return kind is not None and (kind.mode.startswith("I") or "16 bits" in kind.traits) and image.brightest < 16


def _counted(names: Iterable[str]) -> dict[str, int]:
    """The most frequent first."""
    return dict(Counter(names).most_common())


def _per_class(dataset: Dataset) -> dict[str, int]:
    if dataset.labels is None:
        return {}
    return dict(zip(dataset.classes, class_counts(dataset.labels, len(dataset.classes)).tolist()))


def _spread(values: list[int]) -> tuple[int, float, int] | None:
    return (min(values), float(np.median(values)), max(values)) if values else None


def _split_text(report: SplitReport) -> str:
    if report.problem is not None:
        return f"  {report.split}: cannot be opened: {report.problem}"
    lines = [f"  {report.split}: {report.images} images{_classes_text(report.per_class)}"]
    if report.width and report.height:
        lines.append(f"    width {_spread_text(report.width)}, height {_spread_text(report.height)} pixels")
    if report.modes:
        lines.append(f"    modes: {_counts_text({**report.modes, **report.traits})}")
    if report.boxes_per_class:
        total = sum(report.boxes_per_class.values())
        lines.append(f"    {total} boxes{_classes_text(report.boxes_per_class)}; {report.empty} images without any")
    if report.pixels_per_class:
        shares = _shares_text(report.pixels_per_class)
        lines.append(f"    pixels: {shares}; {report.empty} label maps without any that are not left out")
    if report.constant:
        lines.append(f"    {report.constant} of one colour throughout")
    if report.dim:
        lines.append(
            f"    {report.dim} of more than 8 bits use less than a sixteenth of their range; if they hold 12-bit values, "
            "state integer_maximum=4095"
        )
    if report.skipped:
        lines.append(f"    not read as images: {skipped_text(report.skipped)}")
    if report.broken:
        lines.append(f"    {len(report.broken)} broken:")
        lines += [f"      {broken.reason}" for broken in report.broken]
    return "\n".join(lines)


def _classes_text(per_class: dict[str, int]) -> str:
    if not per_class:
        return ", without labels"
    if len(per_class) <= FEW_CLASSES:
        return ": " + ", ".join(f"{count} {name}" for name, count in per_class.items())
    fewest, most = min(per_class, key=per_class.__getitem__), max(per_class, key=per_class.__getitem__)
    return f", {len(per_class)} classes of {per_class[fewest]} ({fewest}) to {per_class[most]} ({most})"


def _shares_text(counts: Mapping[str, int]) -> str:
    total = max(1, sum(counts.values()))
    return ", ".join(f"{100 * count / total:.3g} % {name}" for name, count in counts.items())


def _counts_text(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _spread_text(spread: tuple[int, float, int]) -> str:
    least, median, greatest = spread
    return f"{least} / {median:g} / {greatest} (least / median / greatest)"
