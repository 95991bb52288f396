"""Options out of range: every message begins with the name of the option, as the user wrote it."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest

import bissl

IMAGES, LABELS = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 3), np.uint8), np.arange(8) % 2
BACKBONE = {"widths": (4, 4), "layers": (1, 1), "stem": "small"}
QUIET = {"progress": False}
WRONG = (-1, -0.5, 1.5, 2, 10**30, math.nan, "nonsense", object(), [3])
#: Where more is only longer, or needs more memory.
MAY_BE_LARGE = {"epochs", "alternations", "steps", "lower_steps", "upper_steps", "recalibration_batches", "num_classes", "lr",
                "lower_lr", "upper_lr", "C"}  # fmt: skip


@pytest.fixture(scope="module")
def before() -> tuple[bissl.Pretrain, bissl.HeadWarmup]:
    pretrain = bissl.Pretrain(backbone=BACKBONE, epochs=1, augmentation="small",
                              method_options={"projector": (4, 4)}, **QUIET).fit(IMAGES)  # fmt: skip
    return pretrain, bissl.HeadWarmup(epochs=1, augmentation="small", **QUIET).fit(pretrain, IMAGES, LABELS)


def fitted(kind: type, before, **options) -> Any:
    pair, small = (IMAGES, LABELS), {"augmentation": "small", "epochs": 1, **QUIET}
    if kind is bissl.Pretrain:
        return kind(**{"backbone": BACKBONE, "method_options": {"projector": (4, 4)}, **small, **options}).fit(IMAGES)
    if kind is bissl.BiSSL:
        chosen = {"alternations": 1, "lower_steps": 1, "upper_steps": 1, **QUIET, **options}
        return kind(**chosen).fit(*before, IMAGES, pair)
    if kind is bissl.WeightedSum:
        return kind(**{"steps": 2, "record_every": 1, **QUIET, **options}).fit(*before, IMAGES, pair)
    if kind is bissl.LinearProbe:
        return kind(**{"augmentation": "small", "recalibration_batches": 0, **options}).fit(before[0], *pair)
    return kind(**{**small, **options}).fit(before[0], *pair)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("kind", "option"),
    [
        (kind, option)
        for kind in (
            bissl.Pretrain, bissl.HeadWarmup, bissl.BiSSL, bissl.WeightedSum, bissl.FineTune, bissl.LinearProbe,
        )
        for option in inspect.signature(kind).parameters
        if option != "backbone" or kind is bissl.Pretrain  # the others are given theirs by `fit`
    ],
)  # fmt: skip
def test_an_option_out_of_range_is_named_as_it_was_given(kind, option, before):
    refused = 0
    for value in WRONG:
        if option in MAY_BE_LARGE and value == 10**30:
            continue
        try:
            fitted(kind, before, **{option: value})
        except Exception as error:
            assert str(error).startswith((f"{option}:", f"{option}[")), (value, error)
            assert isinstance(error, bissl.errors.BisslError), (value, type(error))
            refused += 1
    assert refused


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (bissl.Pretrain, {"epochs": 70, "batch_size": 2, "warmup_epochs": 65}),
        (bissl.HeadWarmup, {"epochs": 70, "batch_size": 2}),
        (bissl.FineTune, {"epochs": 70, "batch_size": 2, "validate_every": 100}),
        (bissl.BiSSL, {"alternations": 100, "lower_steps": 3, "upper_steps": 3, "warmup_alternations": 90,
                       "lower_batch_size": 2, "upper_batch_size": 2, "hessian_batch_size": 2}),
        (bissl.WeightedSum, {"steps": 200, "record_every": 100, "warmup_steps": 110, "lower_batch_size": 2,
                             "upper_batch_size": 2}),
    ],
)  # fmt: skip
def test_narrow_integers_count_as_pythons_do(kind, options, before):
    """Whose products would not fit them."""
    narrow = {name: np.int8(value) if value < 128 else value for name, value in options.items()}
    expected, found = (fitted(kind, before, **each) for each in (options, narrow))
    assert len(found.history_) == len(expected.history_)
    assert np.array_equal(found.backbone_.vector, expected.backbone_.vector)


def test_narrow_integers_become_pythons():
    narrow = np.int8(100)
    stack, draws = bissl.data.Stack(narrow, narrow, narrow), bissl.data.RandomDraws(narrow, narrow)
    view = bissl.data.DenseView(narrow, narrow, multiple=narrow)
    kept = [stack.size, stack.batch_size, stack.needed, draws.size, draws.batch_size, view.short_side, view.long_side,
            view.multiple, bissl.CosineSchedule(1.0, narrow).total, bissl.CosineSchedule(1.0, 200, narrow).warmup,
            bissl.CosineDecay(0.9, narrow).total, bissl.data.Reading(workers=narrow).workers]  # fmt: skip
    assert kept == [100] * len(kept) and {type(each) for each in kept} == {int}


def test_a_probe_refuses_what_only_training_has():
    probe = bissl.LinearProbe()
    for option in ("callbacks", "progress"):
        with pytest.raises(bissl.errors.ReadOnly, match=f"LinearProbe.{option}: there is no such setting"):
            setattr(probe, option, ())


@pytest.mark.parametrize("given", [IMAGES, [IMAGES], (IMAGES, LABELS, LABELS), None, "pair"])
def test_a_pair_of_images_and_labels_is_named(given, before):
    calls = {
        "labeled": lambda: bissl.BiSSL(**QUIET).fit(*before, IMAGES, given),
        "training": lambda: bissl.callbacks.Probe(given, (IMAGES, LABELS)),
        "test": lambda: bissl.callbacks.NearestNeighbors((IMAGES, LABELS), given),
    }
    if given is not None:
        calls["validation"] = lambda: bissl.FineTune(**QUIET).fit(before[0], IMAGES, LABELS, validation=given)
    for argument, call in calls.items():
        with pytest.raises(
            (TypeError, ValueError), match=rf"^{argument}: expected a pair .*{argument}=\(images, labels\)"
        ):
            call()


def test_a_class_that_the_training_images_lack_is_told_with_ways_out_that_every_stage_has():
    options = {"backbone": BACKBONE, "augmentation": "small", "recalibration_batches": 1}
    probe = bissl.LinearProbe(**options).fit(IMAGES, LABELS)
    with pytest.raises(
        ValueError, match="labels in 0 to 1, got 2 .*names them all .bissl.data.ArrayDataset takes classes"
    ):
        probe.score(IMAGES, np.arange(8) % 3)
    named = bissl.data.ArrayDataset(IMAGES, LABELS, classes=["a", "b", "c"])
    assert 0 <= bissl.LinearProbe(**options).fit(named).score(IMAGES, np.arange(8) % 3) <= 1
