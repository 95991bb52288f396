"""A page: headings, paragraphs, tables and figures in one HTML file without links to anything outside it."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from ...evaluation.tables.formats import html_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .3rem .8rem; text-align: left; border-bottom: 1px solid #ccc; font-variant-numeric: tabular-nums; }
figure { margin: 1.5rem 0; } img { max-width: 100%; } figcaption { color: #444; font-size: .9rem; }
pre { background: #f5f5f5; padding: 1rem; overflow-x: auto; font-size: .85rem; }
"""


class Page:
    """A single HTML file.

    Grows from top to bottom; `html` is the whole. All text is escaped.

    Parameters
    ----------
    title : str
        Of the page.
    language : str, default "en"
        As HTML names it.

    Raises
    ------
    TypeError
        A title that is no text.

    Examples
    --------
    >>> page = bissl.experiments.report.Page("Results")
    >>> page.table(["method", "top-1"], [["FT", "92.8"]])
    >>> "<td>92.8</td>" in page.html()
    True
    """

    def __init__(self, title: str, language: str = "en") -> None:
        self._title, self._language = title, language
        self._parts = [f"<h1>{escape(title)}</h1>"]

    def heading(self, text: str) -> None:
        """A heading below that of the page."""
        self._parts.append(f"<h2>{escape(text)}</h2>")

    def paragraph(self, text: str) -> None:
        """A paragraph."""
        self._parts.append(f"<p>{escape(text)}</p>")

    def preformatted(self, text: str) -> None:
        """Text whose spaces and line ends stay."""
        self._parts.append(f"<pre>{escape(text)}</pre>")

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """The first cell of each row names it."""
        self._parts.append(html_rows(header, rows))

    def figure(self, figure: Figure, caption: str) -> None:
        """A matplotlib figure as an SVG image inside the file; ``caption`` also serves readers who do not see it."""
        data = base64.b64encode(_svg(figure)).decode()
        self._parts.append(
            f'<figure><img alt="{escape(caption, quote=True)}" src="data:image/svg+xml;base64,{data}">'
            f"<figcaption>{escape(caption)}</figcaption></figure>"
        )

    def html(self) -> str:
        """The whole file."""
        return (
            f'<!doctype html>\n<html lang="{self._language}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(self._title)}</title>'
            f"<style>{STYLE}</style></head>\n<body>\n" + "\n".join(self._parts) + "\n</body></html>\n"
        )


def _svg(figure: Figure) -> bytes:
    """The figure's SVG, without the date, so that equal figures give equal files."""
    from matplotlib import rc_context

    buffer = io.BytesIO()
    with rc_context({"svg.hashsalt": "bissl"}):
        figure.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()
