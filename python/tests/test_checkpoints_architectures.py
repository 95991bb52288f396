"""Networks whose arrays have the same names and shapes may compute different things: checkpoints, states, the two levels and
files of weights tell them apart."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pytest
from checkpoint_runs import CLASSES, QUIET, RESNET, VIT, Stopped, data, learned, stop_after

import bissl
from bissl import ops
from bissl.checkpoints import CheckpointStore
from bissl.checkpoints.description import stated
from bissl.checkpoints.tree import digest, without_architectures

IMAGES, LABELS = data()


class Leaky(bissl.Backbone):
    """A backbone written in Python that is made with a number and a generator."""

    def __init__(self, slope, draws=None, seed=0):
        super().__init__(num_features=4, seed=seed)
        self.conv = self.add_parameter("conv.weight", (4, 3, 3, 3))
        self.slope, self.draws = slope, draws

    def features(self, images):
        x = ops.conv2d(images, self.conv, padding=1)
        return ops.global_avg_pool(ops.relu(x) - self.slope * ops.relu(-x))


def vit(**options):
    return bissl.VisionTransformer(**VIT | options)


def resnet(**options):
    return bissl.ResNet(**RESNET | options)


def lora(alpha, **options):
    return bissl.LoRA(resnet(**options), rank=2, targets="conv", alpha=alpha)


#: Two networks, and where they differ.
PAIRS = {
    "heads": (vit, lambda: vit(heads=4), r"arguments\.heads was 2 when it was saved, now it is 4"),
    "activation": (resnet, lambda: resnet(activation="gelu"), r"arguments\.activation was 'relu' .* now it is 'gelu'"),
    "alpha": (
        lambda: lora(2.0),
        lambda: lora(200.0),
        r"adapters\.conv1\.alpha was 2\.0 when it was saved, now it is 200\.0",
    ),
    "written in Python": (lambda: Leaky(0.1), lambda: Leaky(0.2), r"arguments\.slope was 0\.1 .* now it is 0\.2"),
}


def simclr(net):
    return bissl.SimCLR(net, projector=(4,))


def classifier(net):
    return bissl.Classifier(net.num_features, CLASSES)


# --- checkpoints ------------------------------------------------------------------------------------------------------


def warmup(net, **saved):
    return bissl.HeadWarmup(epochs=1, batch_size=10, **QUIET).fit(net, IMAGES, LABELS, **saved)


def finetune(net, **saved):
    return bissl.FineTune(epochs=1, batch_size=10, lr=0.05, **QUIET).fit(net, IMAGES, LABELS, **saved)


def pretrain(net, **saved):
    options = {"method_options": {"projector": (4,)}, "backbone": net}
    return bissl.Pretrain("byol", epochs=1, batch_size=10, lr=0.02, **options, **QUIET).fit(IMAGES, **saved)


def pretrain_an_objective(net, **saved):
    return bissl.Pretrain(simclr(net), epochs=1, batch_size=10, lr=0.02, **QUIET).fit(IMAGES, **saved)


def bilevel(net, **saved):
    stage = bissl.BiSSL(
        alternations=2, lower_steps=1, upper_steps=1, lower_batch_size=10, upper_batch_size=10, damping=100.0,
        pretext_augmentation="small", downstream_augmentation="small", progress=False,
    )  # fmt: skip
    return stage.fit(simclr(net), classifier(net), IMAGES, (IMAGES, LABELS), **saved)


RUNS = {run.__name__: run for run in (warmup, finetune, pretrain, pretrain_an_objective, bilevel)}


@pytest.fixture
def stopped(tmp_path, monkeypatch):
    """The folder of a run of one network that was stopped after two steps."""

    def stop(run, net):
        with monkeypatch.context() as patch, pytest.raises(Stopped):
            stop_after(2, patch)
            run(net, checkpoint=tmp_path / "run", checkpoint_every="1 step")
        return tmp_path / "run"

    return stop


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("run", RUNS)
def test_a_run_goes_on_with_the_network_that_it_began_with_alone(run, pair, stopped):
    made, other, text = PAIRS[pair]
    folder = stopped(RUNS[run], made())
    with pytest.raises(ValueError, match=rf"is of another run: .*{text}"):
        RUNS[run](other(), checkpoint=folder)
    assert digest(learned(RUNS[run](made(), checkpoint=folder))) == digest(learned(RUNS[run](made())))


@pytest.mark.parametrize("run", RUNS)
def test_checkpoints_that_tell_no_architectures_are_read(run, stopped, tmp_path):
    folder = stopped(RUNS[run], lora(2.0))
    found = CheckpointStore(folder).latest()
    before, architectures = without_architectures(found.state)
    CheckpointStore(tmp_path / "before").save(before, found.step)
    assert architectures
    resumed = RUNS[run](lora(2.0), checkpoint=tmp_path / "before")
    assert digest(learned(resumed)) == digest(learned(RUNS[run](lora(2.0))))


def test_a_checkpoint_that_tells_fewer_options_is_read(stopped, tmp_path):
    folder = stopped(warmup, vit())
    found = CheckpointStore(folder).latest()
    _, architectures = without_architectures(found.state)
    for architecture in architectures.values():
        for told in (architecture, *(each for each in architecture.values() if "arguments" in each)):
            told.get("arguments", {}).pop("prefix_positions", None)
    CheckpointStore(tmp_path / "before").save(found.state, found.step)
    assert "prefix_positions" not in str(CheckpointStore(tmp_path / "before").latest().state)
    warmup(vit(), checkpoint=tmp_path / "before")


# --- states -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", PAIRS)
def test_a_state_of_another_network_is_refused(pair):
    made, other, text = PAIRS[pair]
    for objective in (lambda net: simclr(net), lambda net: bissl.Bilevel(simclr(net), classifier(net))):
        present = objective(other())
        before = digest(present.state_dict())
        with pytest.raises(ValueError, match=rf"state: .*backbone: .*{text}"):
            present.load_state_dict(objective(made()).state_dict())
        assert digest(present.state_dict()) == before
        present.load_state_dict(objective(other()).state_dict())


def test_a_generator_that_has_drawn_is_no_other_network():
    drawn = np.random.default_rng(3)
    drawn.normal(size=5)
    first, second = simclr(Leaky(0.1, np.random.default_rng(3))), simclr(Leaky(0.1, drawn))
    second.load_state_dict(first.state_dict())


@dataclass
class Choices:
    slope: float
    kind: type = bissl.ResNet


def test_what_tells_the_function_of_a_network():
    assert stated(Choices(0.1)) == stated(Choices(0.1)) != stated(Choices(0.2))
    assert stated(functools.partial(ops.sum, axis=1)) != stated(functools.partial(ops.sum, axis=0))
    assert stated([ops.relu, {"a": (1, None)}]) == ["relu", {"a": [1, None]}] != stated([ops.gelu, {"a": (1, None)}])
    assert stated({"x", "y", "z"}) == ["x", "y", "z"]
    assert stated(np.arange(3)) == stated(np.arange(3)) != stated(np.arange(1, 4))
    assert stated(bissl.ResNet) == "ResNet" and stated(resnet()) == stated(resnet()) != stated(
        resnet(activation="gelu")
    )
    assert stated(iter([1])) == "list_iterator" and stated(repr(object())) == "str"


# --- both levels ------------------------------------------------------------------------------------------------------


def beside(net, upper):
    return bissl.Bilevel(simclr(net), classifier(net), upper_backbone=upper)


@pytest.mark.parametrize(
    ("lower", "upper", "text"),
    [
        (vit, lambda: vit(heads=4), r"whose arguments\.heads is 2; got 4: make it with net\.clone\(\)"),
        (resnet, lambda: resnet(activation="gelu"), r"whose arguments\.activation is 'relu'; got 'gelu'"),
        (lambda: lora(2.0), lambda: lora(200.0), r"whose adapters\.conv1\.alpha is 2\.0; got 200\.0"),
        (lambda: lora(2.0), lambda: lora(2.0, seed=7), "frozen weights of the pretext backbone; got others of conv1.weight"),
        (lambda: Leaky(0.1), lambda: Leaky(0.2), r"whose arguments\.slope is 0\.1; got 0\.2"),
    ],
)  # fmt: skip
def test_levels_of_other_networks_are_refused(lower, upper, text):
    net = lower()
    with pytest.raises(ValueError, match=f"^upper_backbone: expected the .*{text}"):
        beside(net, upper())
    beside(net, lower())


def test_levels_may_differ_in_what_is_trained_and_in_what_is_dropped():
    beside(vit(), vit(seed=3, drop_path=0.2))
    moved = lora(2.0)
    moved.vector[:] += 1
    beside(lora(2.0), moved)
