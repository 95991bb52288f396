"""Runs by method and dataset, compared with a baseline."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import InvalidArgument, WrongType, check_option, checked_path, checked_real, unknown_option
from ..statistics import Comparison, Scores, Spread, as_scores, corrected
from ..statistics.comparison import TIE

#: Runs by method and dataset: ``results["BiSSL"]["Pets"]`` is one score per run.
ScoresByMethod = Mapping[str, Mapping[str, Scores | Sequence[float]]]


@dataclass(frozen=True)
class Cell:
    """The runs of a method on a dataset, and how they compare with those of the baseline.

    Parameters
    ----------
    spread : Spread
        Spread of the scores, as fractions; its text is in per cent.
    comparison : Comparison or None, optional
        With the baseline, corrected over the methods compared on the dataset; None for the baseline itself, and where
        it has no runs.
    better : bool, default False
        The mean is above the baseline's and the permutation test's uncorrected p below the table's level.

    Examples
    --------
    >>> table = bissl.tables.Table.of({"FT": {"pets": [0.80, 0.82, 0.81]}, "BiSSL": {"pets": [0.90, 0.91, 0.92]}}, "FT")
    >>> cell = table.cells["BiSSL", "pets"]
    >>> str(cell.spread), cell.better
    ('91.0 ± 1.0', False)
    """

    spread: Spread
    comparison: Comparison | None = None
    better: bool = False

    @property
    def p_value(self) -> float | None:
        """Of the permutation test, without correction; None where there is no comparison."""
        return None if self.comparison is None else self.comparison.p_value


@dataclass(frozen=True)
class Table:
    """Rows are methods, columns datasets; a cell that has no runs is None.

    Make it with `of`; ``str(table)`` is its Markdown.

    Parameters
    ----------
    methods : tuple of str
        The rows.
    datasets : tuple of str
        The columns.
    cells : mapping of tuple of str to Cell
        By method and data set.
    baseline : str or mapping of str to str
        The method that others are compared with, or one per method.
    level : float
        Of significance.

    Examples
    --------
    >>> table = bissl.tables.Table.of({"FT": {"pets": [0.80, 0.82, 0.81]}, "BiSSL": {"pets": [0.90, 0.91, 0.92]}}, "FT")
    >>> print(table.markdown().splitlines()[0])
    | | pets |
    """

    methods: tuple[str, ...]
    datasets: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]
    baseline: str | Mapping[str, str]
    level: float

    @classmethod
    def of(
        cls,
        results: ScoresByMethod,
        baseline: str | Mapping[str, str],
        images: Mapping[str, int] | None = None,
        level: float = 0.01,
        tolerance: float = TIE,
    ) -> Table:
        """Compares methods with their baseline on every dataset.

        Parameters
        ----------
        results : mapping
            Method → dataset → the runs' scores: `bissl.statistics.Counts` or `Fractions`, which also say which runs
            share a pretrained backbone. Plain numbers are fractions as ``score()`` gives them (0.939), or counts of
            correct predictions where ``images`` tells how many test images the dataset has.
        baseline : str or mapping of str to str
            The method that all others are compared with, "FT" in the paper; or, by method, the one that it is compared
            with (methods that are not in it are compared with none).
        images : mapping of str to int or None, optional
            Dataset → number of test images.
        level : float, default 0.01
            Significance level.
        tolerance : float, default 1e-08
            Tolerance of ties between mean scores, as a fraction; counts need none.

        Raises
        ------
        TypeError
            Counts that are no integers; results that are no mapping of mappings.
        ValueError
            An unknown baseline (the nearest is named), a level outside of (0, 1), counts below 0 or above the number
            of images, scores above 1, no results.
        """
        _check_mapping("results", results, "{method: {dataset: scores}}")
        for method, row in results.items():
            _check_mapping(f"results[{method!r}]", row, "{dataset: scores}")
        if images is not None:
            _check_mapping("images", images, "{dataset: number of test images}")
        if not results:
            raise InvalidArgument("results: expected at least one method, got none")
        references = _references(baseline, results)
        if not 0 < checked_real("level", level) < 1:
            raise InvalidArgument(f"level: expected a number between 0 and 1, got {level}")
        datasets = tuple(dict.fromkeys(dataset for row in results.values() for dataset in row))
        for dataset in images or {}:
            if dataset not in datasets:
                raise unknown_option("images", str(dataset), datasets)
        scores = {
            (method, dataset): as_scores(runs, f"results[{method!r}][{dataset!r}]", (images or {}).get(dataset))
            for method, row in results.items()
            for dataset, runs in row.items()
        }
        cells: dict[tuple[str, str], Cell] = {}
        for dataset in datasets:
            column = {method: found for (method, other), found in scores.items() if other == dataset}
            cells |= {(method, dataset): cell for method, cell in _column(column, references, level, tolerance).items()}
        return cls(tuple(results), datasets, {place: cells[place] for place in scores}, baseline, level)

    def markdown(self) -> str:
        """A table of GitHub's Markdown."""
        from .rendering import markdown

        return markdown(self)

    def latex(self) -> str:
        """A ``tabular`` for the package booktabs."""
        from .rendering import latex

        return latex(self)

    def csv(self) -> str:
        """One line per cell: method, dataset, mean and standard deviation in percent, runs, p-value of the permutation
        test, that with Holm's correction over the dataset's methods, better."""
        from .rendering import csv_text

        return csv_text(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the table in the format that the name ends in: .md, .csv or .tex."""
        formats = {".md": self.markdown, ".csv": self.csv, ".tex": self.latex}
        file = Path(checked_path("path", path))
        check_option("path", file.suffix, formats)
        file.write_text(formats[file.suffix](), encoding="utf-8", newline="")

    def __str__(self) -> str:
        return self.markdown()


def _check_mapping(name: str, given: object, form: str) -> None:
    if not isinstance(given, Mapping):
        raise WrongType(f"{name}: expected {form}, got {type(given).__name__}")


def _references(baseline: str | Mapping[str, str], results: ScoresByMethod) -> dict[str, str]:
    """By method, the one that it is compared with."""
    if not isinstance(baseline, Mapping):
        check_option("baseline", baseline, results)
        return {method: baseline for method in results if method != baseline}
    for method, reference in baseline.items():
        check_option("baseline", method, results)
        check_option(f"baseline[{method!r}]", reference, results)
    return {method: reference for method, reference in baseline.items() if method != reference}


def _column(
    scores: Mapping[str, Scores], references: Mapping[str, str], level: float, tolerance: float
) -> dict[str, Cell]:
    """The cells of a dataset by method."""
    compared = [
        _compared(method, ours, scores.get(references[method]) if method in references else None, tolerance)
        for method, ours in scores.items()
    ]
    cells = {}
    for (method, ours), comparison in zip(scores.items(), corrected(compared), strict=True):
        better = comparison is not None and comparison.p_value < level
        cells[method] = Cell(
            Spread.of(ours),
            comparison,
            bool(better and ours.fractions.mean() > scores[references[method]].fractions.mean()),
        )
    return cells


def _compared(method: str, ours: Scores, theirs: Scores | None, tolerance: float) -> Comparison | None:
    if theirs is None:
        return None
    try:
        return Comparison.of(ours, theirs, tolerance=tolerance)
    except (InvalidArgument, WrongType) as error:
        raise type(error)(f"results[{method!r}]: {error}") from None
