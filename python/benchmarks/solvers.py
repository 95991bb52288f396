"""Which solver gets nearest to the exact implicit gradient for its cost, and what that is worth after BiSSL.

    python python/benchmarks/solvers.py [--damping 10 1] [--products 2 5 10 20] [--seeds 2] [--alternations 10]

A small ResNet is pretrained on scikit-learn's digits for a few epochs. First table: per system and solver, the distance of
v_IJ to the exact solution of that system, found from its dense matrix. Second table: what BiSSL with each solver does to
validation accuracy, with the backbone and the settings of the recipe digits. Runs in double precision, so that the exact solution
is one.
"""

from __future__ import annotations

import argparse
import inspect
import os
import time
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("BISSL_PRECISION", "float64")

import numpy as np

import bissl
from bissl.data.augmentation import augment
from bissl.evaluation.tables.formats import markdown_lines
from bissl.experiments import Images, Views
from bissl.experiments.recipe import load_recipe
from bissl.experiments.recipe.sections import StageSection
from bissl.solvers import PRODUCTS, ImplicitSystem, SolverChoice
from bissl.tables import Table

LAM = 1e-3
BACKBONE = {"kind": "resnet", "layers": (1, 1), "widths": (5, 10), "stem": "small"}

#: Arms of the study: None is fine-tuning without BiSSL.
ARMS: dict[str, tuple[SolverChoice, str] | None] = {
    "FT": None,
    "discarded": (bissl.DiscardedImplicitTerm(), "exact"),
    "identity": (bissl.Identity(), "exact"),
    "CG layer-wise": (bissl.ConjugateGradient(5), "exact"),
    "CG global": (bissl.ConjugateGradient(5, layerwise=False), "exact"),
    "MINRES": (bissl.MINRES(5), "exact"),
    "CG global, Gauss-Newton": (bissl.ConjugateGradient(5, layerwise=False), "gauss-newton"),
    "MINRES, Gauss-Newton": (bissl.MINRES(5), "gauss-newton"),
    "Neumann, Gauss-Newton": (bissl.NeumannSeries(5), "gauss-newton"),
}


class SolverStudy:
    """The digits, and a backbone that is pretrained on them with the recipe's settings but for ``pretrain``."""

    def __init__(self, **pretrain: Any) -> None:
        self.recipe = load_recipe("digits")
        self.images = Images.of(self.recipe.data)
        self.views = Views.of(self.recipe, self.images)
        options = {"augmentation": self.views.pretext, "random_state": 0, "progress": False}
        self.ssl = self.recipe.pretrain.make(**options, **pretrain).fit(self.images.unlabeled)

    def warm(self, seed: int) -> bissl.HeadWarmup:
        return self._stage(self.recipe.warmup, seed).fit(self.ssl, self.images.training)

    def aligned(self, arm: tuple[SolverChoice, str] | None, seed: int, **bilevel: Any) -> bissl.ResNet:
        """The backbone that an arm fine-tunes."""
        if arm is None:
            return self.ssl.backbone_
        options = {**bilevel, "solver": arm[0], "product": arm[1]}
        views = {"pretext_augmentation": self.views.pretext, "downstream_augmentation": self.views.downstream}
        stage = self.recipe.bissl.make(random_state=seed, progress=False, **views, **options)
        return stage.fit(self.ssl, self.warm(seed), self.images.unlabeled, self.images.training).backbone_

    def correct(self, backbone: bissl.ResNet, seed: int) -> tuple[int, int]:
        """Correct validation predictions of a linear probe, and after fine-tuning."""
        probe = self._stage(self.recipe.probe, seed, recalibration_batches=50).fit(backbone, self.images.training)
        tuned = self._stage(self.recipe.finetune, seed).fit(backbone, self.images.training)
        return probe.correct(self.images.validation), tuned.correct(self.images.validation)

    def _stage(self, section: StageSection, seed: int, **options: Any) -> Any:
        quiet = {"progress": False} if "progress" in inspect.signature(section.stage).parameters else {}
        return section.make(augmentation=self.views.downstream, random_state=seed, **quiet, **options)


class Curvature:
    """A dense Hessian, exact or Gauss-Newton, by its eigenvalues and eigenvectors."""

    def __init__(self, point: bissl.Linearization, product: str) -> None:
        identity_plus_hessian = ImplicitSystem(point, 0.0, 1.0, product=product).matrix()
        self.values, self.vectors = np.linalg.eigh(identity_plus_hessian - np.eye(len(identity_plus_hessian)))

    def spectrum(self, total: float) -> np.ndarray:
        """Of A = I + H/total."""
        return 1 + self.values / total

    def solve(self, v: np.ndarray, total: float) -> np.ndarray:
        return self.vectors @ (self.vectors.T @ v / self.spectrum(total))


class Distances:
    """The first table, for one linearization and one v."""

    def __init__(self, study: SolverStudy) -> None:
        pretext, warm = study.ssl.pretext_, study.warm(0)
        few, numbers = study.images.training, np.arange(32)
        unlabelled = study.images.unlabeled.gather(numbers)
        views = [augment(unlabelled, numbers, view, 0, 0, index) for index, view in enumerate(study.views.pretext)]
        every = np.arange(len(few))
        batch = augment(few.gather(every), every, study.views.downstream.training), np.asarray(few.labels)
        self.point = pretext.linearize(views)
        self.v = np.asarray(warm.downstream_.value_and_gradient(pretext.backbone, batch)[1].backbone)
        self.curvatures = {product: Curvature(self.point, product) for product in PRODUCTS}

    def rows(self, damping: float, costs: list[int]) -> Iterator[tuple[str, ...]]:
        total = LAM + damping
        of_hessian = self.curvatures["exact"].solve(self.v, total)
        for product, curvature in self.curvatures.items():
            system = ImplicitSystem(self.point, LAM, damping, product=product)
            spectrum, exact = curvature.spectrum(total), curvature.solve(self.v, total)
            yield product, f"eigenvalues {spectrum[0]:.3g} to {spectrum[-1]:.3g}, {(spectrum < 0).sum()} negative"
            for name, solver in contenders(costs):
                x, info = solver.solve(system, self.v)
                values = relative_error(x, exact), cosine(x, exact), cosine(x, of_hessian), info.relative_residual
                cost = info.products - 1  # the true residual takes one
                yield product, name, str(cost), *(f"{value:.3f}" for value in values), "yes" if info.diverged else ""


def contenders(costs: list[int]) -> Iterator[tuple[str, bissl.solvers.Solver]]:
    yield "identity", bissl.Identity(true_residual=True)
    for cost in costs:
        yield "CG layer-wise", bissl.ConjugateGradient(cost, true_residual=True)
        yield "CG global", bissl.ConjugateGradient(cost, layerwise=False, true_residual=True)
        yield "MINRES", bissl.MINRES(cost, true_residual=True)
        yield "Neumann series", bissl.NeumannSeries(cost, true_residual=True)


def relative_error(x: np.ndarray, exact: np.ndarray) -> float:
    return float(np.linalg.norm(np.asarray(x) - exact) / np.linalg.norm(exact))


def cosine(x: np.ndarray, y: np.ndarray) -> float:
    """0 where either is 0."""
    lengths = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(np.asarray(x) @ y) / lengths if lengths else 0.0


def print_rows(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> None:
    """Each as soon as it is there: a row takes minutes."""
    for line in markdown_lines(header, rows):
        print(line, flush=True)


def accuracies(seeds: int, **bilevel: Any) -> Table:
    """The second table: correct predictions per arm and seed."""
    study = SolverStudy()
    counts: dict[str, dict[str, list[int]]] = {}
    for name, arm in ARMS.items():
        runs = [study.correct(study.aligned(arm, seed, **bilevel), seed) for seed in range(1, seeds + 1)]
        counts[name] = dict(zip(("linear probe", "fine-tuned"), map(list, zip(*runs))))
    images = len(study.images.validation)
    return Table.of(counts, "FT", images={"linear probe": images, "fine-tuned": images})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--damping", type=float, nargs="+", default=[10.0, 1.0])
    parser.add_argument("--products", type=int, nargs="+", default=[2, 5, 10, 20], help="costs, in Hessian products")
    parser.add_argument("--epochs", type=int, default=10, help="of pretraining")
    parser.add_argument("--seeds", type=int, default=2, help="runs per arm of the study; 0 leaves it out")
    parser.add_argument("--alternations", type=int, default=10)
    options = parser.parse_args()

    began = time.perf_counter()
    study = SolverStudy(backbone=BACKBONE, method_options={"projector": (32, 32)}, epochs=options.epochs)
    print(f"{study.ssl.backbone_.vector.size} parameters, {bissl.precision}, pretrained {options.epochs} epochs")
    header = ("H", "solver", "products", "relative error", "cosine", "cosine with exact H", "‖v − Ax‖/‖v‖", "diverged")
    distances = Distances(study)
    for damping in options.damping:
        print(f"\nA = I + H/(λ + λ_damp), λ = {LAM:g}, λ_damp = {damping:g}")
        print_rows(header, distances.rows(damping, options.products))
    if options.seeds:
        bilevel = {"damping": options.damping[0], "alternations": options.alternations}
        print(f"\nAfter BiSSL, {options.seeds} seeds, {bilevel}, 5 products")
        print(accuracies(options.seeds, **bilevel))
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
