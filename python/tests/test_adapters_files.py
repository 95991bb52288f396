"""Adapters in files, under peft's names."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

import bissl
from bissl import weights
from bissl.models.adapters.lora import with_adapters
from bissl.models.module import Adapter
from bissl.weights.safetensors_file import FileArrays

#: Names that ``get_peft_model_state_dict`` gives for a vision transformer of timm's with rank 2 on "qkv" and a classifier in
#: ``modules_to_save``, as peft's documentation of its checkpoint format states them: "base_model.model." before the network's
#: own names, the adapter's name left out.
RECORDED = {
    "base_model.model.blocks.0.attn.qkv.lora_A.weight": (2, 12),
    "base_model.model.blocks.0.attn.qkv.lora_B.weight": (36, 2),
    "base_model.model.blocks.1.attn.qkv.lora_A.weight": (2, 12),
    "base_model.model.blocks.1.attn.qkv.lora_B.weight": (36, 2),
    "base_model.model.head.weight": (5, 12),
    "base_model.model.head.bias": (5,),
}


def vit():
    return bissl.VisionTransformer(image_size=16, patch_size=4, width=12, depth=2, heads=2)


def images():
    return np.random.default_rng(0).normal(size=(3, 16, 16, 3)).astype(bissl.precision)


def moved(net):
    net.vector[:] = np.random.default_rng(5).normal(size=net.vector.size) * 0.3
    return net


@pytest.fixture
def written(tmp_path):
    """A folder as peft writes it; changes to its description."""

    def write(arrays=None, **changes):
        drawn = np.random.default_rng(1)
        made = {name: drawn.normal(size=shape).astype(np.float32) for name, shape in RECORDED.items()}
        weights.save(tmp_path / "adapter_model.safetensors", made if arrays is None else arrays(made))
        config = {
            "peft_type": "LORA", "r": 2, "lora_alpha": 6, "target_modules": ["qkv"], "bias": "none", "lora_dropout": 0.1,
            "rank_pattern": {}, "alpha_pattern": {}, "modules_to_save": ["head"], "task_type": None,
        }  # fmt: skip
        (tmp_path / "adapter_config.json").write_text(json.dumps(config | changes))
        return tmp_path

    return write


def test_recorded_names_are_read(written):
    folder, plain = written(), vit()
    net = bissl.load_adapters(plain, folder)
    arrays = weights.load(folder / "adapter_model.safetensors")
    assert [(each.layer, each.rank, each.alpha) for each in net.adapters] == [
        ("blocks.0.attn.qkv", 2, 6.0), ("blocks.1.attn.qkv", 2, 6.0),
    ]  # fmt: skip
    a, b = (arrays[f"base_model.model.blocks.1.attn.qkv.lora_{which}.weight"].astype(np.float64) for which in "AB")
    expected = plain.state_dict()["blocks.1.attn.qkv.weight"] + 3 * b @ a
    np.testing.assert_allclose(
        bissl.merge_adapters(net).vector["blocks.1.attn.qkv.weight"], expected, rtol=1e-5, atol=1e-6
    )
    assert np.array_equal(net.state_dict()["norm.weight"], plain.state_dict()["norm.weight"]) and not plain.adapters


@pytest.mark.parametrize(
    ("changes", "alphas"),
    [
        ({"alpha_pattern": {"blocks.1.attn.qkv": 4}}, (6, 4)),
        ({"alpha_pattern": {r"0\.attn\.qkv": 4}}, (4, 6)),
        ({"use_rslora": True}, (6 * 2**0.5, 6 * 2**0.5)),
    ],
)
def test_alpha_is_what_the_description_says(written, changes, alphas):
    net = bissl.load_adapters(vit(), written(**changes))
    assert tuple(each.alpha for each in net.adapters) == pytest.approx(alphas)


def test_what_is_written_has_pefts_names_and_is_read_again(tmp_path):
    net = moved(bissl.LoRA(vit(), rank=2, targets="qkv|proj", alpha=5))
    bissl.save_adapters(net, tmp_path / "adapters")
    arrays = weights.load(tmp_path / "adapters" / "adapter_model.safetensors")
    assert set(arrays) == {f"base_model.model.{name}" for name in net.vector.keys()}
    assert arrays["base_model.model.patch_embed.proj.lora_B.weight"].shape == (12, 2, 1, 1)
    assert arrays["base_model.model.patch_embed.proj.lora_A.weight"].shape == (2, 3, 4, 4)
    config = json.loads((tmp_path / "adapters" / "adapter_config.json").read_text())
    assert config["peft_type"] == "LORA" and config["r"] == 2 and config["lora_alpha"] == 5
    assert config["target_modules"] == [each.layer for each in net.adapters]
    twin = bissl.load_adapters(vit(), tmp_path / "adapters")
    assert twin.adapters == net.adapters and np.array_equal(twin.vector, net.vector)
    np.testing.assert_array_equal(twin(images()), net(images()))
    again = bissl.load_adapters(bissl.LoRA(vit(), rank=2, targets="qkv|proj", alpha=5), tmp_path / "adapters")
    assert np.array_equal(again.vector, net.vector)


def test_whatever_training_moves_is_written(tmp_path):
    resnet = bissl.ResNet(layers=(1,), widths=(4,), stem="small")
    net = moved(bissl.unfreeze(bissl.LoRA(resnet, rank=1, targets="conv2"), "bn1.bias"))
    net.observe(np.random.default_rng(0).normal(size=(4, 8, 8, 3)).astype(bissl.precision))
    bissl.save_adapters(net, tmp_path)
    twin = bissl.load_adapters(resnet, tmp_path)
    np.testing.assert_array_equal(twin(images()), net(images()))


@pytest.mark.parametrize("name", ["convnext", "vit", "resnet", "python"])
def test_everything_that_is_trained_comes_back_whatever_its_name(tmp_path, name):
    class Named(bissl.Backbone):
        """Its parameters are called as heads are elsewhere."""

        def __init__(self, seed: int = 0) -> None:
            super().__init__(num_features=5, seed=seed)
            self.weight = self.add_parameter("linear.weight", (5, 3), init="kaiming")
            self.bias = self.add_parameter("fc.bias", (5,), init="zeros")

        def features(self, images):
            return bissl.ops.linear(bissl.ops.global_avg_pool(images), self.weight, self.bias)

    net = {
        "convnext": lambda: bissl.ConvNeXt(depths=(1, 1, 1, 1), widths=(4, 4, 4, 4)),
        "vit": vit,
        "resnet": lambda: bissl.ResNet("basic", layers=(1,), widths=(4,), stem="small"),
        "python": Named,
    }[name]()
    adapted = bissl.LoRA(net, 2, ".")
    adapted = moved(bissl.unfreeze(adapted, "."))
    bissl.save_adapters(adapted, tmp_path)
    again = bissl.load_adapters(net, tmp_path)
    assert {n for n, x in adapted.state_dict().items() if not np.array_equal(x, again.state_dict()[n])} == set()


def test_alphas_that_differ_come_back_to_their_layers(tmp_path):
    net = bissl.ResNet("basic", layers=(1,), widths=(4,), stem="small")
    bissl.save_adapters(bissl.LoRA(net, 2, "conv", alpha=2.0), tmp_path)
    described = tmp_path / "adapter_config.json"
    described.write_text(json.dumps(json.loads(described.read_text()) | {"alpha_pattern": {"^conv1": 16}}))
    mixed = bissl.load_adapters(net, tmp_path)
    wanted = {"conv1": 16.0, "layer1.0.conv1": 2.0, "layer1.0.conv2": 2.0}
    assert {each.layer: each.alpha for each in mixed.adapters} == wanted
    bissl.save_adapters(mixed, tmp_path / "again")
    assert bissl.load_adapters(net, tmp_path / "again").adapters == mixed.adapters


def test_a_whole_network_goes_through_a_file_of_weights(tmp_path):
    net = moved(bissl.LoRA(vit(), rank=2))
    net.save_weights(tmp_path / "all.safetensors")
    twin = bissl.LoRA(vit(), rank=2, seed=7)
    twin.load_weights(tmp_path / "all.safetensors")
    assert np.array_equal(twin.vector, net.vector)
    bissl.merge_adapters(net).save_weights(tmp_path / "merged.safetensors")
    plain = vit()
    plain.load_weights(tmp_path / "merged.safetensors")
    np.testing.assert_allclose(plain(images()), net(images()), atol=1e-5)
    with pytest.raises(ValueError, match="14 unexpected: patch_embed.proj.lora_A.weight|unexpected"):
        plain.load_weights(tmp_path / "all.safetensors")


def test_an_onnx_file_has_the_adapters_added_up(tmp_path):
    onnx = pytest.importorskip("onnx")
    net = moved(bissl.LoRA(vit(), rank=2))
    net.to_onnx(tmp_path / "net.onnx")
    bissl.merge_adapters(net).to_onnx(tmp_path / "merged.onnx")
    assert onnx.load(tmp_path / "net.onnx") == onnx.load(tmp_path / "merged.onnx")


def _renamed(made):
    return {name.replace("blocks.1.", "blocks.7."): value for name, value in made.items()}


def _wider(made):
    return {
        name: np.zeros((*value.shape[:-1], 13), np.float32) if "lora_A" in name else value
        for name, value in made.items()
    }


def _half(made):
    return {name: value for name, value in made.items() if "1.attn.qkv.lora_B" not in name}


@pytest.mark.parametrize(
    ("arrays", "changes", "message"),
    [
        (_renamed, {}, "adapter of blocks.7.attn.qkv, which is no layer of this VisionTransformer"),
        (_wider, {}, r"blocks.0.attn.qkv.lora_A.weight has shape \(2, 13\), the network has one of shape \(2, 12\)"),
        (_half, {}, "expected matrices lora_A and lora_B of blocks.1.attn.qkv"),
        (lambda made: made | {"base_model.model.blocks.9.norm1.weight": np.zeros(12)}, {}, "blocks.9.norm1.weight has shape .* no such array"),
        (lambda made: {"base_model.model.head.weight": np.zeros((5, 12))}, {}, "it holds no low-rank adapters"),
        (None, {"peft_type": "IA3"}, 'expected the description of low-rank adapters, "peft_type": "LORA"'),
        (None, {"use_dora": True}, "use_dora is set"),
        (None, {"lora_alpha": "8"}, "expected a positive lora_alpha, got '8'"),
        (None, {"alpha_pattern": {"(": 3}}, "alpha_pattern"),
    ],
)  # fmt: skip
def test_adapters_of_something_else_are_refused(written, arrays, changes, message):
    net = vit()
    with pytest.raises(ValueError, match=message):
        bissl.load_adapters(net, written(arrays, **changes))


def test_adapters_that_the_network_does_not_have_are_refused(written, tmp_path):
    net = bissl.LoRA(vit(), rank=3, targets="qkv")
    before = np.array(net.vector)
    with pytest.raises(
        ValueError, match="its adapter of blocks.0.attn.qkv is of rank 2 and alpha 6, that of the network of rank 3"
    ):
        bissl.load_adapters(net, written())
    with pytest.raises(ValueError, match="its adapter of patch_embed.proj is none"):
        bissl.load_adapters(bissl.LoRA(vit(), rank=2, alpha=6, targets="proj|qkv"), written())
    assert np.array_equal(net.vector, before)
    (tmp_path / "adapter_config.json").write_text("{")
    with pytest.raises(ValueError, match="adapter_config.json: it is no JSON"):
        bissl.load_adapters(vit(), tmp_path)
    with pytest.raises(FileNotFoundError, match="expected a folder with adapter_config.json"):
        bissl.load_adapters(vit(), tmp_path / "nowhere")
    with pytest.raises(ValueError, match="it has no low-rank adapters; save its weights"):
        bissl.save_adapters(vit(), tmp_path)


# --- α in files of weights --------------------------------------------------------------------------------------------


def adapted(alpha):
    return bissl.LoRA(vit(), rank=2, targets="qkv|fc1", alpha=alpha)


def mixed():
    """α 4 for the attention of the first block, 2 elsewhere."""
    adapters = [
        Adapter(each.layer, 2, 4.0 if each.layer == "blocks.0.attn.qkv" else 2.0) for each in adapted(2.0).adapters
    ]
    return with_adapters(vit(), adapters)


#: How a file is written of a network and read into another one.
FILES = {
    "network": (
        lambda net, path: net.save_weights(path, {"made by": "me"}),
        lambda net, path: net.load_weights(path),
    ),
    "arrays": (lambda net, path: net.save_weights(path), lambda net, path: net.load_state_dict(weights.load(path))),
    "not strict": (lambda net, path: net.save_weights(path), lambda net, path: net.load_weights(path, strict=False)),
    "pretext task": (
        lambda net, path: bissl.SimCLR(net, projector=(4,)).save_weights(path),
        lambda net, path: bissl.SimCLR(net, projector=(4,)).load_weights(path),
    ),
    "task and its backbone": (
        lambda net, path: bissl.Classifier(12, 3).save_weights(path, net),
        lambda net, path: bissl.Classifier(12, 3).load_weights(path, net),
    ),
    "backbone of a task": (
        lambda net, path: bissl.SimCLR(net, projector=(4,)).save_weights(path),
        lambda net, path: net.load_weights(path),
    ),
    "adapters": (
        lambda net, path: bissl.save_adapters(net, path.parent),
        lambda net, path: net.load_weights(path.parent / "adapter_model.safetensors", strict=False),
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", FILES)
def test_weights_are_loaded_beside_the_alpha_that_they_were_saved_with(how, tmp_path):
    write, read = FILES[how]
    path, saved, same, other = tmp_path / "net.safetensors", moved(mixed()), mixed(), adapted(2.0)
    write(saved, path)
    read(same, path)
    np.testing.assert_array_equal(same(images()), saved(images()))
    before = other.state_dict()
    with pytest.raises(ValueError, match=r"1 with adapters of another alpha: .*blocks\.0\.attn\.qkv 4 instead of 2"):
        read(other, path)
    assert all(np.array_equal(value, before[name]) for name, value in other.state_dict().items())


def test_files_that_tell_no_alpha_are_read(tmp_path):
    net = moved(adapted(2.0))
    weights.save(tmp_path / "net.safetensors", net.state_dict())
    other = adapted(200.0)
    assert other.load_weights(tmp_path / "net.safetensors").fits and np.array_equal(other.vector, net.vector)
    assert not weights.difference(FileArrays(net.state_dict(), {net.adapters[0].names[0]: 3.0}), net).fits


@pytest.mark.parametrize(
    "text", ["[", "[" * 100_000, "3", '{"a": "b"}', '{"a": 0}', '{"a": NaN}', '{"a": true}', '{"a": 1e999}']
)
def test_an_alpha_that_is_none_is_refused(text, tmp_path):
    path = tmp_path / "net.safetensors"
    save_file({"x": np.zeros(3)}, path, {"bissl.lora_alpha": text})
    with pytest.raises(bissl.errors.DataError, match="bissl.lora_alpha in its metadata"):
        weights.load(path)
