"""Weights into networks and pretext tasks: names, prefixes, other parts, positions, and what is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import bissl
from bissl import weights
from bissl.weights.positions import resampled

FILES = Path(__file__).parent / "weights"


def resnet(seed: int = 1) -> bissl.ResNet:
    return bissl.ResNet("basic", (1, 1), (4, 6), seed=seed)


def vit(**options) -> bissl.VisionTransformer:
    options = {"image_size": 8, "patch_size": 4, "positions": "learned"} | options
    return bissl.VisionTransformer(width=8, depth=2, heads=2, mlp_ratio=2, **options)


def simclr(seed: int = 1) -> bissl.SimCLR:
    return bissl.SimCLR(resnet(seed), projector=(5, 3), seed=seed)


def mae(**options) -> bissl.MAE:
    return bissl.MAE(vit(positions="sincos", **options), decoder_width=4, decoder_depth=1, decoder_heads=2)


def same(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> bool:
    return set(first) == set(second) and all(np.array_equal(first[name], second[name]) for name in first)


def prefixed(prefix: str, state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {prefix + name: value for name, value in state.items()}


# --- files that others wrote ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "file", "features", "other_parts"),
    [
        (resnet, "resnet", "resnet", {"fc.weight", "fc.bias"}),
        (resnet, "lightly", "resnet", {"projection_head.layers.0.weight"}),
        (vit, "torchvision_vit", "torchvision_vit", {"heads.head.weight", "heads.head.bias"}),
        (vit, "timm_vit", "torchvision_vit", {"head.weight", "head.bias"}),
    ],
)
def test_networks_answer_as_torchvisions(make, file, features, other_parts):
    net = make()
    report = net.load_weights(FILES / f"{file}.pth")
    with np.load(FILES / f"{features}_features.npz") as expected:
        np.testing.assert_allclose(net(expected["images"]), expected["features"], rtol=0, atol=1e-5)
    assert set(report.passed_over) == other_parts
    assert set(report.loaded) == set(net.state_dict()) and report.fits and not report.kept


def test_a_training_checkpoint_of_a_wrapped_network():
    net = resnet()
    report = net.load_weights(FILES / "vicreg.pth")
    with np.load(FILES / "vicreg.npz") as expected:
        for name, value in net.state_dict().items():
            assert np.array_equal(value, expected[f"module.backbone.{name}"]), name
    assert len(report.passed_over) == 8 and all("projector" in name for name in report.passed_over)


def test_maes_file_splits_into_encoder_and_decoder():
    task = mae()
    report = task.load_weights(FILES / "mae.pth")
    assert report.fits and not report.passed_over
    with np.load(FILES / "mae.npz") as expected:
        arrays = {name: expected[name] for name in expected.files}
    assert same(task.backbone.state_dict() | task.head.state_dict(), arrays)
    assert {"backbone.blocks.1.mlp.fc2.bias", "head.decoder_pred.bias"} < set(report.loaded)
    net = vit(positions="sincos")
    report = net.load_weights(FILES / "mae.pth")
    assert same(net.state_dict(), task.backbone.state_dict())
    assert set(report.passed_over) == set(task.head.state_dict())


def test_the_fixed_positions_are_those_of_maes_authors():
    with np.load(FILES / "mae.npz") as expected:
        np.testing.assert_allclose(vit(positions="sincos").state_dict()["pos_embed"], expected["pos_embed"], atol=1e-6)


# --- prefixes and other parts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "prefix",
    ["", "module.", "backbone.", "encoder.", "model.", "encoder_q.", "base_encoder.", "resnet.", "module.backbone.",
     "module.encoder_q.", "module.base_encoder.", "model.module.backbone.encoder.", "online_encoder.net.",
     "_orig_mod.", "module._orig_mod.backbone.", "_fsdp_wrapped_module.model.", "_forward_module.network.",
     "ema_model.module.", "model_ema.", "base_model.trunk."],
)  # fmt: skip
def test_prefixes(prefix):
    source, net, other = resnet(2), resnet(), resnet(3)
    arrays = prefixed(prefix, source.state_dict())
    beside = prefixed(prefix.partition(".")[0] + "." if prefix else "", {"projector.0.weight": np.ones(3)})
    report = net.load_weights(beside | arrays)
    assert same(net.state_dict(), source.state_dict())
    assert report.passed_over == tuple(beside)
    other.load_state_dict(arrays)
    assert same(other.state_dict(), source.state_dict())
    with pytest.raises(ValueError, match="1 unexpected: .*projector.0.weight$"):
        other.load_state_dict(arrays | beside)


@pytest.mark.parametrize(
    "wrapper", ["_orig_mod", "_fsdp_wrapped_module", "_fpw_module", "_checkpoint_wrapped_module", "_forward_module"]
)
def test_wrappers_are_taken_out_wherever_they_stand(wrapper):
    source, net = resnet(2), resnet()
    arrays = {f"module.{wrapper}.{name}".replace("layer1.0.", f"layer1.{wrapper}.0.{wrapper}."): value
              for name, value in source.state_dict().items()}  # fmt: skip
    assert f"module.{wrapper}.layer1.{wrapper}.0.{wrapper}.conv1.weight" in arrays
    report = net.load_weights(arrays | {f"module.fc.{wrapper}.weight": np.ones(3)})
    assert same(net.state_dict(), source.state_dict())
    assert report.passed_over == (f"module.fc.{wrapper}.weight",)
    other = resnet(3)
    other.load_state_dict(arrays)
    assert same(other.state_dict(), source.state_dict())


@pytest.mark.parametrize(
    "places", [("backbone.", "projector."), ("backbone.layer1.", "projector.0."), ("backbone.layer1.0.",)]
)
def test_parts_under_distributed_data_parallel_are_found(places):
    source, task = simclr(2), simclr(1)
    arrays = {f"backbone.{name}": value for name, value in source.backbone.state_dict().items()}
    arrays |= source.head.state_dict()
    for place in places:
        assert any(name.startswith(place) for name in arrays)
        arrays = {name.replace(place, f"{place}module."): value for name, value in arrays.items()}
    assert task.load_weights(arrays).fits
    assert same(task.backbone.state_dict(), source.backbone.state_dict())
    assert same(task.head.state_dict(), source.head.state_dict())


def test_a_network_may_call_a_part_of_its_own_module():
    class Net(bissl.Backbone):
        def __init__(self, seed=0):
            super().__init__(num_features=3, seed=seed)
            self.w = self.add_parameter("stem.module.weight", (3, 3))
            self.b = self.add_parameter("stem.weight", (3, 3))

        def features(self, images):
            return bissl.ops.matmul(bissl.ops.global_avg_pool(images), self.w + self.b)

    source, net = Net(1), Net(2)
    assert net.load_weights(source.state_dict()).fits
    assert same(net.state_dict(), source.state_dict())


def test_a_name_that_ends_as_a_wrapper_is_none():
    with pytest.raises(ValueError, match='begin with "my_orig_mod."'):
        resnet().load_weights(prefixed("my_orig_mod.", resnet(2).state_dict()))


@pytest.mark.parametrize("strict", [True, False])
def test_a_prefix_that_is_unknown_is_named(strict):
    source, net = resnet(2), resnet()
    before = net.state_dict()
    arrays = prefixed("learner.vision.", source.state_dict()) | {"learner.scale": np.ones(1)}
    with pytest.raises(
        ValueError, match=r'names in it begin with "learner.vision.": .*removeprefix\("learner.vision."\)'
    ):
        net.load_weights(arrays, strict=strict)
    assert same(net.state_dict(), before)
    net.load_weights({name.removeprefix("learner.vision."): array for name, array in arrays.items()}, strict=False)
    assert same(net.state_dict(), source.state_dict())


def test_what_all_names_begin_with_is_named_for_another_network():
    with pytest.raises(ValueError, match='begin with "speech.frontend."'):
        resnet().load_weights({"speech.frontend.a.weight": np.ones(2), "speech.frontend.b": np.ones(1)})
    with pytest.raises(ValueError, match="none of its arrays belongs to this architecture\n"):
        resnet().load_weights({"a.weight": np.ones(2), "b": np.ones(1)})


def test_a_prefix_that_is_unknown_is_named_for_a_pretext_task():
    arrays = {f"learner.{name}": value for name, value in mae().backbone.state_dict().items()}
    with pytest.raises(ValueError, match='begin with "learner."'):
        mae().load_weights(arrays)


def test_a_prefix_of_one_part_is_named():
    """Where the other part was found, and where some of the part was."""
    task, head = simclr(1), prefixed("learner.", simclr(2).head.state_dict())
    backbone = {f"backbone.{name}": value for name, value in task.backbone.state_dict().items()}
    with pytest.raises(ValueError, match=r'names in it begin with "learner.": .*removeprefix\("learner."\)'):
        task.load_weights(backbone | head)
    arrays = {f"ours.{name}" if name.startswith("layer") else name: v for name, v in resnet(2).state_dict().items()}
    for load in (resnet().load_weights, resnet().load_state_dict):
        with pytest.raises(ValueError, match='do not fit this architecture; .*; names in it begin with "ours."'):
            load(arrays)
    with pytest.raises(
        ValueError, match="[0-9]+ missing: (?!.*begin with)"
    ):  # the same names in other places are no prefix
        resnet().load_weights({name.replace("layer1", "layer4"): v for name, v in resnet(2).state_dict().items()})


def test_of_two_networks_in_a_file_the_documented_one_is_taken():
    """MoCo's query encoder, not its momentum encoder; of DINO's, the teacher."""
    first, second = resnet(2), resnet(3)
    for names in (("module.encoder_q.", "module.encoder_k."), ("teacher.backbone.", "student.backbone.")):
        net = resnet()
        arrays = prefixed(names[1], second.state_dict()) | prefixed(names[0], first.state_dict())
        report = net.load_weights(arrays)
        assert same(net.state_dict(), first.state_dict())
        assert set(report.passed_over) == set(prefixed(names[1], second.state_dict()))


@pytest.mark.parametrize(
    "name",
    ["fc.weight", "fc.0.weight", "head.weight", "heads.head.bias", "classifier.weight", "projector.0.weight", "queue",
     "queue_ptr", "decoder_pred.weight", "mask_token", "prototypes.weight", "momentum_encoder.conv1.weight"],
)  # fmt: skip
def test_known_other_parts_are_passed_over(name):
    net = resnet()
    report = net.load_weights(prefixed("module.", net.state_dict() | {name: np.ones(2)}))
    assert report.passed_over == (f"module.{name}",) and not report.unexpected and report.fits


@pytest.mark.parametrize("name", ["layer3.0.conv1.weight", "fc_norm.weight", "header", "conv1.bias", "fcn"])
def test_everything_else_is_strict(name):
    net = resnet()
    before = net.state_dict()
    arrays = {key: value + 1 for key, value in before.items()} | {name: np.ones(2)}
    with pytest.raises(bissl.errors.InvalidArgument, match=f"1 unexpected: {name}$"):
        net.load_weights(arrays)
    assert same(net.state_dict(), before)
    report = net.load_weights(arrays, strict=False)
    assert report.unexpected == (name,) and not report.fits
    assert same(net.state_dict(), {key: value + 1 for key, value in before.items()})


def test_heads_have_no_other_parts():
    head = bissl.Classifier(6, 4).head
    with pytest.raises(ValueError, match="1 unexpected: fc.weight"):
        head.load_weights(head.state_dict() | {"fc.weight": np.ones(2)})


# --- the report -------------------------------------------------------------------------------------------------------


def test_the_report_lists_the_first_ten_of_each():
    net = resnet()
    state = net.state_dict()
    arrays = {f"extra.{i}": np.ones(1) for i in range(12)}
    arrays |= {"conv1.weight": np.ones((4, 3, 3, 3)), "bn1.bias": state["bn1.bias"], "fc.bias": np.ones(2)}
    report = weights.difference(arrays, net)
    assert report.loaded == ("bn1.bias",) and report.mismatched == ("conv1.weight",)
    assert report.shapes == {"conv1.weight": ((4, 3, 3, 3), (4, 3, 7, 7))}
    assert report.passed_over == ("fc.bias",) and len(report.unexpected) == 12
    assert "bn1.running_mean" in report.kept and "bn1.weight" in report.missing
    assert set(report.loaded + report.mismatched + report.missing + report.kept) == set(state)
    lines = str(report).splitlines()
    assert lines[0] == "1 loaded"
    assert lines[1].startswith("16 missing: bn1.weight, layer1.0.conv1.weight, ") and lines[1].endswith(", …")
    assert lines[2].startswith("12 unexpected: extra.0, ") and "extra.9, …" in lines[2] and "extra.10" not in lines[2]
    assert lines[3] == "1 of another shape: conv1.weight (4, 3, 3, 3) instead of (4, 3, 7, 7)"
    assert lines[4].startswith("18 kept as they are: ")
    assert lines[5] == "1 passed over, of other parts: fc.bias"


def test_errors_name_the_file(tmp_path):
    path = tmp_path / "other.safetensors"
    bissl.ResNet("basic", (1, 1), (4, 8)).save_weights(path)
    with pytest.raises(ValueError, match=r"other.safetensors: the arrays do not fit .* of another shape: layer2"):
        resnet().load_weights(path)
    with pytest.raises(ValueError, match="of another shape: layer2"):
        resnet().load_weights(path, strict=False)


def test_a_file_of_which_nothing_belongs_here():
    with pytest.raises(ValueError, match="none of its arrays belongs to this architecture"):
        resnet().load_weights({"a": np.ones(2)}, strict=False)


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        (3, {}, "source: expected the path of a file or a mapping of names to arrays, got int"),
        ({1: np.ones(2)}, {}, "source: expected names as text, got int"),
        ({"bn1.bias": ["a"] * 4}, {"strict": False}, "arrays: bn1.bias has dtype <U1, expected real numbers"),
        ({"bn1.bias": np.ones(4)}, {"key": "model"}, "key: only files have entries to choose from"),
    ],
)
def test_what_is_no_source(source, options, message):
    with pytest.raises(bissl.errors.InvalidArgument, match=message):
        resnet().load_weights(source, **options)


# --- out and in again -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [resnet, vit, mae, lambda: bissl.SimCLR(resnet(), (5, 3)), lambda: bissl.BYOL(resnet(), (5, 3))])  # fmt: skip
def test_save_and_load(tmp_path, make: Callable):
    source, target = make(), make()
    for module in target._modules().values() if isinstance(target, bissl.Pretext) else [target]:
        module.vector[:] = 0
    path = tmp_path / "a.safetensors"
    source.save_weights(path, metadata={"task": "test"})
    assert target.load_weights(path).fits
    modules = [(source, target)] if not isinstance(source, bissl.Pretext) else [
        (source.backbone, target.backbone), (source.head, target.head)]  # fmt: skip
    for first, second in modules:
        assert same(first.state_dict(), second.state_dict())


def test_a_pretext_task_is_strict_about_its_own_head():
    """The projector of a larger network is not passed over, and nothing is loaded."""
    source = bissl.SimCLR(resnet(2), (5, 4, 3))
    target = bissl.SimCLR(resnet(), (5, 3))
    before = target.backbone.state_dict()
    arrays = prefixed("module.backbone.", source.backbone.state_dict()) | prefixed("module.", source.head.state_dict())
    with pytest.raises(ValueError, match=r"unexpected: .*module.projector.6.weight; .*another shape: head.projector.3"):
        target.load_weights(arrays)
    assert same(target.backbone.state_dict(), before)
    report = weights.difference(arrays | {"module.predictor.weight": np.ones(1)}, target)
    assert report.passed_over == ("module.predictor.weight",)


def test_a_pretext_task_loads_parts_of_wrapped_checkpoints():
    source, target = bissl.SimCLR(resnet(2), (5, 3), seed=4), bissl.SimCLR(resnet(), (5, 3))
    arrays = prefixed("module.backbone.", source.backbone.state_dict()) | prefixed("module.", source.head.state_dict())
    assert target.load_weights(arrays).fits
    assert same(target.backbone.state_dict(), source.backbone.state_dict())
    assert same(target.head.state_dict(), source.head.state_dict())
    with pytest.raises(ValueError, match="missing: head.projector.0.weight"):
        target.load_weights(source.backbone.state_dict())


# --- positions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [2, 3, 7])
def test_resampling_is_that_of_timm(side):
    with np.load(FILES / "positions.npz") as expected:
        np.testing.assert_allclose(resampled(expected["positions"], side), expected[str(side)], rtol=0, atol=3e-6)


def test_learned_positions_are_resampled_when_asked_to():
    source, net = vit(image_size=16), vit()
    with pytest.raises(ValueError, match="another shape: pos_embed .*4 × 4 patches: resize_positions=True .* 2 × 2"):
        net.load_weights(source.state_dict())
    report = net.load_weights(source.state_dict(), resize_positions=True)
    assert report.notes == ("pos_embed resampled from 4 × 4 to 2 × 2 patches",) and "resampled" in str(report)
    positions = source.state_dict()["pos_embed"]
    assert np.array_equal(net.state_dict()["pos_embed"], resampled(positions, 2))
    assert np.array_equal(positions[:, 0], net.state_dict()["pos_embed"][:, 0]), "the class token's stays"


def test_fixed_positions_of_another_size_are_passed_over():
    source, task = mae(image_size=16), mae()
    own = task.backbone.state_dict()["pos_embed"], task.head.state_dict()["decoder_pos_embed"]
    arrays = source.backbone.state_dict() | source.head.state_dict()
    report = task.load_weights(arrays)
    assert len(report.notes) == 2 and "sine-cosine positions of 4 × 4 patches passed over" in report.notes[0]
    assert np.array_equal(task.backbone.state_dict()["pos_embed"], own[0])
    assert np.array_equal(task.head.state_dict()["decoder_pos_embed"], own[1])
    assert np.array_equal(task.backbone.vector, source.backbone.vector)


def test_learned_positions_do_not_pass_for_fixed_ones():
    net = vit(positions="sincos")
    with pytest.raises(ValueError, match='another shape: pos_embed .*not sine-cosine: .*positions="learned"'):
        net.load_weights(vit(image_size=16).state_dict())


def test_positions_that_are_no_square():
    state = vit().state_dict() | {"pos_embed": np.ones((1, 7, 8))}
    with pytest.raises(ValueError, match=r"another shape: pos_embed \(1, 7, 8\) instead of \(1, 5, 8\)$"):
        vit().load_weights(state, resize_positions=True)


# --- numbers that are none --------------------------------------------------------------------------------------------


def mistaken(state, name, index, value):
    changed = {key: array.astype(np.float64) if key == name else array for key, array in state.items()}
    changed[name][index] = value
    return changed


@pytest.mark.parametrize(
    ("name", "index", "value", "message"),
    [
        ("conv1.weight", (1, 2, 0, 3), np.nan, r"finite.* as conv1.weight, got nan at index \(1, 2, 0, 3\)"),
        ("layer1.0.bn2.bias", (2,), -np.inf, r"finite.* as layer1.0.bn2.bias, got -inf at index \(2,\)"),
        ("bn1.running_mean", (0,), np.inf, "finite.* as bn1.running_mean, got inf"),
        ("bn1.running_var", (3,), -1e-3, r"variances of at least 0 as bn1.running_var, got -0.001.* at index \(3,\)"),
        ("bn1.num_batches_tracked", (), -1, "a count of batches as bn1.num_batches_tracked, got -1"),
        ("bn1.num_batches_tracked", (), np.nan, "finite.* as bn1.num_batches_tracked, got nan"),
        ("bn1.num_batches_tracked", (), 2.5, "a count of batches as bn1.num_batches_tracked, got 2.5"),
        ("bn1.num_batches_tracked", (), 2.0**62, "a count of batches"),
    ],
)
def test_weights_that_are_no_numbers_are_refused_and_change_nothing(tmp_path, name, index, value, message):
    net, state = resnet(), mistaken(resnet(2).state_dict(), name, index, value)
    before = net.state_dict()
    np.savez(tmp_path / "weights.npz", **state)
    for load in (net.load_state_dict, net.load_weights, lambda _: net.load_weights(tmp_path / "weights.npz")):
        with pytest.raises(ValueError, match=message) as error:
            load(state)
        assert isinstance(error.value, bissl.errors.NonFinite) == (name != "bn1.num_batches_tracked" or np.isnan(value))
    with pytest.raises(ValueError, match=message):
        bissl.SimCLR(net, projector=(4, 2)).load_weights(prefixed("backbone.", state), strict=False)
    assert same(net.state_dict(), before)


def test_weights_too_large_for_the_precision_are_refused():
    net, large = resnet(), mistaken(resnet(2).state_dict(), "conv1.weight", (0, 0, 0, 0), 1e39)
    if net.vector.dtype == np.float64:
        net.load_state_dict(large)
    else:
        with pytest.raises(bissl.errors.NonFinite, match="finite in float32 as conv1.weight, got 1e[+]39 at index"):
            net.load_state_dict(large)


def test_states_that_are_no_numbers_are_refused_and_change_nothing():
    net = resnet()
    simclr, optimizer = bissl.SimCLR(net, projector=(4, 2)), bissl.SGD(0.1, momentum=0.9)
    images = np.random.default_rng(0).standard_normal((4, 8, 8, 3)).astype(np.float32)
    simclr.step((images, images[::-1]), optimizer)
    state, before = simclr.state_dict(), simclr.state_dict()
    next(iter(state["modules"]["head"].values())).flat[0] = np.nan
    state["modules"]["backbone"]["conv1.weight"][:] = 0
    with pytest.raises(bissl.errors.NonFinite, match="got nan at index"):
        simclr.load_state_dict(state)
    assert same(simclr.state_dict()["modules"]["backbone"], before["modules"]["backbone"])
    steps = optimizer.state_dict(backbone=net)
    next(iter(steps["modules"]["backbone"].values()))[3] = np.inf
    with pytest.raises(bissl.errors.NonFinite, match=r"state: modules.backbone: momentum: .* got inf at index \(3,\)"):
        optimizer.load_state_dict(steps, backbone=net)


def test_a_parameter_may_be_called_as_a_variance_is():
    assert bissl.Parameters(running_var=np.array([-1.0])).state_dict()["running_var"] == -1


def test_a_difference_is_to_a_module():
    net = bissl.ResNet(layers=(1,), widths=(4,), stem="small")
    with pytest.raises(TypeError, match="module: expected a network, a head or a pretext task, got FineTune"):
        weights.difference(net.state_dict(), bissl.FineTune())
