"""Tables as Markdown, LaTeX and CSV, with labels escaped for each."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .table import Cell, Table

_EMPTY = "-"
_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip


def markdown(table: Table) -> str:
    """A table of GitHub's Markdown."""
    lines = _grid(table, _escaped_markdown, _markdown_cell)
    lines.insert(1, ["---"] + ["---:"] * len(table.datasets))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def latex(table: Table) -> str:
    """A ``tabular`` of the package booktabs."""
    header, *rows = (" & ".join(line) + r" \\" for line in _grid(table, _escaped_latex, _latex_cell))
    begin = rf"\begin{{tabular}}{{l{'c' * len(table.datasets)}}}"
    lines = [begin, r"\toprule", header, r"\midrule", *rows, r"\bottomrule", r"\end{tabular}"]
    return "\n".join(lines) + "\n"


def csv_text(table: Table) -> str:
    """One line per cell, with numbers in full precision; mean and deviation are in per cent."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["method", "dataset", "mean", "std", "runs", "p_value", "holm_p_value", "better"])
    for (method, dataset), cell in table.cells.items():
        compared, spread = cell.comparison, cell.spread
        p_values = ["", ""] if compared is None else [compared.p_value, compared.corrected_p]
        writer.writerow([method, dataset, 100 * spread.mean, 100 * spread.std, spread.runs, *p_values, cell.better])
    return out.getvalue()


def _grid(table: Table, label: Callable[[str], str], text: Callable[[Cell], str]) -> list[list[str]]:
    """Header and rows."""
    return [["", *map(label, table.datasets)]] + [
        [label(method), *_row([table.cells.get((method, dataset)) for dataset in table.datasets], text)]
        for method in table.methods
    ]


def _row(cells: Sequence[Cell | None], text: Callable[[Cell], str]) -> list[str]:
    return [_EMPTY if cell is None else text(cell) for cell in cells]


def _markdown_cell(cell: Cell) -> str:
    return f"**{cell.spread}**" if cell.better else str(cell.spread)


def _latex_cell(cell: Cell) -> str:
    text = f"{100 * cell.spread.mean:.1f} \\pm {100 * cell.spread.std:.1f}"
    return rf"$\mathbf{{{text}}}$" if cell.better else f"${text}$"


def _escaped_markdown(label: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>|#~$])", r"\\\1", " ".join(label.split()))


def _escaped_latex(label: str) -> str:
    return "".join(_LATEX.get(character, character) for character in " ".join(label.split()))
