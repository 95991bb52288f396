"""Rows of text as Markdown, LaTeX, HTML, CSV and columns of plain text: the one writer of tables."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

Cells = Sequence[str]

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip


def markdown_lines(header: Cells, rows: Iterable[Cells], numbers: bool = False) -> Iterator[str]:
    """The lines of a table of GitHub's Markdown, each as soon as its row is there.

    Parameters
    ----------
    header, rows : cells may have Markdown of their own; what would end a cell or its line is escaped. Cells that a row
        lacks at its end are empty.
    numbers : whether the columns after the first hold numbers, aligned to the right.
    """
    yield _markdown_line(header)
    yield _markdown_line(["---"] + ["---:" if numbers else "---"] * (len(header) - 1))
    for row in rows:
        yield _markdown_line([*row, *[""] * (len(header) - len(row))])


def markdown_rows(header: Cells, rows: Iterable[Cells], numbers: bool = False) -> str:
    """The lines of `markdown_lines`, each with its end."""
    return "".join(f"{line}\n" for line in markdown_lines(header, rows, numbers))


def latex_rows(header: Cells, rows: Iterable[Cells]) -> str:
    """A ``tabular`` of the package booktabs. Cells are LaTeX: see `escaped_latex`."""
    head, *body = (" & ".join(line) + r" \\" for line in [header, *rows])
    begin = rf"\begin{{tabular}}{{l{'c' * (len(header) - 1)}}}"
    return "\n".join([begin, r"\toprule", head, r"\midrule", *body, r"\bottomrule", r"\end{tabular}"]) + "\n"


def html_rows(header: Cells, rows: Iterable[Cells]) -> str:
    """A ``<table>``; the first cell of each row names it. All text is escaped."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'
        for name, *cells in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def csv_rows(rows: Iterable[Sequence[Any]]) -> str:
    """Comma-separated values; numbers are in full precision. The header is a row like others."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def aligned_rows(rows: Iterable[Cells]) -> str:
    """Columns of plain text, each as wide as its widest cell; rows have one length."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def escaped_markdown(label: str) -> str:
    """A text that Markdown shows as it is."""
    return re.sub(r"([\\`*_{}\[\]<>|#~$])", r"\\\1", " ".join(label.split()))


def escaped_latex(label: str) -> str:
    """A text that LaTeX shows as it is."""
    return "".join(_LATEX.get(character, character) for character in " ".join(label.split()))


def _markdown_line(cells: Cells) -> str:
    # A bar that is escaped already, by `escaped_markdown`, stands behind an odd number of backslashes.
    whole = (re.sub(r"(?<!\\)((?:\\\\)*)\|", r"\1\\|", " ".join(cell.splitlines())) for cell in cells)
    return f"| {' | '.join(whole)} |"
