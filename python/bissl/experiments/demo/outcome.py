"""What a run of the demo found, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...evaluation.statistics import Comparison, Counts, corrected


@dataclass
class ArmOutcome:
    """One arm: its fine-tuning rate and how it was chosen, and its runs.

    validation : validation accuracy in 0..1 by fine-tuning rate, in the tuning run.
    probe, tuned : correct test predictions of each run, by linear probe and fine-tuned.
    histories : of the BiSSL stage in each run (empty without BiSSL).
    """

    name: str
    validation: dict[float, float] = field(default_factory=dict)
    probe: list[int] = field(default_factory=list)
    tuned: list[int] = field(default_factory=list)
    histories: list[list[dict[str, Any]]] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """The fine-tuning rate that was best on validation images; of equals the smallest."""
        return max(sorted(self.validation), key=lambda rate: self.validation[rate])


@dataclass
class Outcome:
    """All of a run.

    Parameters
    ----------
    settings : dict
        That it ran with.
    seed : int
        That it began with.
    test_images : int
        How many test images there are.
    validation_images : int
        How many validation images there are.
    arms : list of ArmOutcome
        One per arm.
    pretraining : list of dict, optional
        Records of the pretraining.
    embeddings : dict of str to ndarray, optional
        T-SNE of validation features by backbone, (N, 2).
    embedded_labels : ndarray, optional
        Classes of the embedded images, (N,).
    separations : dict of str to str, optional
        How well those features separate the classes, in words.
    seconds : float, default 0.0
        How long it took.

    Examples
    --------
    >>> outcome = bissl.experiments.demo.Outcome({}, 0, test_images=599, validation_images=300, arms=[])
    >>> outcome.on_test([590, 592]).images
    599
    """

    settings: dict[str, Any]
    seed: int
    test_images: int
    validation_images: int
    arms: list[ArmOutcome]
    pretraining: list[dict[str, Any]] = field(default_factory=list)
    embeddings: dict[str, np.ndarray] = field(default_factory=dict)
    embedded_labels: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    separations: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def on_test(self, counts: list[int]) -> Counts:
        """Correct test predictions of an arm's runs, which all began from the one pretrained backbone."""
        return Counts(tuple(counts), self.test_images, ("pretrained",) * len(counts))

    def against_plain(self) -> list[Comparison | None]:
        """Fine-tuned test accuracy of each arm minus that of the first, plain fine-tuning, which has none."""
        plain, *others = (self.on_test(arm.tuned) for arm in self.arms)
        return corrected([None, *(Comparison.of(other, plain) for other in others)])

    def as_dict(self) -> dict[str, Any]:
        """For JSON; without the embeddings."""
        return {
            "seed": self.seed,
            "settings": self.settings,
            "test_images": self.test_images,
            "validation_images": self.validation_images,
            "seconds": self.seconds,
            "pretraining": self.pretraining,
            "arms": [vars(arm) | {"rate": arm.rate} for arm in self.arms],
        }
