"""A figure that notebooks show without a plotting session. Imported only where matplotlib is there."""

from __future__ import annotations

from io import BytesIO

from matplotlib.figure import Figure


class Picture(Figure):
    """A `matplotlib.figure.Figure` outside pyplot's global state that a notebook shows as a cell's last expression."""

    def _repr_png_(self) -> bytes:
        file = BytesIO()
        self.savefig(file, format="png")
        return file.getvalue()
