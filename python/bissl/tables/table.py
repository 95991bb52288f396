"""Runs by method and dataset, compared with a baseline."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import InvalidArgument, check_option, unknown_option
from ..statistics import Spread, permutation_test

#: Runs by method and dataset: ``results["BiSSL"]["Pets"]`` is one outcome per run.
Results = Mapping[str, Mapping[str, Sequence[float]]]


@dataclass(frozen=True)
class Cell:
    """The runs of a method on a dataset, in percent, and how they compare with those of the baseline.

    p_value : of the exact two-sided permutation test; None for the baseline itself, and where it has no runs.
    better : the mean is above the baseline's and p_value below the table's level.
    """

    spread: Spread
    p_value: float | None = None
    better: bool = False


@dataclass(frozen=True)
class Table:
    """Rows are methods, columns datasets; a cell that has no runs is None.

    Make it with `of`; ``str(table)`` is its Markdown.
    """

    methods: tuple[str, ...]
    datasets: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]
    baseline: str
    level: float

    @classmethod
    def of(
        cls,
        results: Results,
        baseline: str,
        images: Mapping[str, int] | None = None,
        level: float = 0.01,
        tolerance: float = 1e-6,
    ) -> Table:
        """Compares every method with ``baseline`` on every dataset.

        Parameters
        ----------
        results : method → dataset → one outcome per run. Outcomes are counts of correct predictions where ``images``
            tells how many test images the dataset has, and scores in percent (such as mean average precision) else.
        baseline : the method that others are compared with, "FT" in the paper.
        images : dataset → number of test images.
        level : significance level.
        tolerance : of ties between mean scores, in percentage points; counts need none.

        Raises
        ------
        TypeError : counts that are no integers.
        ValueError : an unknown baseline (the nearest is named), a level outside of (0, 1), counts below 0 or above the
            number of images, no results.
        """
        if not results:
            raise InvalidArgument("results: expected at least one method, got none")
        check_option("baseline", baseline, results)
        if not 0 < level < 1:
            raise InvalidArgument(f"level: expected a number between 0 and 1, got {level}")
        datasets = tuple(dict.fromkeys(dataset for row in results.values() for dataset in row))
        for dataset in images or {}:
            if dataset not in datasets:
                raise unknown_option("images", str(dataset), datasets)
        cells = {}
        for method, row in results.items():
            for dataset, runs in row.items():
                theirs = results[baseline].get(dataset) if method != baseline else None
                count = (images or {}).get(dataset)
                try:
                    cells[method, dataset] = _cell(runs, theirs, count, level, tolerance)
                except (TypeError, ValueError) as error:
                    raise type(error)(f"results[{method!r}][{dataset!r}]: {error}") from None
        return cls(tuple(results), datasets, cells, baseline, level)

    def markdown(self) -> str:
        from .formats import markdown

        return markdown(self)

    def latex(self) -> str:
        """A ``tabular`` for the package booktabs."""
        from .formats import latex

        return latex(self)

    def csv(self) -> str:
        """One line per cell: method, dataset, mean and standard deviation in percent, runs, p-value, better."""
        from .formats import csv_text

        return csv_text(self)

    def save(self, path: str | os.PathLike) -> None:
        """Writes the table in the format that the name ends in: .md, .csv or .tex."""
        formats = {".md": self.markdown, ".csv": self.csv, ".tex": self.latex}
        check_option("path", Path(path).suffix, formats)
        Path(path).write_text(formats[Path(path).suffix](), encoding="utf-8", newline="")

    def __str__(self) -> str:
        return self.markdown()


def _cell(
    ours: Sequence[float], theirs: Sequence[float] | None, images: int | None, level: float, tolerance: float
) -> Cell:
    spread = Spread.of(_percent(ours, images))
    if theirs is None:
        return Cell(spread)
    p_value = permutation_test(ours, theirs, None if images is not None else tolerance)
    return Cell(spread, p_value, bool(spread.mean > Spread.of(_percent(theirs, images)).mean and p_value < level))


def _percent(runs: Sequence[float], images: int | None) -> np.ndarray:
    values = np.asarray(runs)
    if images is None:
        return values
    if images < 1:
        raise InvalidArgument(f"images: expected at least 1 test image, got {images}")
    if values.size and not (0 <= values.min() and values.max() <= images):
        raise InvalidArgument(f"expected counts of 0 to {images} correct predictions, got {values.tolist()[:5]}")
    return 100 * values / images
