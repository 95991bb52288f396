"""A `Table` of runs as Markdown, LaTeX and CSV, with labels escaped for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .formats import csv_rows, escaped_latex, escaped_markdown, latex_rows, markdown_rows

if TYPE_CHECKING:
    from .table import Cell, Table

_EMPTY = "-"
_COLUMNS = ["method", "dataset", "mean", "std", "runs", "p_value", "holm_p_value", "better"]


def markdown(table: Table) -> str:
    """A table of GitHub's Markdown.

    Parameters
    ----------
    table : Table
        See `Table.of`.

    Returns
    -------
    str
        Text.

    Raises
    ------
    TypeError
        Something else than a table.

    Examples
    --------
    >>> table = bissl.tables.Table.of({"FT": {"pets": [0.80, 0.82]}}, "FT")
    >>> print(bissl.tables.markdown(table).splitlines()[2])
    | FT | 81.0 ± 1.4 |
    """
    return markdown_rows(*_grid(table, escaped_markdown, _markdown_cell), numbers=True)


def latex(table: Table) -> str:
    r"""A ``tabular`` of the package booktabs.

    Parameters
    ----------
    table : Table
        See `Table.of`.

    Returns
    -------
    str
        Text.

    Raises
    ------
    TypeError
        Something else than a table.

    Examples
    --------
    >>> table = bissl.tables.Table.of({"FT": {"pets": [0.80, 0.82]}}, "FT")
    >>> bissl.tables.latex(table).splitlines()[1]
    '\\toprule'
    """
    return latex_rows(*_grid(table, escaped_latex, _latex_cell))


def csv_text(table: Table) -> str:
    """One line per cell, with numbers in full precision; mean and deviation are in per cent.

    Parameters
    ----------
    table : Table
        See `Table.of`.

    Returns
    -------
    str
        Text.

    Raises
    ------
    TypeError
        Something else than a table.

    Examples
    --------
    >>> table = bissl.tables.Table.of({"FT": {"pets": [0.80, 0.82]}}, "FT")
    >>> bissl.tables.csv_text(table).splitlines()[0].split(",")[:3]
    ['method', 'dataset', 'mean']
    """
    rows = []
    for (method, dataset), cell in table.cells.items():
        compared, spread = cell.comparison, cell.spread
        p_values = ["", ""] if compared is None else [compared.p_value, compared.corrected_p]
        rows.append([method, dataset, 100 * spread.mean, 100 * spread.std, spread.runs, *p_values, cell.better])
    return csv_rows([_COLUMNS, *rows])


def _grid(table: Table, label: Callable[[str], str], text: Callable[[Cell], str]) -> tuple[list[str], list[list[str]]]:
    """Header and rows."""
    rows = [
        [label(method), *(_text(table, method, dataset, text) for dataset in table.datasets)]
        for method in table.methods
    ]
    return ["", *map(label, table.datasets)], rows


def _text(table: Table, method: str, dataset: str, text: Callable[[Cell], str]) -> str:
    cell = table.cells.get((method, dataset))
    return _EMPTY if cell is None else text(cell)


def _markdown_cell(cell: Cell) -> str:
    return f"**{cell.spread}**" if cell.better else str(cell.spread)


def _latex_cell(cell: Cell) -> str:
    text = f"{100 * cell.spread.mean:.1f} \\pm {100 * cell.spread.std:.1f}"
    return rf"$\mathbf{{{text}}}$" if cell.better else f"${text}$"
