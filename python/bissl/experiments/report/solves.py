"""What became of the solves of the implicit system, by row of a study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ...plot.curves import History

SOLVES = ("", "verdicts", "true residual / ‖v‖", "damping", "cos(v_IJ, v)", "‖v_IJ‖ / ‖v‖", "products a step")

#: A sentence for every symbol of a report.
SYMBOLS: Mapping[str, str] = {
    "θ_P, φ_P": "Backbone and head of the pretext task, the lower level; θ_P is what BiSSL hands to fine-tuning.",
    "θ_D, φ_D": "Backbone and head of the downstream task, the upper level, which trains them on the labels.",
    "λ": "How strongly the lower level is held near θ_D, by the term λ/2 ‖θ_P − θ_D‖² of its loss.",
    "damping": "What is added to λ in the implicit system so that it can be solved; “auto” finds the least value that does.",
    "ρ": "λ and damping together.",
    "H": "The Hessian of the pretext loss in θ_P: its second derivatives.",
    "A": "I + H/ρ, the matrix of the implicit system, which is never formed: products with it are all that a solver takes.",
    "v": "The gradient of the downstream loss at θ_P.",
    "v_IJ": "A⁻¹ v, the implicit term: how the downstream loss at θ_P changes when θ_D moves and θ_P follows.",
    "cos(v_IJ, v)": "The cosine of the angle between the two: 1 where the implicit Jacobian does not turn the gradient.",
    "‖v_IJ‖ / ‖v‖": "How much the implicit Jacobian stretches the gradient.",
    "true residual / ‖v‖": "‖v − A v_IJ‖ / ‖v‖, computed with a product of its own: 0 where v_IJ is exact.",
    "curvature dᵀAd": "Of a solver's direction d: negative where A is not positive definite, which conjugate gradients need.",
    "p": "How often a difference as large comes about when the two rows' labels are dealt at random.",
    "Holm's p": "The same, raised because the table makes several comparisons.",
}

MEANING = (
    "v_IJ is what the upper level feels of the lower one, v its gradient without that. The true residual says how well v_IJ "
    "solves A v_IJ = v, at most 0.1 where a solve converged; cos(v_IJ, v) near 1 and ‖v_IJ‖/‖v‖ near 1 say that it is v in "
    "disguise. Verdicts are of the solves whose residual is known; the figures are medians, from least to most."
)


def solve_rows(histories: Mapping[str, Sequence[History]]) -> list[tuple[str, ...]]:
    """A row of `SOLVES` for every row of the study whose records tell of solves. What spends no product solves nothing: it has no
    verdict."""
    told = {name: [record for run in runs for record in run if "verdict" in record] for name, runs in histories.items()}
    return [(name, *_cells(records)) for name, records in told.items() if records]


def _cells(records: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    def all_of(name: str) -> list[Any]:
        return list(chain.from_iterable(record[name] for record in records))

    lengths = [of / v for of, v in zip(all_of("v_ij_norm"), all_of("v_norm"), strict=True) if v > 0]
    columns = (all_of("true_residual"), all_of("damping"), all_of("v_cosine"), lengths, all_of("products"))
    solved = [verdict for verdict, spent in zip(all_of("verdict"), all_of("products"), strict=True) if spent]
    return (_verdicts(solved) or "nothing is solved", *map(_spread, columns))


def _verdicts(verdicts: Sequence[str]) -> str:
    """How many solves that were measured ended in each."""
    words = [verdict.partition(":")[0] for verdict in verdicts if "as far as is known" not in verdict]
    counts = {word: words.count(word) for word in dict.fromkeys(words)}
    disguised = sum("identity in disguise" in verdict for verdict in verdicts)
    told = [f"{count} {word}" for word, count in counts.items()]
    return ", ".join(told + [f"{disguised} identity in disguise"] * (disguised > 0))


def _spread(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return ""
    middle, ends = float(np.median(known)), (min(known), max(known))
    return f"{middle:.3g}" if ends[0] == ends[1] else f"{middle:.3g} ({ends[0]:.3g} to {ends[1]:.3g})"
