"""Runs that are stopped between any two steps and taken up again end with the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from checkpoint_runs import (
    CLASSES,
    QUIET,
    RESNET,
    VIT,
    Stopped,
    counted_steps,
    data,
    learned,
    pretexts,
    stop_after,
)  # fmt: skip

import bissl
from bissl.checkpoints.tree import differences, digest

IMAGES, LABELS = data()


def pretrain(method="simclr", **options):
    options = {"epochs": 2, "batch_size": 10, "lr": 0.02, "random_state": 3} | QUIET | options
    stage = bissl.Pretrain(pretexts()[method](), **options)
    return stage, lambda **saved: stage.fit(IMAGES, **saved)


def warmup(**options):
    stage = bissl.HeadWarmup(**{"epochs": 2, "batch_size": 10} | QUIET | options)
    return stage, lambda **saved: stage.fit(bissl.ResNet(**RESNET), IMAGES, LABELS, **saved)


def bilevel(method="simclr", **options):
    pretext = pretexts()[method]()
    options = {"alternations": 2, "lower_steps": 2, "upper_steps": 2, "lower_batch_size": 10} | options
    stage = bissl.BiSSL(
        **{"upper_batch_size": 10, "damping": 100.0, "lower_lr": 0.01, "upper_lr": 0.003, "progress": False}
        | {"pretext_augmentation": "small", "downstream_augmentation": "small"} | options
    )  # fmt: skip
    head = bissl.Classifier(pretext.backbone.num_features, CLASSES)
    return stage, lambda **saved: stage.fit(pretext, head, IMAGES, (IMAGES, LABELS), **saved)


def finetune(net=None, **options):
    stage = bissl.FineTune(**{"lr": 0.05, "epochs": 3, "batch_size": 10} | QUIET | options)
    net = bissl.ResNet(**RESNET) if net is None else net
    return stage, lambda **saved: stage.fit(net, IMAGES, LABELS, validation=(IMAGES[:9], LABELS[:9]), **saved)


RUNS = {
    "pretrain simclr lars": (pretrain, 6),
    "pretrain byol sgd": (lambda: pretrain("byol", optimizer=bissl.SGD(lr=0.1, momentum=0.9, nesterov=True)), 6),
    "pretrain mae adamw": (lambda: pretrain("mae", lr=1e-3), 6),
    "pretrain rotation": (lambda: pretrain("rotation"), 6),
    "pretrain queue": (lambda: pretrain("queue"), 6),
    "warm-up": (warmup, 6),
    "warm-up adamw": (lambda: warmup(optimizer=bissl.AdamW(lr=0.01)), 6),
    "bissl simclr": (bilevel, 8),
    "bissl byol": (lambda: bilevel("byol", lower_optimizer=bissl.AdamW(lr=0.01)), 8),
    "bissl mae": (lambda: bilevel("mae", lower_lr=1e-4), 8),
    "bissl queue": (lambda: bilevel("queue", hessian_batch_size=7), 8),
    "bissl warm start": (lambda: bilevel(solver="minres", warm_start=True, upper_steps=4), 12),
    "fine-tune": (finetune, 9),
    "fine-tune vit": (lambda: finetune(bissl.VisionTransformer(**VIT | {"depth": 2}), drop_path=0.3), 9),
    "fine-tune groups": (
        lambda: finetune(optimizer=bissl.AdamW(lr=0.01, groups=[{"match": "head.*", "lr_scale": 3.0}])), 9
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_a_run_stopped_anywhere_ends_with_the_same_bits(name, tmp_path, monkeypatch):
    make, steps = RUNS[name]
    stage, fit = make()
    fit()
    expected = learned(stage)
    # At a random step, in the middle of the last epoch or upper level, and at the end.
    for stop in {int(np.random.default_rng(len(name)).integers(1, steps)), steps - 1, steps}:
        with monkeypatch.context() as patch, pytest.raises(Stopped):
            stop_after(stop, patch)
            make()[1](checkpoint=tmp_path / str(stop), checkpoint_every="1 step")
        stage, fit = make()
        with counted_steps(monkeypatch) as taken:
            fit(checkpoint=tmp_path / str(stop))
        assert taken == list(range(stop + 1, steps + 1))
        assert digest(learned(stage)) == digest(expected), list(differences(expected, learned(stage)))[:3]


class EndsAt(bissl.callbacks.Callback):
    """Ends the fit after an epoch, by Ctrl-C or by `stop`."""

    def __init__(self, epoch, act):
        self.epoch, self.act = epoch, act

    def on_record(self, stage, record):
        if record["epoch"] == self.epoch:
            self.act(stage)


def interrupt(stage):
    raise KeyboardInterrupt


@pytest.mark.parametrize("act", [interrupt, bissl.FineTune.stop])
@pytest.mark.parametrize("validate_every", [1, 10])
def test_a_fine_tuning_that_was_ended_goes_on_as_if_it_had_not_been(tmp_path, act, validate_every):
    """The network of its best epoch, and a look at the epoch that it was stopped in, are not in its checkpoints."""
    options = {"epochs": 6, "lr": 0.3, "validate_every": validate_every}
    expected, fit = finetune(**options)
    fit()
    first, fit = finetune(callbacks=[EndsAt(3, act)], **options)
    try:
        fit(checkpoint=tmp_path)
    except KeyboardInterrupt:
        pass
    assert len(first.history_) == 4
    stage, fit = finetune(**options)
    fit(checkpoint=tmp_path)
    assert digest(learned(stage)) == digest(learned(expected)), list(differences(learned(expected), learned(stage)))[:3]
