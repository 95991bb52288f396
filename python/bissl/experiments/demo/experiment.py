"""The demo's protocol: settings from validation images, test images read once, at the end."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from ...data import DownstreamViews, channel_statistics
from ...data.pretext_recipes import pretext_presets
from ...evaluation.analysis import embed, knn_accuracy, silhouette
from ...evaluation.statistics import percent
from ...models.backbone import Backbone
from ...progress import progress_bar
from ...training import BiSSL, FineTune, HeadWarmup, LinearProbe, Pretrain
from ...training.methods import METHODS
from .arms import ARMS, BILEVEL, DISCARDED, PLAIN, Arm
from .digits import Digits, load_digits
from .outcome import ArmOutcome, Outcome
from .settings import Settings


@dataclass
class ArmModels:
    """The models of one measured run of one arm."""

    backbone: Backbone
    probe: LinearProbe
    tuned: FineTune


class Experiment:
    """Pretrains once, then per arm: chooses a fine-tuning rate on validation images, trains all runs, measures them.

    Parameters
    ----------
    settings : Settings
        See `Settings`.
    seed : int, default 0
        Seed of the split, the pretraining and, from it on, of the runs.
    progress : bool, default True
        Show progress bars.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A seed that is none.

    Examples
    --------
    >>> experiment = bissl.experiments.demo.Experiment(bissl.experiments.demo.quick(), progress=False)
    >>> experiment.settings.task
    'simclr'
    """

    def __init__(self, settings: Settings, seed: int = 0, progress: bool = True) -> None:
        self.settings, self.seed, self.progress = settings, seed, progress
        self.digits: Digits = load_digits(settings.labels_per_class, seed)
        self._few = self.digits.few.pair()
        mean, std = channel_statistics(self.digits.unlabelled[..., None])
        size = self.digits.unlabelled.shape[1]
        self._pretext_views = pretext_presets(METHODS[settings.task].views)["small"](size, mean, std)
        self._views = DownstreamViews.small(size, mean, std)

    def run(self) -> Outcome:
        """Everything. Takes minutes with the full settings."""
        started = time.perf_counter()
        outcome = Outcome(
            settings=self.settings.as_dict(),
            seed=self.seed,
            test_images=self.digits.test.size,
            validation_images=len(self.digits.validation),
            arms=[ArmOutcome(arm.name) for arm in ARMS],
        )
        runs = self._train(outcome)
        self._embed(outcome, runs)
        self._measure(outcome, runs)
        outcome.seconds = time.perf_counter() - started
        return outcome

    def _train(self, outcome: Outcome) -> list[list[ArmModels]]:
        """All models, per arm and seed."""
        runs: list[list[ArmModels]] = [[] for _ in ARMS]
        total = 1 + len(ARMS) * (1 + self.settings.seeds)
        with progress_bar(total, "demo", self.progress, unit="run", keep=True) as bar:
            self._ssl = self._pretrain()
            outcome.pretraining = self._ssl.history_
            bar.update()
            for arm, found in zip(ARMS, outcome.arms, strict=True):
                found.validation = self._tune(arm)
                bar.update()
            for seed in self._run_seeds():
                for arm, found, trained in zip(ARMS, outcome.arms, runs, strict=True):
                    trained.append(self._one_run(arm, found, seed))
                    bar.update()
        return runs

    def _run_seeds(self) -> range:
        # The seed itself is the tuning run's.
        return range(self.seed + 1, self.seed + 1 + self.settings.seeds)

    def _pretrain(self) -> Pretrain:
        stage = Pretrain(
            self.settings.task,
            augmentation=self._pretext_views,
            random_state=self.seed,
            progress=self.progress,
            **self.settings.pretrain,
        )
        return stage.fit(self.digits.unlabelled)

    def _tune(self, arm: Arm) -> dict[float, float]:
        """Validation accuracy in 0..1 by fine-tuning rate, in a run that is not measured."""
        backbone, _ = self._before_finetuning(arm, self.seed)
        scores = {rate: self._finetune(backbone, rate, self.seed).best_validation_ for rate in self.settings.rates}
        return {rate: score for rate, score in scores.items() if score is not None}

    def _one_run(self, arm: Arm, found: ArmOutcome, seed: int) -> ArmModels:
        backbone, history = self._before_finetuning(arm, seed)
        if history:
            found.histories.append(history)
        probe = LinearProbe(augmentation=self._views, random_state=seed, **self.settings.probe)
        return ArmModels(backbone, probe.fit(backbone, *self._few), self._finetune(backbone, found.rate, seed))

    def _before_finetuning(self, arm: Arm, seed: int) -> tuple[Backbone, list[dict[str, Any]]]:
        """The backbone that the arm fine-tunes, and the history of BiSSL where the arm has it."""
        if arm.solver is None:
            return self._ssl.backbone_, []
        options: dict[str, Any] = {"random_state": seed, "progress": self.progress}
        warm = HeadWarmup(augmentation=self._views, **options, **self.settings.warmup).fit(self._ssl, *self._few)
        bissl = BiSSL(solver=arm.solver(), **options, **self.settings.bilevel)
        bissl.fit(self._ssl, warm, self.digits.unlabelled, self._few)
        return bissl.backbone_, bissl.history_

    def _finetune(self, backbone: Backbone, rate: float, seed: int) -> FineTune:
        stage = FineTune(
            lr=rate, augmentation=self._views, random_state=seed, progress=self.progress, **self.settings.finetune
        )
        return stage.fit(backbone, *self._few, validation=self.digits.validation.pair())

    def _embed(self, outcome: Outcome, runs: list[list[ArmModels]]) -> None:
        """t-SNE of validation features: the pretrained backbone, and each BiSSL arm's first."""
        images, outcome.embedded_labels = self.digits.validation.pair()
        titles = {PLAIN: "pretrained", DISCARDED: "BiSSL, implicit term discarded", BILEVEL: "BiSSL"}
        features = {titles[arm]: trained[0].probe.features(images) for arm, trained in zip(ARMS, runs, strict=True)}
        outcome.embeddings = dict(embed(features, shared=False, random_state=self.seed).points)
        outcome.separations = {
            name: f"kNN {percent(knn_accuracy(values, outcome.embedded_labels))} %, "
            f"silhouette {silhouette(values, outcome.embedded_labels):.2f}"
            for name, values in features.items()
        }

    def _measure(self, outcome: Outcome, runs: list[list[ArmModels]]) -> None:
        """All models on the test images, in the one reading that these allow."""
        images, labels = self.digits.test.read().pair()
        for found, trained in zip(outcome.arms, runs, strict=True):
            found.probe = [run.probe.correct(images, labels) for run in trained]
            found.tuned = [run.tuned.correct(images, labels) for run in trained]
