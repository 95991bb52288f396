"""Ends of the Hessian's spectrum, and what they mean for the implicit system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..configured import wrong_object
from ..errors import checked_real
from .style import FAINT, check_named, color, label, panels, shades, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..evaluation.analysis import Conditioning, Spectrum


@styled
def spectrum(spectra: Spectrum | Mapping[str, Spectrum], shift: float | None = None) -> Figure:
    """Eigenvalues of the pretext Hessian at both ends, one row per network.

    Parameters
    ----------
    spectra : Spectrum or mapping of str to Spectrum
        Spectra of `bissl.analysis.hessian_spectrum`, alone or by name.
    shift : float or None, optional
        λ + damping; the line −(λ + damping) is drawn, left of which A = I + H/(λ + damping) has negative eigenvalues.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    MissingPackage (ImportError)
        Matplotlib is not installed.
    TypeError, ValueError
        No spectra, a shift that is no number.

    Examples
    --------
    >>> spectrum = bissl.analysis.Spectrum(np.array([-0.5, 4.0]), np.eye(2), np.zeros(2), products=8)
    >>> figure = bissl.plot.spectrum(spectrum, shift=10.001)
    """
    from ..evaluation.analysis import Spectrum

    named = {"": spectra} if isinstance(spectra, Spectrum) else spectra
    check_named("spectra", named, Spectrum, '{"SimCLR": bissl.analysis.hessian_spectrum(linearization)}')
    shift = None if shift is None else checked_real("shift", shift)
    figure, (panel,) = panels(1, width=6.4, height=1.6 + 0.5 * len(named))
    for row, (name, found) in enumerate(named.items()):
        panel.plot(found.eigenvalues, np.full(len(found.eigenvalues), row), "|", markersize=16, markeredgewidth=2,
                   color=color(row), label=name)  # fmt: skip
    panel.axvline(0, color=FAINT, linewidth=0.8, zorder=0)
    if shift is not None:
        panel.axvline(-shift, color=color(3), linestyle="--", label=f"−(λ + damping) = −{shift:g}")
        panel.legend(*_line_only(panel), loc="upper center")
    panel.set_yticks(range(len(named)), list(named))
    panel.set_ylim(-0.6, len(named) - 0.4 + 0.5 * (shift is not None))
    panel.set_xscale("symlog", linthresh=1)
    label(panel, r"eigenvalue of $\nabla^2_\theta\, \mathcal{L}^P$ (symmetric logarithm)", "")
    return figure


def _line_only(panel: Axes) -> tuple[list[Any], list[Any]]:
    """Handle and text of the line at −(λ + damping), the last that was drawn."""
    handles, names = panel.get_legend_handles_labels()
    return handles[-1:], names[-1:]


@styled
def conditioning(found: Conditioning) -> Figure:
    """Condition number of A over damping, one line per λ; broken off where A is not positive definite.

    Parameters
    ----------
    found : Conditioning
        Of `bissl.analysis.conditioning`.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    MissingPackage (ImportError)
        Matplotlib is not installed.
    TypeError
        No conditioning.

    Examples
    --------
    >>> spectrum = bissl.analysis.Spectrum(np.array([-0.5, 4.0]), np.eye(2), np.zeros(2), products=8)
    >>> found = bissl.analysis.conditioning(spectrum, [0.001, 0.1], [0.1, 1.0, 10.0])
    >>> figure = bissl.plot.conditioning(found)
    """
    from ..evaluation.analysis import Conditioning

    if not isinstance(found, Conditioning):
        raise wrong_object("found", "what bissl.analysis.conditioning gives", found)
    figure, (smallest, number) = panels(2, width=4.2, height=3.3)
    for row, (lam, shade) in enumerate(zip(found.lams, shades(len(found.lams)), strict=True)):
        smallest.plot(found.dampings, found.smallest[row], marker="o", markersize=3.5, color=shade, label=f"{lam:g}")
        number.plot(found.dampings, found.number[row], marker="o", markersize=3.5, color=shade)
    smallest.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    smallest.set_yscale("symlog", linthresh=1)
    number.set_yscale("log")
    number.sharex(smallest)  # so that where A is not positive definite stays visible as a gap
    for panel, y in ((smallest, "smallest eigenvalue of A"), (number, "condition number of A")):
        panel.set_xscale("log" if np.all(found.dampings > 0) else "symlog")
        label(panel, "damping", y)
    figure.legend(title="λ", loc="outside right center")
    return figure
