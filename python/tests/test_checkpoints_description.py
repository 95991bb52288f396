"""Descriptions of settings: the same for the same settings in every process, refused where that cannot be."""

from __future__ import annotations

import datetime
import functools
import json
import threading
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from checkpoint_runs import RESNET, data

import bissl
from bissl.checkpoints.description import described
from bissl.checkpoints.tree import differences

IMAGES, LABELS = data()

#: Names that hash seeds put into another order, in all that has no order of its own.
SOURCE = """
import collections, datetime, enum, functools, json, random, re, string
from fractions import Fraction
import numpy as np, bissl
from bissl.checkpoints.description import described

names = [a + b for a in string.ascii_lowercase for b in "xyz"]
Colour = enum.Enum("Colour", ["RED", "BLUE"])

class Holder:
    def __init__(self, **held):
        self.__dict__.update(held)
    @functools.cached_property
    def computed(self):
        return object()
    def method(self):
        pass

class Slots:
    __slots__ = ("a", "b")

slots = Slots()
slots.a = set(names)
inner = Holder(names=frozenset(names), deep=Holder(more={1: set(names), (2, "b"): None, None: names}))
inner.computed
inner.itself = inner

def kept(limit=set(names)):
    return lambda net, seed: (limit, inner)

values = [
    set(names), frozenset(names), {frozenset(names), "a", 3, None, 2.5}, {name: {name} for name in set(names)}, inner, slots,
    kept, kept(), inner.method, functools.partial(kept, limit={*names}), collections.Counter(names),
    collections.deque(names), collections.OrderedDict.fromkeys(names), collections.defaultdict(set, a=set(names)),
    datetime.date(2024, 2, 29), Fraction(1, 3), re.compile("a|b"), Colour.RED, range(5), b"bytes", 1j, np.float32(0.1),
    np.arange(3), np.array([{1}, None], dtype=object), np.dtype("f4"), np.random.default_rng(3), random.Random(3), np.add, len, json,
    np.random.default_rng(3).random, bissl.SGD(lr=0.1), bissl.MINRES(iterations=3), bissl.data.TwoViews.paper(8), float("nan"),
    bissl.ResNet(layers=(1,), widths=(4,), stem="small"), iter,
]
print(json.dumps([described(value) for value in values], sort_keys=True))
"""


def test_hash_seeds_and_addresses_change_nothing(run_python):
    first, second = (run_python(SOURCE, PYTHONHASHSEED=seed) for seed in ("1", "2"))
    assert first.returncode == 0, first.stderr
    assert list(differences(json.loads(first.stdout), json.loads(second.stdout))) == []


CHECKPOINTED = """
import sys, bissl
from checkpoint_runs import RESNET, data

class Named:
    '''A pretext objective by what it is made with.'''
    def __init__(self, names):
        self.names = names
    def __call__(self, net, seed):
        return bissl.SimCLR(net, projector=(8, 4), seed=seed)

letters = set("abcdefghijklmnopqrstuvwxyz")
options = {"epochs": 1, "batch_size": 10, "lr": 0.02, "backbone": RESNET, "augmentation": "small", "progress": False}
bissl.Pretrain(Named(letters), **options).fit(data()[0], checkpoint=sys.argv[1] if len(sys.argv) > 1 else FOLDER)
"""


def test_a_run_goes_on_under_another_hash_seed(tmp_path, run_python):
    for seed in ("1", "2", "3"):
        source = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); FOLDER = {str(tmp_path)!r}\n{CHECKPOINTED}"
        ended = run_python(source, PYTHONHASHSEED=seed)
        assert ended.returncode == 0, ended.stderr


@dataclass
class Held:
    value: object
    name: str = field(default="held")


class Lazy:
    def __init__(self):
        self.limit = 3

    @functools.cached_property
    def table(self):
        return np.zeros(3)


def counted(limit):
    return lambda net, seed: limit


def test_what_differs_is_told_apart():
    assert described(counted(3)) != described(counted(4)) and described(counted(3)) == described(counted(3))
    assert described(Held({1, 2})) == described(Held({2, 1})) != described(Held({1, 3}))
    assert described({1: "a"}) != described({"1": "a"})
    assert described([Held(Held(2))]) != described([Held(Held(3))])
    assert described(datetime.date(2024, 2, 29)) != described(datetime.date(2024, 2, 28))
    assert described(Held(np.arange(3)).__eq__) != described(Held(np.arange(4)).__eq__)
    lazy, looked_at = Lazy(), Lazy()
    looked_at.table
    assert described(lazy) == described(looked_at)
    assert list(differences(described(float("nan")), json.loads(json.dumps(described(float("nan")))))) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Held(threading.Lock()), r"settings.value cannot be described the same way in another process: cannot pickle '_thread.lock'"),
        ([Held(iter("a" for _ in "b"))], "settings.0.value cannot be described .*generator"),
        ({"a": {"b": repr(Held(counted)), "c": str(counted)}}, "settings.a.b .*holds an address, which is another in every process"),
        (counted(threading.Lock()), "settings.captured.limit cannot be described"),
    ],
)  # fmt: skip
def test_what_has_no_description_is_refused(value, text):
    with pytest.raises(TypeError, match=text):
        described(value)


def test_it_is_refused_when_a_run_is_saved(tmp_path):
    class Locked:
        def __init__(self):
            self.lock = threading.Lock()

        def __deepcopy__(self, memo):
            return self

        def __call__(self, net, seed):
            return bissl.SimCLR(net, projector=(8, 4), seed=seed)

    options = {
        "epochs": 1,
        "batch_size": 10,
        "lr": 0.02,
        "backbone": RESNET,
        "augmentation": "small",
        "progress": False,
    }
    with pytest.raises(TypeError, match="checkpoint: settings.method.lock cannot be described .*give .*state_dict"):
        bissl.Pretrain(Locked(), **options).fit(IMAGES, checkpoint=tmp_path / "run")
    assert not (tmp_path / "run").exists(), "the folder is free for the corrected call"
    bissl.Pretrain(Locked(), **options).fit(IMAGES)
