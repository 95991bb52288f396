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


@pytest.mark.parametrize(
    ("taps", "stride", "m"), [(*window, m) for window, sides in generate.SIDES.items() for m in sides]
)
def test_the_matrices_are_an_identity(taps, stride, m):
    """Aᵀ[(G g) ⊙ (Bᵀ d)] are the m sums of products of g with d, exactly."""
    matrices = generate.winograd_matrices(m, taps) if stride == 1 else generate.strided_matrices(m)
    d = [Fraction(3 * i * i - 7, 5) for i in range(stride * (m - 1) + taps)]
    g = [Fraction(2), Fraction(-1, 3), Fraction(5, 7), Fraction(9, 4)][:taps]

    def times(matrix, vector):
        return [sum(a * b for a, b in zip(row, vector)) for row in matrix]

    weights, inputs = times(matrices["G"], g), times(matrices["Bt"], d)
    weights += [weights[-1]] * (len(inputs) - len(weights))  # at stride 2 the last positions share a weight
    products = [a * b for a, b in zip(weights, inputs, strict=True)]
    assert times(matrices["At"], products) == [sum(d[stride * i + k] * g[k] for k in range(taps)) for i in range(m)]
