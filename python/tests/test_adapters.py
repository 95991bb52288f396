"""Low-rank adapters and frozen parameters: what they compute, what they are refused for, copies of them."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from reparametrisation import Reparametrisation

import bissl
from bissl import ops

SIZE = 16


class Traced(bissl.Backbone):
    """A backbone written in Python, smooth."""

    def __init__(self, width=6, seed=0):
        super().__init__(num_features=width, seed=seed)
        self.conv = self.add_parameter("conv.weight", (width, 3, 3, 3))
        self.depthwise = self.add_parameter("dw.weight", (width, 1, 3, 3))
        self.norm = self.add_batch_norm("norm", width)
        self.matrix = self.add_parameter("fc.weight", (width, width))

    def features(self, images):
        x = ops.gelu(self.norm(ops.conv2d(images, self.conv, padding=1)))
        x = ops.conv2d(x, self.depthwise, padding=1, groups=x.shape[-1])
        return ops.linear(ops.global_avg_pool(x), self.matrix)


def vit(**options):
    return bissl.VisionTransformer(image_size=SIZE, patch_size=4, width=12, depth=2, heads=2, **options)


NETWORKS = {
    "vit": (vit, "qkv|proj"),
    "vit mlp": (vit, [r"mlp\.fc", r"blocks\.0\.attn"]),
    "convnext": (lambda: bissl.ConvNeXt(depths=(1, 1), widths=(6, 8), conv_mlp=True, init_values=0.5), "mlp|stem|downsample"),
    "resnet": (
        lambda: bissl.ResNet(block="bottleneck", layers=(1, 1), widths=(3, 4), stem="small", activation="gelu"),
        r"conv|downsample\.0",
    ),
    "traced": (Traced, "conv|dw|fc"),
}  # fmt: skip


def images(seed, count=5):
    return np.random.default_rng(seed).normal(size=(count, SIZE, SIZE, 3)).astype(bissl.precision)


def adapted(name, rank=2, alpha=3.0):
    """A network with adapters that are not zero."""
    make, targets = NETWORKS[name]
    targets = targets.replace("dw|", "") if name == "traced" else targets
    net = bissl.LoRA(make(), rank=rank, targets=targets, alpha=alpha, seed=4)
    net.vector[:] = np.random.default_rng(5).normal(size=net.vector.size) * 0.3
    return net


def simclr(net):
    return bissl.SimCLR(net, projector=(6, 5), seed=2)


def close(actual, expected, tolerance=1e-10):
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * np.abs(expected).max())


@pytest.mark.float64
@pytest.mark.parametrize("name", NETWORKS)
def test_derivatives_are_those_of_the_dense_reparametrisation(name):
    net = adapted(name)
    plain, written = simclr(bissl.merge_adapters(net)), Reparametrisation(net)
    batch = images(1), images(2)
    loss, gradient = simclr(net).value_and_gradient(batch)
    expected, dense = plain.value_and_gradient(batch)
    close(loss, expected)
    close(gradient.backbone, written.gradient(dense.backbone.as_dict()))
    close(gradient.head, dense.head)
    u = net.vector.copy()
    u[:] = np.random.default_rng(3).normal(size=u.size)
    zeros = {key: np.zeros_like(value) for key, value in plain.backbone.vector.as_dict().items()}
    tangent = plain.linearize(batch).hvp(zeros | written.of_weights(u.as_dict()))
    product = simclr(net).linearize(batch).hvp(u)
    close(product, written.product(dense.backbone.as_dict(), tangent.as_dict(), u.as_dict()))


@pytest.mark.float64
def test_a_bilevel_step_is_that_of_the_dense_reparametrisation():
    """Both levels in adapter space: the lower step with λ's term, v, the exact solution of A v_IJ = v, the upper step."""
    lam, damping, lr = 0.3, 0.7, 0.05
    net = adapted("vit")
    pretext, downstream = simclr(net), bissl.Classifier(net.num_features, 3, seed=6)
    upper = net.clone()
    upper.vector[:] += np.random.default_rng(7).normal(size=net.vector.size) * 0.1
    loop = bissl.Bilevel(
        pretext, downstream, lam=lam, damping=damping, solver=bissl.Exact(), clip_norm=None, upper_backbone=upper,
        lower_optimizer=bissl.SGD(lr=lr), upper_optimizer=bissl.SGD(lr=lr),
    )  # fmt: skip
    first, second, labelled = (images(1), images(2)), (images(3), images(8)), (images(9), np.array([0, 1, 2, 0, 1]))

    _, dense = simclr(bissl.merge_adapters(net)).value_and_gradient(first)
    gradient = Reparametrisation(net).gradient(dense.backbone.as_dict())
    expected = net.vector - lr * (gradient + lam * (net.vector - upper.vector))
    info = loop.lower_step(first)
    close(np.asarray(net.vector), np.asarray(expected))
    close(info.regularizer, lam / 2 * np.sum((np.asarray(expected) - upper.vector) ** 2), 1)

    plain, written = pretext.clone(), Reparametrisation(net)
    plain = bissl.merge_adapters(plain)
    _, dense = plain.value_and_gradient(second)
    linearization = plain.linearize(second)
    zeros = {key: np.zeros_like(value) for key, value in plain.backbone.vector.as_dict().items()}

    def hessian(u):
        direction = net.vector.copy()
        direction[:] = u
        tangent = linearization.hvp(zeros | written.of_weights(direction.as_dict()))
        return written.product(dense.backbone.as_dict(), tangent.as_dict(), direction.as_dict())

    def downstream_gradient(backbone):
        _, found = downstream.value_and_gradient(bissl.merge_adapters(backbone), labelled)
        return Reparametrisation(backbone).gradient(found.backbone.as_dict())

    size = net.vector.size
    matrix = np.eye(size) + np.array([hessian(column) for column in np.eye(size)]) / (lam + damping)
    v = downstream_gradient(net)
    v_ij = np.linalg.solve(matrix, v)
    # Algorithm 1: the upper level's own gradient and v_IJ.
    expected = np.asarray(upper.vector) - lr * (downstream_gradient(upper) + v_ij)
    loop.linearize(second)
    info = loop.upper_step(labelled)
    close(info.v, v)
    close(info.v_ij, v_ij, 1e-8)
    close(np.asarray(upper.vector), expected, 1e-9)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_function_is_what_it_was_and_merging_keeps_it(name):
    make, targets = NETWORKS[name]
    targets = targets.replace("dw|", "") if name == "traced" else targets
    plain = make()
    fresh = bissl.LoRA(plain, rank=2, targets=targets)
    np.testing.assert_array_equal(fresh(images(1)), plain(images(1)))
    assert fresh.vector.size < plain.vector.size and not plain.adapters and not plain.frozen
    assert all(".lora_" in key for key in fresh.vector.keys())
    net = adapted(name)
    merged = bissl.merge_adapters(net)
    assert list(merged.vector.keys()) == list(plain.vector.keys()) and not merged.adapters and not merged.frozen
    np.testing.assert_allclose(merged(images(1)), net(images(1)), rtol=0, atol=2e-5)
    assert not np.allclose(net(images(1)), plain(images(1)))


def test_a_first_matrix_is_drawn_from_the_seed_and_the_second_is_zero():
    nets = [bissl.LoRA(vit(), rank=2, targets="qkv", seed=seed) for seed in (0, 0, 1)]
    assert np.array_equal(nets[0].vector, nets[1].vector) and not np.array_equal(nets[0].vector, nets[2].vector)
    a, b = (nets[0].vector[name] for name in nets[0].adapters[0].names)
    assert np.abs(a).max() <= 1 / np.sqrt(12) and a.std() > 0.1 and not b.any()
    assert a.shape == (2, 12) and b.shape == (36, 2)


@pytest.mark.parametrize("pattern", ["^conv1|^bn1|layer1", ["conv", r"\.bias$"]])
def test_frozen_parameters_are_constants_of_the_same_function(pattern):
    net = bissl.ResNet(layers=(1, 1), widths=(4, 6), stem="small", activation="gelu")
    part = bissl.freeze(net, pattern)
    assert part.frozen and {*part.frozen, *part.vector.keys()} == {*net.vector.keys()} and not net.frozen
    batch = images(1), images(2)
    loss, gradient = simclr(part).value_and_gradient(batch)
    whole, full = simclr(net).value_and_gradient(batch)
    assert loss == whole
    tolerance = 1e-12 if bissl.precision == "float64" else 1e-4
    for name, value in gradient.backbone.items():
        close(value, full.backbone[name], tolerance)
    # A block of the Hessian: the product with a direction that is zero where parameters are frozen.
    u = np.random.default_rng(3).normal(size=part.vector.size).astype(bissl.precision)
    direction = part.vector.copy()
    direction[:] = u
    whole_direction = {name: np.zeros_like(value) for name, value in net.vector.items()} | direction.as_dict()
    product = simclr(net).linearize(batch).hvp(whole_direction)
    for name, value in simclr(part).linearize(batch).hvp(direction).items():
        close(value, product[name], tolerance if tolerance < 1e-6 else 2e-3)


def test_training_moves_what_is_trained_and_the_statistics_alone():
    net = bissl.freeze(bissl.ResNet(layers=(1, 1), widths=(4, 6), stem="small"), "^conv1|^bn1|layer1")
    pretext, before = simclr(net), net.state_dict()
    pretext.step((images(1), images(2)), bissl.SGD(lr=0.1, weight_decay=0.1))
    after = net.state_dict()
    for name in net.frozen:
        np.testing.assert_array_equal(after[name], before[name])
    assert all(not np.array_equal(after[name], before[name]) for name in net.vector.keys())
    # Batch norm with frozen parameters goes on to measure its batches.
    assert not np.array_equal(after["bn1.running_mean"], before["bn1.running_mean"])
    assert after["bn1.num_batches_tracked"] == 2


def test_unfreezing():
    net = bissl.ResNet(layers=(1, 1), widths=(4, 6), stem="small")
    part = bissl.freeze(bissl.freeze(net, "layer1"), "bn1")
    assert bissl.unfreeze(part).frozen == () and np.array_equal(bissl.unfreeze(part).vector, net.vector)
    assert set(bissl.unfreeze(part, "layer1").frozen) == {
        "bn1.weight",
        "bn1.bias",
        "layer2.0.bn1.weight",
        "layer2.0.bn1.bias",
    }
    lora = bissl.unfreeze(bissl.LoRA(vit(), targets="qkv", rank=2), "norm")
    names = list(lora.vector.keys())
    assert (
        "norm.weight" in names and "blocks.0.attn.qkv.lora_A.weight" in names and "blocks.0.mlp.fc1.weight" not in names
    )
    assert [name for name in lora.state_dict() if name in names] == names
    assert bissl.freeze(lora, "lora_A").vector.size < lora.vector.size


def test_copies_are_independent_and_complete():
    net = adapted("vit")
    for twin in (net.clone(), copy.copy(net), copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert twin.adapters == net.adapters and twin.frozen == net.frozen and type(twin) is type(net)
        np.testing.assert_array_equal(twin(images(1)), net(images(1)))
        twin.vector[:] = 0
        state = {name: np.zeros_like(value) for name, value in twin.state_dict().items()}
        twin.load_state_dict(state)
        assert np.asarray(net.vector).all() and net.state_dict()["cls_token"].any()
    dropping = adapted("vit").with_drop_path(0.5)
    assert dropping.adapters == net.adapters and np.array_equal(dropping.vector, net.vector)


def test_a_linearization_keeps_the_frozen_numbers_that_it_saw():
    net = adapted("vit")
    linearization = simclr(net).linearize((images(1), images(2)))
    u = np.random.default_rng(3).normal(size=net.vector.size)
    before = np.asarray(linearization.hvp(u))
    net.load_state_dict({name: value * 2 for name, value in net.state_dict().items()})
    np.testing.assert_array_equal(linearization.hvp(u), before)


def test_plain_weights_are_loaded_beneath_adapters():
    net, other = adapted("vit"), vit(seed=9)
    before = np.asarray(net.vector).copy()
    report = net.load_weights(other.state_dict())
    assert len(report.kept) >= len(net.vector.keys()) and np.array_equal(net.vector, before)
    np.testing.assert_array_equal(net.state_dict()["cls_token"], other.state_dict()["cls_token"])
    some = other.state_dict() | {net.adapters[0].names[0]: net.vector[net.adapters[0].names[0]]}
    with pytest.raises(ValueError, match="missing: patch_embed.proj.lora_B.weight"):
        net.load_state_dict(some)


def test_objectives_are_adapted_with_all_their_networks():
    byol = bissl.BYOL(vit(), projector=(6, 5))
    byol.step((images(1), images(2)), bissl.SGD(lr=0.1))
    lora = bissl.LoRA(byol, rank=2, targets="qkv")
    assert lora.backbone.adapters and not byol.backbone.adapters
    assert lora.updates == 1
    before, after = byol.target_state_dict(), lora.target_state_dict()
    np.testing.assert_array_equal(after["backbone.norm.weight"], before["backbone.norm.weight"])
    np.testing.assert_array_equal(after["projector.0.weight"], before["projector.0.weight"])
    assert not after["backbone.blocks.0.attn.qkv.lora_B.weight"].any()
    for _ in range(2):  # the target moves at the beginning of a step, towards a B that is zero before the first
        lora.step((images(1), images(2)), bissl.SGD(lr=0.1))
    assert lora.target_state_dict()["backbone.blocks.0.attn.qkv.lora_B.weight"].any()
    merged = bissl.merge_adapters(lora)
    np.testing.assert_allclose(
        merged.value_and_gradient((images(1), images(2)))[0],
        lora.value_and_gradient((images(1), images(2)))[0],
        rtol=1e-5,
    )
    twin = pickle.loads(pickle.dumps(lora))
    assert twin.state_dict()["extra"]["target"]["updates"] == 3 and twin.backbone.adapters == lora.backbone.adapters


class Tracked:
    """An object of the user's own that holds a network."""

    def __init__(self, net):
        self.net = net


class Several(bissl.Pretext):
    """Holds its network under further names, and networks like it wherever they may stand."""

    def __init__(self, net):
        super().__init__(net, bissl.Projector(net.num_features, (4,), 0))
        self.student, self.tracked = net, Tracked(net)
        self.teachers = [net.clone(), {"first": net}, (net.clone(),)]
        self.teacher = self.teachers[0]
        self.other = vit()

    def loss(self, first, second):
        return ops.mse_loss(self.head(first), self.head(second))


@pytest.mark.parametrize(
    "change", [lambda task: bissl.LoRA(task, 2, "conv"), lambda task: bissl.freeze(task, "^conv1")]
)
def test_one_network_under_several_names_stays_one(change):
    task = Several(bissl.ResNet(layers=(1, 1), widths=(4, 6), stem="small"))
    changed = change(task)
    assert changed.backbone.frozen and not task.backbone.frozen and not task.student.frozen
    assert changed.student is changed.backbone is changed.tracked.net is changed.teachers[1]["first"]
    assert changed.teacher is changed.teachers[0] is not changed.backbone
    for teacher in (changed.teacher, changed.teachers[2][0]):
        assert teacher._division == changed.backbone._division
    assert not changed.other.frozen and changed.other is not task.other
    before = np.array(changed.student.vector)
    changed.step((images(1), images(2)), bissl.SGD(lr=1.0))
    assert not np.array_equal(changed.student.vector, before)


def test_what_cannot_be_changed_is_told_of_an_objective_as_of_a_network():
    with pytest.raises(TypeError, match=r"^pattern: expected a pattern"):
        bissl.freeze(simclr(vit()), [])


def test_states_of_training_hold_what_is_trained():
    net = adapted("vit")
    pretext = simclr(net)
    loop = bissl.Bilevel(pretext, bissl.Classifier(net.num_features, 2))
    state = loop.state_dict()
    names = set(state["upper_backbone"]) - {"pos_embed"}
    assert names == {*net.vector.keys(), "frozen.digest", "network.architecture"}
    assert names == set(state["pretext"]["modules"]["backbone"]) - {"pos_embed"}
    assert state["lower_optimizer"]["modules"]["backbone"]["momentum"].size == net.vector.size
    twin = copy.deepcopy(loop)
    twin.upper_backbone.vector[:] = 0
    twin.load_state_dict(state)
    assert np.array_equal(twin.upper_backbone.vector, net.vector)
    other = simclr(net.clone())
    other.backbone.load_state_dict({"norm.weight": np.full(12, 2.0)}, strict=False)
    with pytest.raises(ValueError, match="modules.backbone: it was trained beside other frozen parameters"):
        other.load_state_dict(state["pretext"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bissl.LoRA(vit(), targets="qvk"), r'targets: "qvk" is found in the name of no layer; the nearest are blocks.0.attn.qkv'),
        (lambda: bissl.LoRA(vit(), rank=0), r"rank: expected a whole number of at least 1, got 0"),
        (lambda: bissl.LoRA(vit(), rank=-3), r"rank: expected a whole number of at least 1, got -3"),
        (lambda: bissl.LoRA(vit(), rank=13, targets="qkv"), r"rank: .* from 1 to 12, .* of blocks.0.attn.qkv .* got 13"),
        (lambda: bissl.LoRA(vit(), rank=2**40), r"rank: .* got 1099511627776"),
        (lambda: bissl.LoRA(vit(), rank=2, alpha=0), r"alpha: expected a finite number > 0, got 0"),
        (lambda: bissl.LoRA(vit(), rank=2, alpha=float("nan")), r"alpha: .* got nan"),
        (lambda: bissl.LoRA(adapted("vit"), rank=2), r"net: it has low-rank adapters already .* bissl.merge_adapters\(net\)"),
        (lambda: bissl.LoRA(vit(), rank=2, targets="*qkv"), r'targets: "\*qkv" is no regular expression'),
        (lambda: bissl.LoRA(bissl.ConvNeXt(depths=(1,), widths=(8,)), rank=2, targets="conv_dw"), "no layer; the nearest are"),
        (lambda: bissl.freeze(vit(), "block5"), r'pattern: "block5" is found in the name of no parameter; the nearest are blocks'),
        (lambda: bissl.freeze(vit(), "."), r"pattern: '.' freezes all that is trained, .* freeze_backbone=True"),
        (lambda: bissl.freeze(adapted("vit"), "lora_"), r"freezes all that is trained"),
        (lambda: bissl.unfreeze(vit(), "norm"), r'pattern: "norm" is found in the name of no frozen parameter; there are none'),
        (lambda: bissl.merge_adapters(vit()), r"net: it has no low-rank adapters to merge"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bissl.LoRA("vit_small"), r"net: expected a backbone such as .*, got str"),
        (lambda: bissl.LoRA(bissl.FineTune()), r"net: .* got FineTune: take its backbone_"),
        (lambda: bissl.LoRA(vit(), rank=2.0), r"rank: .* got float"),
        (lambda: bissl.LoRA(vit(), targets=8), r"targets: expected a pattern"),
        (lambda: bissl.freeze(vit(), []), r"pattern: expected a pattern"),
        (lambda: bissl.LoRA(vit(), alpha="8"), r"alpha: expected a number"),
    ],
)
def test_what_is_of_another_type_is_refused(call, message):
    with pytest.raises(TypeError, match=message):
        call()


def test_an_old_loop_takes_no_network_with_other_parameters():
    net = vit()
    with pytest.raises(ValueError, match="upper_backbone: expected"):
        bissl.Bilevel(simclr(net), bissl.Classifier(12, 2), upper_backbone=bissl.freeze(net, "norm"))
