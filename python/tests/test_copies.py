"""Copies are values: what is copied shares nothing with its copy that either could change; pickles keep names and
classes."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import bissl
from bissl import callbacks, ops
from bissl.bilevel.joint import WeightedObjectives
from bissl.solvers import ImplicitSystem, OwnSolver

DRAWS = np.random.default_rng(0)
IMAGES = DRAWS.integers(0, 256, (12, 8, 8, 3), dtype=np.uint8)
LABELS = np.arange(12) % 3
VIEWS = tuple(DRAWS.normal(size=(6, 8, 8, 3)).astype(np.float32) for _ in range(2))
LABELLED = VIEWS[0], LABELS[:6]
COPIES = {
    "clone": lambda made: made.clone(),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda made: pickle.loads(pickle.dumps(made)),
}


def resnet(**options):
    return bissl.ResNet(**{"layers": (1,), "widths": (4,), "stem": "small"} | options)


class Counter:
    """An object of the user's own that a step changes."""

    def __init__(self):
        self.steps = []


class Queue(bissl.Pretext):
    """Features are drawn towards earlier ones, with noise: everything that it holds changes from step to step."""

    views = 1

    def __init__(self, net, seed=0):
        super().__init__(net, bissl.LinearHead(net.num_features, 4, seed))
        self.queue = np.zeros((12, 4), np.float32)
        self.generator = np.random.default_rng(7)
        self.counters = {"steps": [0], "own": Counter()}
        self.teacher = [bissl.LinearHead(net.num_features, 4, seed=9)]
        self.twin = self.head  # the same module under another name
        self.function = np.sum

    def prepare(self, batch):
        return batch, self.queue[: len(batch)] + self.counters["steps"][0]

    def loss(self, features, goals):
        return ops.mse_loss(self.head(features), goals)

    def after_step(self):
        self.queue += self.generator.normal(size=self.queue.shape).astype(np.float32)
        self.counters["steps"][0] += 1
        self.counters["own"].steps.append(self.counters["steps"][0])
        self.teacher[0].vector[:] *= 0.5


def fitted(method, **options):
    chosen = {"epochs": 2, "batch_size": 6, "lr": 0.1, "augmentation": "small", "progress": False}
    return bissl.Pretrain(method, **chosen | options).fit(IMAGES)


def test_fitted_twice_gives_the_same_bits():
    method = Queue(resnet())
    first = np.array(fitted(method).backbone_.vector)
    second = np.array(fitted(method).backbone_.vector)
    assert np.array_equal(first, second)
    assert not method.queue.any() and method.counters["steps"] == [0] and method.counters["own"].steps == []


@pytest.mark.parametrize("how", COPIES)
def test_an_objective_of_ones_own_is_copied_whole(how):
    method = Queue(resnet())
    twin = COPIES[how](method)
    assert type(twin) is Queue and twin.twin is twin.head and twin.function is np.sum
    before = copy.deepcopy(method)
    twin.step(VIEWS[0], bissl.SGD(lr=0.1))
    for mine, kept in ((method, before),):
        assert np.array_equal(mine.queue, kept.queue) and mine.counters["steps"] == [0]
        assert mine.counters["own"].steps == [] and np.array_equal(mine.teacher[0].vector, kept.teacher[0].vector)
        assert mine.generator.bit_generator.state == kept.generator.bit_generator.state
        assert np.array_equal(mine.backbone.vector, kept.backbone.vector)
    assert method.step(VIEWS[0], bissl.SGD(lr=0.1)) == before.step(VIEWS[0], bissl.SGD(lr=0.1))


class Growing:
    """A decay that remembers how often it was asked."""

    def __init__(self):
        self.asked = 0

    def __call__(self, step):
        self.asked += 1
        return 1 - 0.5**self.asked


class Noted(bissl.SimCLR):
    """A class derived from one whose loss the engine states."""

    def __init__(self, net):
        super().__init__(net, (5, 3), temperature=0.2)
        self.notes = []


def engine_objectives():
    vit = bissl.VisionTransformer(image_size=8, patch_size=2, width=8, depth=1, heads=2)
    return {
        "simclr": (Noted(resnet()), VIEWS),
        "byol": (bissl.BYOL(resnet(), (5, 3), decay=Growing()), VIEWS),
        "mae": (bissl.MAE(vit, decoder_width=8, decoder_depth=1, decoder_heads=2), VIEWS[0]),
    }


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("name", engine_objectives())
def test_an_objective_of_the_engine_is_copied_whole(name, how):
    objective, batch = engine_objectives()[name]
    objective.step(batch, bissl.SGD(lr=0.1))
    objective.notes = [1]
    twin = COPIES[how](objective)
    assert type(twin) is type(objective)
    twin.notes.append(2)
    assert objective.notes == [1]
    losses = [[made.step(batch, bissl.SGD(lr=0.1)).loss for _ in range(3)] for made in (twin, objective)]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("how", COPIES)
def test_what_is_attached_to_a_network_is_copied(how):
    net = resnet()
    net.notes = [1]
    net.me = net
    twin = COPIES[how](net)
    twin.notes.append(2)
    twin.vector[:] = 0
    assert net.notes == [1] and net.vector.any() and twin.widths == net.widths and twin.me is twin


class OwnResNet(bissl.ResNet):
    """Networks, and a head, whose constructors take other arguments than those that they derive from."""

    def __init__(self, width=4):
        super().__init__("basic", (1,), (width,), "small", seed=5)
        self.width = width


class OwnTransformer(bissl.VisionTransformer):
    def __init__(self, size):
        super().__init__(image_size=size, patch_size=4, width=8, depth=2, heads=2, drop_path=0.5)
        self.notes = [size]


class OwnConvNeXt(bissl.ConvNeXt):
    def __init__(self, *depths):
        super().__init__(depths, (4,) * len(depths), init_values=1.0, drop_path=0.5)


class OwnNet(bissl.Backbone):
    def __init__(self, gain):
        super().__init__(num_features=3)
        self.gain = gain
        self.scale = self.add_parameter("scale", (3,), "ones")

    def features(self, images):
        return self.gain * ops.scale_channels(ops.global_avg_pool(images), self.scale)


class OwnHead(bissl.LinearHead):
    def __init__(self, classes):
        super().__init__(4, classes)


OWN = {
    "resnet": lambda: OwnResNet(),
    "transformer": lambda: OwnTransformer(8),
    "convnext": lambda: OwnConvNeXt(1, 1),
    "python": lambda: OwnNet(1.0),
    "adapters": lambda: bissl.LoRA(OwnTransformer(8), rank=2, targets="qkv"),
}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("name", OWN)
def test_networks_with_constructors_of_their_own_are_copied(name, how):
    net = OWN[name]()
    net.gain = 3.0
    twin = COPIES[how](net)
    assert type(twin) is type(net) and repr(twin) == repr(net) and twin.gain == 3.0
    assert np.array_equal(twin(VIEWS[0]), net(VIEWS[0])) and list(twin.vector.keys()) == list(net.vector.keys())
    losses = [bissl.SimCLR(made, (4,)).value_and_gradient(VIEWS)[0] for made in (net, twin)]
    assert losses[0] == losses[1] == COPIES[how](bissl.SimCLR(net, (4,))).value_and_gradient(VIEWS)[0]


def test_a_head_with_a_constructor_of_its_own_is_copied():
    for how in COPIES:
        assert np.array_equal(COPIES[how](OwnHead(3)).vector, OwnHead(3).vector)


@pytest.mark.parametrize("name", ["transformer", "convnext", "adapters"])
def test_networks_with_constructors_of_their_own_drop_paths(name):
    net = OWN[name]()
    net.me = net
    twin = net.with_drop_path(0.25)
    assert (net.drop_path, twin.drop_path) == (0.5, 0.25) and type(twin) is type(net) and twin.me is twin
    assert np.array_equal(twin(VIEWS[0]), net(VIEWS[0]))
    losses = []
    for seed in (7, 8, 7):
        keyed = net.clone()
        keyed._key_draws(seed)
        assert keyed.seed == seed
        losses.append(bissl.SimCLR(keyed, (4,)).value_and_gradient(VIEWS)[0])
    assert losses[0] == losses[2] != losses[1]
    with pytest.raises(ValueError, match="drop_path"):
        net.with_drop_path(1.0)


def test_what_cannot_be_copied_is_told():
    method = Queue(resnet())
    method.file = (part for part in ())
    with pytest.raises(TypeError, match="Queue: an attribute cannot be copied .*__deepcopy__"):
        method.clone()


class Warm:
    """A solver that begins where it ended."""

    def __init__(self):
        self.last, self.calls = None, 0

    def __call__(self, product, v):
        self.calls += 1
        self.last = np.array(v) if self.last is None else 0.5 * self.last + v
        return self.last


def bilevel(**options):
    chosen = {"alternations": 2, "lower_steps": 1, "upper_steps": 2, "lower_batch_size": 6, "upper_batch_size": 6}
    views = {"pretext_augmentation": "small", "downstream_augmentation": "small", "progress": False}
    return bissl.BiSSL(**chosen | views | options)


def test_a_solver_that_keeps_something_begins_every_fit_anew():
    solver = Warm()
    stage = bilevel(solver=solver)
    both = bissl.SimCLR(resnet(), (4,)), bissl.Classifier(4, 3), IMAGES, (IMAGES, LABELS)
    first = np.array(stage.fit(*both).backbone_.vector)
    assert np.array_equal(first, stage.fit(*both).backbone_.vector)
    assert solver.calls == 0 and stage.loop_.solver.function.calls == 4


def test_factories_and_options_that_keep_something_begin_every_fit_anew():
    class Factory:
        made = 0

        def __call__(self, net, seed=0):
            self.made += 1
            return bissl.SimCLR(net, (self.made + 1,), seed=seed)

    for method, options in ((Factory(), None), ("byol", {"projector": (4,), "decay": Growing()})):
        runs = [fitted(method, method_options=options, backbone=resnet()) for _ in range(2)]
        assert np.array_equal(runs[0].pretext_.head.vector, runs[1].pretext_.head.vector)


@pytest.mark.parametrize("how", ["copy", "deepcopy", "pickle"])
def test_a_loop_is_copied_with_all_that_it_moves(how):
    made = bissl.Bilevel(bissl.SimCLR(resnet(), (5, 3)), bissl.Classifier(4, 3), warm_start=True, damping=50.0)

    def alternate(loop):
        loop.lower_step(VIEWS)
        loop.linearize(VIEWS)
        return [loop.upper_step(LABELLED).loss_at_theta_d for _ in range(2)]

    alternate(made)
    twin, before = COPIES[how](made), np.array(made.backbone.vector)
    losses = alternate(twin)
    assert np.array_equal(made.backbone.vector, before) and alternate(made) == losses


@pytest.mark.parametrize("how", ["copy", "deepcopy", "pickle"])
def test_a_weighted_sum_is_copied_with_all_that_it_moves(how):
    optimizer = bissl.SGD(lr=0.1, momentum=0.9)
    made = WeightedObjectives(bissl.SimCLR(resnet(), (5, 3)), bissl.Classifier(4, 3), 0.5, optimizer)
    made.step(VIEWS, LABELLED)
    twin, before = COPIES[how](made), np.array(made.pretext.backbone.vector)
    steps = [twin.step(VIEWS, LABELLED) for _ in range(2)]
    twin.lr = 7.0
    assert np.array_equal(made.pretext.backbone.vector, before) and made.lr == 0.1
    assert [made.step(VIEWS, LABELLED) for _ in range(2)] == steps


@pytest.mark.parametrize("make", [lambda: bissl.SGD(lr=0.1, momentum=0.9), lambda: bissl.AdamW(lr=0.1)])
def test_an_optimizer_is_copied_with_its_momentum(make):
    """Alone, with the objective that it steps, before it and behind it: the next step is that of the original."""
    objective, optimizer = bissl.SimCLR(resnet(), (5, 3)), make()
    objective.step(VIEWS, optimizer)
    alone, plain = copy.deepcopy(optimizer), copy.copy(optimizer)
    before, behind = copy.deepcopy([optimizer, objective]), copy.deepcopy([objective, optimizer])[::-1]
    start, results = objective.clone(), []
    for stepper, stepped in (before, behind, (alone, objective), (plain, objective), (optimizer, objective)):
        if stepped is objective:
            objective.backbone.vector[:], objective.head.vector[:] = start.backbone.vector, start.head.vector
        stepped.step(VIEWS, stepper)
        results.append(np.concatenate([stepped.backbone.vector, stepped.head.vector]))
    assert all(np.array_equal(result, results[-1]) for result in results)


def test_stages_are_cloned_with_copies_of_their_options():
    clone = pytest.importorskip("sklearn.base").clone

    class Recorder(callbacks.Callback):
        def __init__(self):
            self.seen = []

        def on_record(self, stage, record):
            self.seen.append(record["epoch"])

    stage = bissl.Pretrain(Queue(resnet()), callbacks=[Recorder()], epochs=1, augmentation="small", progress=False)
    twin = clone(stage)
    twin.fit(IMAGES)
    assert twin.callbacks[0].seen == [0] and stage.callbacks[0].seen == []
    assert twin.method is not stage.method and not np.shares_memory(twin.method.queue, stage.method.queue)
    check = callbacks.NearestNeighbors((IMAGES, LABELS), (IMAGES, LABELS))
    assert copy.deepcopy(check).training[0] is IMAGES, "images are only read, and not copied"


def test_a_tracker_can_be_copied_after_a_fit(tmp_path):
    pytest.importorskip("tensorboardX")
    stage = fitted(Queue(resnet()), callbacks=[callbacks.TensorBoard(tmp_path)])
    assert copy.deepcopy(stage.callbacks)[0].folder == str(tmp_path)


# --- vectors and pickles ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["copy", "deepcopy", "pickle"])
def test_vectors_keep_their_names(how):
    net = resnet()
    _, gradient = bissl.SimCLR(net, (5, 3)).value_and_gradient(VIEWS)
    loop = bissl.Bilevel(bissl.SimCLR(net, (5, 3)), bissl.Classifier(4, 3))
    loop.linearize(VIEWS)
    info = loop.upper_step(LABELLED)
    twin, others = COPIES[how](net.vector), (COPIES[how](gradient), COPIES[how](info))
    assert type(twin) is bissl.FlatVector and list(twin.keys()) == list(net.vector.keys())
    assert np.array_equal(others[0].backbone["conv1.weight"], gradient.backbone["conv1.weight"])
    assert np.array_equal(others[1].v["conv1.weight"], info.v["conv1.weight"])
    assert others[0].as_dict().keys() == gradient.as_dict().keys()


def test_a_vector_is_an_array_of_numbers_and_knows_its_segments():
    vector = resnet().vector
    names = list(vector.keys())
    assert "conv1.weight" in vector and "conv2.weight" not in vector and vector[0] in vector
    assert len(vector) == vector.size == len(list(vector)) and len(vector.keys()) == len(names) == len(dict(vector))
    assert all(np.shares_memory(segment, vector) for _, segment in vector.items())
    assert [name for name, _ in vector.items()] == names == list(vector.as_dict())
    vector["bn1.bias"] = 3
    assert (vector["bn1.bias"] == 3).all()
    with pytest.raises(KeyError, match="did you mean conv1.weight"):
        vector["conv1.weigth"]


def test_what_stands_on_a_recording_says_that_it_cannot_be_pickled():
    class Kept(bissl.Downstream):
        def loss(self, features, labels):
            self.features = features
            return ops.cross_entropy(self.head(features), labels)

    kept = Kept(bissl.LinearHead(4, 3))
    kept.value_and_gradient(resnet(), LABELLED)
    linearization = bissl.SimCLR(resnet(), (5, 3)).linearize(VIEWS)
    for made in (linearization, ImplicitSystem(linearization, 1.0, 1.0), kept.features):
        for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(RuntimeError, match="can be neither copied nor pickled: keep"):
                attempt(made)
    assert copy.deepcopy(OwnSolver(np.sum)).function is np.sum
    for made in (copy.deepcopy(ops.constant(np.ones(3))), pickle.loads(pickle.dumps(ops.constant(np.ones(3))))):
        assert made.is_constant and np.array_equal(made.numpy(), np.ones(3))


def test_a_group_may_name_parameters_of_either_head():
    pretext, downstream = bissl.SimCLR(resnet(), (5, 3)), bissl.Classifier(4, 3)
    names = [*pretext.head.vector.keys(), *downstream.head.vector.keys()]
    groups = [{"match": f"head.{name}", "lr_scale": 0.0} for name in names]
    before = np.array(pretext.head.vector), np.array(downstream.head.vector), np.array(pretext.backbone.vector)
    joint = WeightedObjectives(pretext, downstream, 0.5, bissl.SGD(lr=0.5, groups=groups))
    joint.step(VIEWS, LABELLED)
    assert np.array_equal(pretext.head.vector, before[0]) and np.array_equal(downstream.head.vector, before[1])
    assert not np.array_equal(pretext.backbone.vector, before[2])
    joint = WeightedObjectives(pretext, downstream, 0.5, bissl.SGD(lr=0.5, groups=[{"match": "head.none"}]))
    with pytest.raises(ValueError, match='the pattern "head.none" matches no parameter'):
        joint.step(VIEWS, LABELLED)
