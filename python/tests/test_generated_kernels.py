"""The generated Swift files are what their generator writes."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "Sources" / "BisslKernels" / "Generated"
sys.path.insert(0, str(FOLDER))
import generate  # noqa: E402


@pytest.mark.parametrize("name", sorted(generate.FILES))
def test_what_is_committed_is_what_is_generated(name, tmp_path):
    subprocess.run([sys.executable, str(FOLDER / "generate.py"), str(tmp_path)], check=True)
    assert (FOLDER / name).read_text(encoding="utf-8") == (tmp_path / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(("window", "m"), [(window, m) for window, sides in generate.SIDES.items() for m in sides])
def test_the_matrices_are_an_identity(window, m):
    """Aᵀ[(G g) ⊙ (Bᵀ d)] are the m sums of products of g with d, exactly."""
    bt, to_weights, at = generate.matrices(window, m).values()
    stride = 2 if window == "strided" else 1
    d = [Fraction(3 * i * i - 7, 5) for i in range(len(bt[0]))]
    g = [Fraction(2), Fraction(-1, 3), Fraction(5, 7), Fraction(9, 4)][: len(to_weights[0])]

    def times(matrix, vector):
        return [sum(a * b for a, b in zip(row, vector)) for row in matrix]

    weights, inputs = times(to_weights, g), times(bt, d)
    weights += [weights[-1]] * (len(inputs) - len(weights))  # at stride 2 the last positions share a weight
    products = [a * b for a, b in zip(weights, inputs, strict=True)]
    if window == "bordered":
        d = [Fraction(0), *d, Fraction(0)]
    assert len(d) == stride * (m - 1) + len(g)
    assert times(at, products) == [sum(d[stride * i + k] * g[k] for k in range(len(g))) for i in range(m)]
