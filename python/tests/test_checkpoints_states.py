"""States of objectives, optimisers and both levels: given to a new object, they make it the same; what does not fit is
refused by name, and changes nothing."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from checkpoint_runs import RESNET, VIT, Queue, pretexts

import bissl
from bissl.bilevel.joint import WeightedObjectives
from bissl.checkpoints import CheckpointStore
from bissl.checkpoints.tree import digest
from bissl.errors import BisslError

GROUPS = [{"match": "*.bias", "weight_decay": 0.0}, {"match": "head.*", "lr_scale": 0.5}]
OPTIMIZERS = {
    "sgd": lambda: bissl.SGD(lr=0.1, momentum=0.9, weight_decay=1e-3),
    "lars": lambda: bissl.LARS(lr=0.5, weight_decay=1e-6, groups=GROUPS),
    "adamw": lambda: bissl.AdamW(lr=0.01, betas=(0.8, 0.9), groups=GROUPS[1:]),
}


def batch(pretext, seed):
    views = np.random.default_rng(seed).normal(size=(2, 6, 8, 8, 3))
    return tuple(views) if pretext.views == 2 and not isinstance(pretext, bissl.MAE) else views[0]


def stepped(name, optimizer, steps=3):
    pretext = pretexts()[name]()
    for seed in range(steps):
        pretext.step(batch(pretext, seed), optimizer)
    return pretext


def through_a_file(state, folder):
    store = CheckpointStore(folder)
    store.save(state, 0)
    return store.latest().state


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("name", pretexts())
def test_objectives_and_optimizers_go_on_the_same(name, kind, tmp_path):
    optimizer = OPTIMIZERS[kind]()
    first = stepped(name, optimizer)
    optimizer.lr = 0.02
    state = {
        "pretext": first.state_dict(),
        "optimizer": optimizer.state_dict(backbone=first.backbone, head=first.head),
    }
    found = through_a_file(state, tmp_path)
    second, other = pretexts()[name](), OPTIMIZERS[kind]()
    second.load_state_dict(found["pretext"])
    other.load_state_dict(found["optimizer"], backbone=second.backbone, head=second.head)
    assert digest(second.state_dict()) == digest(state["pretext"]) and other.lr == 0.02
    for pretext, stepper in ((first, optimizer), (second, other)):
        pretext.step(batch(pretext, 9), stepper)
    assert digest(first.state_dict()) == digest(second.state_dict()) != digest(state["pretext"])


def test_attributes_of_an_objective_written_in_python(tmp_path):
    first = stepped("queue", OPTIMIZERS["sgd"]())
    second = Queue(bissl.ResNet(**RESNET))
    second.load_state_dict(through_a_file(first.state_dict(), tmp_path))
    assert second.place == (3, 0.125) and isinstance(second.place, tuple)
    assert np.array_equal(second.mean, first.mean) and second.draw.random() == first.draw.random()


class Named(Queue):
    """Keeps something that only it can spell."""

    def __init__(self, net):
        super().__init__(net)
        self.kept = {3, 5}

    def extra_state(self):
        return super().extra_state() | {"kept": sorted(self.kept)}

    def load_extra_state(self, state):
        self.kept = set(state.pop("kept"))
        super().load_extra_state(state)


def test_an_objective_states_more_by_override(tmp_path):
    first, second = Named(bissl.ResNet(**RESNET)), Named(bissl.ResNet(**RESNET))
    first.kept.add(8)
    second.load_state_dict(through_a_file(first.state_dict(), tmp_path))
    assert second.kept == {3, 5, 8}


# --- both levels ------------------------------------------------------------------------------------------------------


def bilevel(name="byol", **options):
    pretext = pretexts()[name]()
    options = {"lower_optimizer": OPTIMIZERS["adamw"](), "damping": 100.0} | options
    return bissl.Bilevel(pretext, bissl.Classifier(pretext.backbone.num_features, 3, seed=1), **options)


def alternate(loop, seed):
    images = np.random.default_rng(seed).normal(size=(6, 8, 8, 3))
    loop.lower_step(batch(loop.pretext, seed))
    loop.linearize(batch(loop.pretext, seed + 1))
    loop.upper_step((images, np.arange(6) % 3))


@pytest.mark.parametrize("name", ["simclr", "byol", "mae"])
def test_both_levels_go_on_the_same(name, tmp_path):
    first, second = bilevel(name), bilevel(name)
    alternate(first, 0)
    second.load_state_dict(through_a_file(first.state_dict(), tmp_path))
    with pytest.raises(RuntimeError, match="linearize"):
        second.upper_step((np.zeros((6, 8, 8, 3)), np.arange(6) % 3))
    for loop in (first, second):
        alternate(loop, 1)
    assert digest(first.state_dict()) == digest(second.state_dict())


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda loop: pickle.loads(pickle.dumps(loop))])
def test_both_levels_can_be_copied_and_pickled(copied):
    loop = bilevel("mae")
    alternate(loop, 0)
    twin = copied(loop)
    for each in (loop, twin):
        alternate(each, 1)
    assert digest(twin.state_dict()) == digest(loop.state_dict())


def test_an_optimizer_is_pickled_with_its_modules():
    optimizer = OPTIMIZERS["adamw"]()
    pretext = stepped("simclr", optimizer)
    twin, other = pickle.loads(pickle.dumps((pretext, optimizer)))
    for objective, stepper in ((pretext, optimizer), (twin, other)):
        objective.step(batch(pretext, 5), stepper)
    assert np.array_equal(pretext.backbone.vector, twin.backbone.vector)
    assert repr(pickle.loads(pickle.dumps(OPTIMIZERS["lars"]()))) == repr(OPTIMIZERS["lars"]())


# --- what does not fit ------------------------------------------------------------------------------------------------


def wider(**options):
    return bissl.SimCLR(bissl.ResNet(**RESNET | {"widths": (6,)}), projector=(8, 4), **options)


@pytest.mark.parametrize(
    ("other", "text"),
    [
        (wider, r"modules: .*backbone.conv1.weight was \[6, 3, 3, 3\] when it was saved, now it is \[4, 3, 3, 3\]"),
        (
            lambda: bissl.SimCLR(bissl.ResNet(**RESNET), projector=(8, 8, 4)),
            r"modules: .*head.projector.6.weight was there when it was saved, now it is not",
        ),
        (lambda: bissl.SimCLR(bissl.ResNet(**RESNET), projector=(8, 4), temperature=0.1), "temperature was 0.1"),
        (pretexts()["byol"], "kind was 'BYOL' when it was saved, now it is 'SimCLR'"),
        (lambda: bissl.Classifier(4, 3), r"missing \['backbone'\]|kind was 'Classifier'"),
    ],
)
def test_a_state_of_another_objective(other, text):
    pretext = pretexts()["simclr"]()
    before = digest(pretext.state_dict())
    with pytest.raises(ValueError, match=text):
        pretext.load_state_dict(other().state_dict())
    assert digest(pretext.state_dict()) == before


def test_nothing_changes_where_only_a_part_fits():
    byol = stepped("byol", OPTIMIZERS["sgd"]())
    state = byol.state_dict()
    state["extra"]["target"].pop("backbone.conv1.weight")
    fresh = pretexts()["byol"]()
    before = digest(fresh.state_dict())
    with pytest.raises(ValueError, match=r"backbone.*conv1.weight|conv1.weight"):
        fresh.load_state_dict(state)
    assert digest(fresh.state_dict()) == before


@pytest.mark.parametrize(
    ("state", "text"), [(3, "state: expected a dict as state_dict gives it, got int"), ({"a": 1}, "missing .*'extra'")]
)
def test_no_state(state, text):
    with pytest.raises((TypeError, ValueError), match=text):
        pretexts()["simclr"]().load_state_dict(state)


@pytest.mark.parametrize(
    ("other", "text"),
    [
        (lambda: bissl.SGD(lr=0.1), "kind was 'SGD' when it was saved, now it is 'AdamW'"),
        (
            lambda: bissl.AdamW(lr=1.0, weight_decay=0.5),
            "settings.weight_decay was 0.5 when it was saved, now it is 0.01",
        ),
        (lambda: bissl.AdamW(lr=1.0, groups=GROUPS), "settings.groups was"),
    ],
)
def test_a_state_of_another_optimizer(other, text):
    net = bissl.ResNet(**RESNET)
    with pytest.raises(ValueError, match=text):
        bissl.AdamW(lr=1.0).load_state_dict(other().state_dict(backbone=net), backbone=net)


#: What is done to a state of an optimiser, to which its "modules" have one "net", and what is told.
BROKEN_STATES = {
    "rate": (lambda state: state.update(lr=float("nan")), "state: lr: expected a finite number"),
    "text as rate": (lambda state: state.update(lr="fast"), "state: lr: expected a number, got str"),
    "no modules": (lambda state: state.update(modules=5), "state: modules: expected a dict"),
    "no module": (lambda state: state["modules"].update(net=5), "state: modules.net: expected a dict.*got int"),
    "too large": (lambda state: _first(state, 1e300), "modules.net: momentum: expected finite values"),
    "text": (lambda state: _first(state, "a"), "modules.net: momentum: expected an array of real numbers"),
    "ragged": (
        lambda state: state["modules"]["net"].update(momentum=[[1], [1, 2]]),
        "modules.net: momentum: expected entries of one shape",
    ),
    "another key": (lambda state: state.update({5: 6}), r"unexpected \[5\]"),
}


def _first(state, value):
    """Puts a value into the momentum."""
    kept = state["modules"]["net"]
    kept["momentum"] = np.array([value, *kept["momentum"][1:].tolist()])


@pytest.mark.parametrize("name", BROKEN_STATES)
def test_an_optimizer_takes_a_state_over_whole_or_not_at_all(name):
    net, optimizer = bissl.ResNet(**RESNET), bissl.SGD(lr=0.25, momentum=0.9)
    optimizer.momentum(net)[:] = 1.0
    state = optimizer.state_dict(net=net)
    state["modules"]["net"]["momentum"] *= 2
    change, text = BROKEN_STATES[name]
    change(state)
    if bissl.precision == "float64" and name == "too large":
        pytest.skip("double precision holds it")
    with pytest.raises(BisslError, match=text):
        optimizer.load_state_dict(state, net=net)
    assert optimizer.lr == 0.25 and (optimizer.momentum(net) == 1.0).all()
    with pytest.raises(BisslError, match="net: expected a network or a head"):
        optimizer.load_state_dict(optimizer.state_dict(net=net), net="net")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda state: state["pretext"]["modules"].update(head=5), "state: modules.head: expected a dict"),
        (lambda state: state["pretext"].update(extra=5), "state: extra: expected a dict"),
        (lambda state: state["pretext"]["extra"].update(target=5), "state: extra.target: expected a dict"),
        (lambda state: state["pretext"]["extra"].pop("target"), "state: extra.target: expected a dict"),
        (lambda state: state["pretext"]["extra"]["target"].update(updates=[1, 2]), "updates: expected a whole number"),
        (lambda state: state.update(upper_backbone=5), "state: upper_backbone: expected a dict"),
        (lambda state: state.update(memory=5), "state: memory: expected a dict"),
        (lambda state: state.update(memory={"alternation": 5, "handed_on": {}}), "memory.alternation: expected a dict"),
        (
            lambda state: state.update(memory={"alternation": {"damping": "x"}, "handed_on": {}}),
            "memory.alternation.damping: expected an array",
        ),
    ],
)
def test_parts_of_a_state_that_are_none(change, text):
    net = bissl.ResNet(**RESNET)
    loop = bissl.Bilevel(bissl.BYOL(net, projector=(4,)), bissl.Classifier(net.num_features, 2))
    state, before = loop.state_dict(), np.array(net.vector)
    state["pretext"]["modules"]["backbone"]["conv1.weight"][:] = 0
    change(state)
    with pytest.raises(BisslError, match=text):
        loop.load_state_dict(state)
    assert np.array_equal(net.vector, before)


def test_a_state_of_other_modules():
    net, wide = bissl.ResNet(**RESNET), wider().backbone
    state = bissl.AdamW(lr=1.0).state_dict(backbone=net)
    with pytest.raises(ValueError, match=r"modules.backbone: exp_avg was \[\d+\] when it was saved, now it is"):
        bissl.AdamW(lr=1.0).load_state_dict(state, backbone=wide)
    with pytest.raises(ValueError, match=r"modules.*missing \['head'\], unexpected \['backbone'\]"):
        bissl.AdamW(lr=1.0).load_state_dict(state, head=net)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"lam": 0.5}, "lam was 0.5 when it was saved, now it is 0.001"),
        ({"solver": bissl.Identity()}, "solver.kind was 'Identity'"),
        ({"lower_optimizer": bissl.LARS(lr=0.5)}, "kind was 'LARS'"),
    ],
)
def test_a_state_of_another_loop(options, text):
    loop = bilevel()
    before = digest(loop.state_dict())
    other = bilevel(**options)
    alternate(other, 0)
    with pytest.raises(ValueError, match=text):
        loop.load_state_dict(other.state_dict())
    assert digest(loop.state_dict()) == before


def test_a_state_of_another_weighted_sum_changes_nothing():
    def joint(optimizer, seed=1):
        pretext = pretexts()["simclr"]()
        return WeightedObjectives(
            pretext, bissl.Classifier(pretext.backbone.num_features, 3, seed=seed), 0.5, optimizer
        )

    images = np.random.default_rng(0).normal(size=(6, 8, 8, 3))
    own, other = joint(OPTIMIZERS["sgd"]()), joint(OPTIMIZERS["lars"](), seed=2)
    other.step(batch(other.pretext, 0), (images, np.arange(6) % 3))
    before = digest(own.state_dict())
    with pytest.raises(ValueError, match="kind was 'LARS'"):
        own.load_state_dict(other.state_dict())
    assert digest(own.state_dict()) == before


def test_drop_path_goes_on_the_same():
    nets = [bissl.VisionTransformer(**VIT | {"depth": 2}, drop_path=0.5) for _ in range(2)]
    heads = [bissl.Classifier(8, 3) for _ in range(2)]
    optimizers = [bissl.SGD(lr=0.1) for _ in range(2)]
    images, labels = np.random.default_rng(0).normal(size=(6, 8, 8, 3)), np.arange(6) % 3
    heads[0].step(nets[0], (images, labels), optimizers[0])
    nets[1].load_state_dict(nets[0].state_dict())
    heads[1].load_state_dict(heads[0].state_dict())
    losses = [head.step(net, (images, labels), sgd).loss for head, net, sgd in zip(heads, nets, optimizers)]
    assert losses[0] == losses[1]
