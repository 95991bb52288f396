"""Whether verdicts tell the truth: damping that chooses itself, and the paper's setting, on problems of both kinds.

    python python/benchmarks/trust.py [--width 8] [--solves 500] [--quadratics 30]

First, quadratics with eigenvalues from −3 to 100. Then ResNet-18 with SimCLR on scikit-learn's digits at random, pretrained
and late points, ten linearizations each. With ``damping="auto"`` every solve has to end with a true residual of at most
0.1 ‖v‖ within 12 products, equal to the predicted one within 10 %; with the paper's setting (layer-wise conjugate gradients,
5 iterations, damping 10) no verdict may say "converged" where the residual, measured apart, says otherwise. Exits with 1
where one does not hold.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

os.environ.setdefault("BISSL_PRECISION", "float32")

import numpy as np

import bissl
from bissl.data import DownstreamViews, channel_statistics
from bissl.data.augmentation import augment
from bissl.data.pretext_recipes import pretext_presets

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from quadratics import LABELLED, UNITS, quadratic_loop, symmetric


@dataclass
class Findings:
    """Of solves with "auto": true residual, predicted one, products, damping. Of the paper's: whether each verdict holds."""

    name: str
    automatic: list[tuple[float, float, int, float]] = field(default_factory=list)
    truthful: list[bool] = field(default_factory=list)
    converged: int = 0

    def add_automatic(self, solve: bissl.SolveInfo) -> None:
        predicted = solve.residuals[-1] / solve.v_norm
        self.automatic.append((solve.relative_residual, predicted, solve.products - 1, solve.damping))

    def add_published(self, solve: bissl.SolveInfo, residual: float) -> None:
        says = solve.verdict.startswith("converged")
        self.truthful.append(not says or residual <= 0.1)
        self.converged += says

    def holds(self) -> bool:
        return all(self.truthful) and all(
            residual <= 0.1 * 1.01 and abs(residual - predicted) <= 0.1 * residual + 1e-4 and products <= 12
            for residual, predicted, products, _ in self.automatic
        )

    def __str__(self) -> str:
        true, predicted, products, dampings = (np.array(column) for column in zip(*self.automatic, strict=True))
        apart = np.abs(true - predicted) / np.maximum(true, 1e-3)
        return (
            f"{self.name}: auto: {len(true)} solves, true residual at most {true.max():.4f}, apart from the predicted by at "
            f"most {apart.max():.1%}, {products.min()} to {products.max()} products, damping {dampings.min():.3g} to "
            f"{dampings.max():.3g}; paper's: {len(self.truthful)} solves, {self.converged} say converged, "
            f"{self.truthful.count(False)} of them falsely: {'holds' if self.holds() else 'DOES NOT HOLD'}"
        )


def quadratics(count: int, solves: int) -> Findings:
    found = Findings("quadratics, eigenvalues -3 to 100")
    for seed in range(count):
        random = np.random.default_rng(seed)
        spectrum = np.concatenate([[-3, 100], random.uniform(-3, 100, 46) * random.uniform(size=46) ** 3])
        hessian = symmetric(spectrum, seed)
        for automatic in (True, False):
            loop = quadratic_loop(hessian, lam=1e-3, **settings(automatic))
            loop.linearize(UNITS)
            for _ in range(1 if automatic else -(-solves // count)):
                judge(found, loop, loop.upper_step(LABELLED), hessian, automatic)
    return found


def settings(automatic: bool) -> dict:
    if automatic:
        return {"damping": "auto", "solver": bissl.Krylov(true_residual=True)}
    return {"damping": 10.0, "solver": bissl.ConjugateGradient(5)}


def judge(found: Findings, loop: bissl.Bilevel, info: bissl.UpperInfo, hessian: np.ndarray, automatic: bool) -> None:
    if automatic:
        return found.add_automatic(info.solve)
    x, v = (np.asarray(vector, np.float64) for vector in (info.v_ij, info.v))
    residual = v - x - hessian @ x / (loop.lam + loop.damping)
    return found.add_published(info.solve, float(np.linalg.norm(residual) / np.linalg.norm(v)))


class Digits:
    """A ResNet-18 with SimCLR on digits at the points of a run, and batches of both levels."""

    def __init__(self, width: int) -> None:
        from sklearn.datasets import load_digits

        bunch = load_digits()
        self.images = np.round(bunch.images * (255 / 16)).astype(np.uint8)[..., None]
        self.labels = bunch.target
        statistics = channel_statistics(self.images)
        self.pretext_views = pretext_presets(2)["small"](8, *statistics)
        self.views = DownstreamViews.small(8, *statistics)
        widths = tuple(width * 2**stage for stage in range(4))
        self.backbone = {"kind": "resnet", "layers": (2, 2, 2, 2), "widths": widths, "stem": "small"}
        self.random = np.random.default_rng(0)

    def points(self) -> Iterator[tuple[str, bissl.SimCLR]]:
        options = {"batch_size": 128, "lr": 4.0, "augmentation": self.pretext_views, "progress": False}
        for name, epochs in (("random", 0), ("pretrained", 10), ("late", 40)):
            net = bissl.ResNet(block="basic", **{k: v for k, v in self.backbone.items() if k != "kind"}, seed=0)
            pretext = bissl.SimCLR(net, projector=(64, 64, 32))
            if epochs:
                stage = bissl.Pretrain(pretext, epochs=epochs, random_state=0, **options).fit(self.images)
                pretext = stage.pretext_
            yield name, pretext

    def pretext_batch(self) -> tuple[np.ndarray, ...]:
        chosen = self.random.choice(len(self.images), 32, replace=False)
        seed = int(self.random.integers(1 << 31))
        return tuple(
            augment(self.images[chosen], chosen, view, seed=seed, index=place)
            for place, view in enumerate(self.pretext_views)
        )

    def labelled_batch(self) -> tuple[np.ndarray, np.ndarray]:
        chosen = self.random.choice(len(self.images), 50, replace=False)
        seed = int(self.random.integers(1 << 31))
        images = augment(self.images[chosen], chosen, self.views.training, seed=seed)
        return images, self.labels[chosen]


def networks(width: int, solves: int) -> Iterator[Findings]:
    digits = Digits(width)
    for name, pretext in digits.points():
        found = Findings(f"ResNet-18 of width {width}, {name}")
        classifier = bissl.Classifier(pretext.backbone.num_features, 10, seed=0)
        for _ in range(30):  # a head that knows something
            classifier.step(pretext.backbone, digits.labelled_batch(), bissl.SGD(lr=0.03), train_backbone=False)
        for _ in range(10):
            views = digits.pretext_batch()
            for automatic in (True, False):
                loop = bissl.Bilevel(pretext, classifier, upper_optimizer=bissl.SGD(lr=1e-3), **settings(automatic))
                point = loop.linearize(views)
                for _ in range(8 if automatic else -(-solves // 30)):
                    info = loop.upper_step(digits.labelled_batch())
                    if automatic:
                        found.add_automatic(info.solve)
                        continue
                    x, v = (np.asarray(vector, np.float64) for vector in (info.v_ij, info.v))
                    residual = v - x - np.asarray(point.hvp(info.v_ij)) / (loop.lam + loop.damping)
                    found.add_published(info.solve, float(np.linalg.norm(residual) / np.linalg.norm(v)))
        yield found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=8, help="of ResNet-18's first stage (default: %(default)s)")
    parser.add_argument("--solves", type=int, default=500, help="with the paper's setting, of each kind")
    parser.add_argument("--quadratics", type=int, default=30, help="how many (default: %(default)s)")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    everything = True
    for found in chain([quadratics(options.quadratics, options.solves)], networks(options.width, options.solves)):
        print(found, flush=True)
        everything &= found.holds()
    sys.exit(0 if everything else 1)


if __name__ == "__main__":
    main()
