"""Every hypergradient against the dense solution, some 2,000 parameters in float64.

    BISSL_PRECISION=float64 python python/benchmarks/dense.py [--figure docs/_static/nystrom.svg] [--quick]

On a small network with SimCLR the dense matrix A = I + H/ρ is made of as many products, of the Hessian and of the Gauss-Newton
matrix; each solver's v_IJ is held against NumPy's solution of it. On a quadratic of as many parameters the joint system
(φ_P moves with θ_P) and the penalty have closed forms. Last, Nyström's error by rank, from a Krylov space and from a random
one, beside conjugate gradients with as many products. Exits with 1 where an error is above what is stated beside it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("BISSL_PRECISION", "float64")

import numpy as np

import bissl
from bissl import solvers
from bissl.bilevel import hypergradients

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from quadratics import PIXELS, distance, exact, quadratic_loop, symmetric, upper

RANDOM = np.random.default_rng(5)
LAM, DAMPING = 0.5, 2.0
RHO = LAM + DAMPING
#: Solver, product, and the relative error that is allowed.
SOLVERS = [
    (bissl.Exact(), "exact", 1e-8),
    (bissl.MINRES(200), "exact", 1e-8),
    (bissl.ConjugateGradient(200, layerwise=False), "exact", 1e-8),
    (bissl.NeumannSeries(3000), "exact", 1e-4),
    (bissl.Krylov(200, tolerance=1e-10), "exact", 1e-8),
    (solvers.RecycledKrylov(200, tolerance=1e-10), "exact", 1e-8),
    (bissl.Krylov(60), "exact", 0.1),
    (solvers.RecycledKrylov(60), "exact", 0.1),
    (bissl.Exact(), "gauss-newton", 1e-8),
    (bissl.MINRES(300), "gauss-newton", 1e-8),
    (bissl.ConjugateGradient(300, layerwise=False), "gauss-newton", 1e-8),
    (solvers.Nystrom(120), "gauss-newton", 1e-4),
]

Row = tuple[str, float, float]


class Dense:
    """A network's lower level at one point, v there, and the dense A of both products."""

    def __init__(self, quick: bool) -> None:
        width, hidden = (4, 5) if quick else (10, 10)
        net = bissl.ResNet("basic", (1,), (width,), stem="small", seed=1, activation="gelu")
        pretext = bissl.SimCLR(net, projector=(hidden, 6))
        views = tuple(RANDOM.standard_normal((12, 8, 8, 3)) for _ in range(2))
        labelled = RANDOM.standard_normal((10, 8, 8, 3)), np.arange(10) % 3
        self.point = pretext.linearize(views)
        self.v = np.asarray(bissl.Classifier(width, 3).value_and_gradient(net, labelled)[1].backbone)
        self.size = self.v.size
        self.matrices = {}
        for product in ("exact", "gauss-newton"):
            system = solvers.ImplicitSystem(self.point, 0.0, 1.0, product=product)
            columns = [np.asarray(system.product(unit)) for unit in np.eye(self.size)]
            matrix = np.stack(columns) - np.eye(self.size)
            self.matrices[product] = (matrix + matrix.T) / 2
        ends = {product: np.linalg.eigvalsh(matrix)[[0, -1]] for product, matrix in self.matrices.items()}
        # A is positive definite, and not so well conditioned that any solver is right.
        self.damping = {"exact": -5 * ends["exact"][0], "gauss-newton": ends["gauss-newton"][1] / 15}
        for product, (least, most) in ends.items():
            print(f"network, {product}: {self.size:,} parameters, eigenvalues {least:.3g} to {most:.3g}, "
                  f"damping {self.damping[product]:.3g}", flush=True)  # fmt: skip

    def expected(self, product: str) -> np.ndarray:
        matrix = np.eye(self.size) + self.matrices[product] / self.damping[product]
        return np.linalg.solve(matrix, self.v)

    def error(self, solver: solvers.Solver, product: str) -> float:
        x, _ = self.point.solve(self.v, solver, 0.0, self.damping[product], product=product)
        return distance(x, self.expected(product))


def network(dense: Dense) -> Iterator[Row]:
    for solver, product, allowed in SOLVERS:
        yield f"network, {product}, {solver!r}", dense.error(solver, product), allowed


def quadratic(size: int) -> Iterator[Row]:
    hessian = symmetric(np.concatenate([np.linspace(0, 0.5, size - 6), np.linspace(1, 20, 6)]))
    coupling, curvature = RANDOM.normal(size=(size, 4)) / np.sqrt(size) * 6, 0.7
    settings = {"lam": LAM, "damping": DAMPING}

    joint = quadratic_loop(hessian, coupling=coupling, head_curvature=curvature, **settings,
                           hypergradient=hypergradients.Joint(iterations=200))  # fmt: skip
    info = upper(joint)
    matrix = np.block([[hessian, coupling], [coupling.T, curvature * np.eye(4)]]) + RHO * np.eye(size + 4)
    right = np.concatenate([RHO * np.asarray(info.v), np.zeros(4)])
    yield "quadratic, joint system", distance(info.v_ij, np.linalg.solve(matrix, right)[:size]), 1e-8

    errors = {}
    for sigma in (0.4, 0.2, 0.1, 0.05):
        choice = hypergradients.Penalty(steps=150, sigma=sigma)
        info = upper(quadratic_loop(hessian, **settings, hypergradient=choice))
        errors[sigma] = distance(info.v_ij, exact(hessian, info.v, RHO))
        print(f"quadratic, penalty, sigma {sigma}: error {errors[sigma]:.3e}")
    slopes = np.diff(np.log(list(errors.values()))) / np.diff(np.log(list(errors)))
    yield "quadratic, penalty: error ~ sigma^p, largest |p - 2|", float(np.abs(slopes - 2).max()), 0.1


def nystrom(dense: Dense) -> dict[str, list[tuple[int, float]]]:
    """Errors by rank, which is the number of products."""
    makers = {
        "Nyström, Krylov space": lambda rank: solvers.Nystrom(rank),
        "Nyström, random": lambda rank: solvers.Nystrom(rank, sketch="random"),
        "conjugate gradients": lambda rank: bissl.ConjugateGradient(rank, layerwise=False),
    }
    ranks = (1, 2, 3, 5, 8, 12, 20, 30, 50, 80)
    return {name: [(rank, dense.error(make(rank), "gauss-newton")) for rank in ranks] for name, make in makers.items()}


def draw(errors: dict[str, list[tuple[int, float]]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "bissl"
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    axes = figure.add_subplot()
    for (name, points), colour in zip(errors.items(), ("#0072b2", "#d55e00", "#555555"), strict=True):
        axes.loglog(*zip(*points, strict=True), marker="o", markersize=4, color=colour, label=name)
    axes.set(xlabel="products (the rank, the number of iterations)", ylabel="relative error of v_IJ", ylim=(1e-6, 2))
    axes.legend(frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(path, metadata={"Date": None}, facecolor="white")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figure", type=Path, help="where to draw Nyström's errors")
    parser.add_argument("--quick", action="store_true", help="a few hundred parameters")
    options = parser.parse_args()
    if bissl.precision != "float64":
        parser.error("errors this small need BISSL_PRECISION=float64")
    dense = Dense(options.quick)
    holds = True
    size = -(-dense.size // PIXELS) * PIXELS
    for rows in (network(dense), quadratic(size)):
        for name, error, allowed in rows:
            holds &= error <= allowed
            print(f"{name}: {error:.2e}, {allowed:g} allowed{'' if error <= allowed else ': TOO MUCH'}", flush=True)
    errors = nystrom(dense)
    for name, points in errors.items():
        print(f"{name}: " + ", ".join(f"{rank}: {error:.1e}" for rank, error in points))
    if options.figure:
        draw(errors, options.figure)
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
