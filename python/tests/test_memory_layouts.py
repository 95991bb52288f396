"""Arrays in any memory layout, through everything that writes them: what is read again has the same shape, dtype and bits."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import bissl
from bissl import data, weights
from bissl.checkpoints import CheckpointStore
from bissl.checkpoints.tree import digest
from bissl.experiments.running.model import Model


def unaligned(array):
    return np.frombuffer(b"\0" + array.tobytes(), array.dtype, offset=1).reshape(array.shape)


def strided(array):
    wide = np.full((*array.shape[:-1], 2 * array.shape[-1]), 99).astype(array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


#: The same numbers in other memory, of arrays of one axis or more.
LAYOUTS = {
    "Fortran order": lambda array: array.T.copy().T,
    "reversed": lambda array: np.flip(np.flip(array).copy()),
    "strided": strided,
    "big-endian": lambda array: array.astype(array.dtype.newbyteorder(">")),
    "unaligned": unaligned,
    "a subclass": lambda array: array.view(type("Own", (np.ndarray,), {})),
}
#: Arrays, most of which are not contiguous, and what they are called.
ARRAYS = {f"{name} {dtype}": layout(np.arange(24).reshape(2, 3, 4).astype(dtype))
          for name, layout in LAYOUTS.items() for dtype in ("float64", "float32", "float16", "int64", "int16", "uint8", "bool")}  # fmt: skip
ARRAYS |= {
    "broadcast": np.broadcast_to(np.float64(7), (4, 5)),
    "broadcast along one axis": np.broadcast_to(np.arange(3.0)[:, None], (3, 4)),
    "a diagonal": np.diagonal(np.arange(16.0).reshape(4, 4)),
    "overlapping windows": np.lib.stride_tricks.sliding_window_view(np.arange(6.0), 3),
    "of no numbers": np.zeros((3, 0, 2)),
    "of no numbers, reversed": np.zeros((0, 3), ">f4")[:, ::-1],
    "a number": np.array(3.0),
    "a big-endian number": np.array(3, ">i8"),
}


def assert_same(found, expected):
    assert set(found) == set(expected)
    for name, array in expected.items():
        native = np.ascontiguousarray(array, array.dtype.newbyteorder("=")).reshape(array.shape)
        assert (found[name].dtype, found[name].shape) == (native.dtype, native.shape), name
        assert found[name].tobytes() == native.tobytes(), name


def test_files_of_weights(tmp_path):
    weights.save(tmp_path / "all.safetensors", ARRAYS)
    assert_same(weights.load(tmp_path / "all.safetensors"), ARRAYS)


def test_checkpoints(tmp_path):
    store = CheckpointStore(tmp_path)
    store.save({"all": ARRAYS, "list": list(ARRAYS.values())}, 1)
    found = store.latest().state
    assert_same(found["all"], ARRAYS)
    assert_same(dict(enumerate(found["list"])), dict(enumerate(ARRAYS.values())))
    assert digest(found["all"]) == digest(ARRAYS)


class Tabled(bissl.SimCLR):
    """Keeps a table column by column, as `numpy.linalg` gives them."""

    def __init__(self, net):
        super().__init__(net)
        self.table = np.arange(6.0).reshape(2, 3).T


class Stopping(bissl.callbacks.Callback):
    def on_record(self, stage, record):
        if record["epoch"] == 1:
            raise KeyboardInterrupt


def test_a_resumed_stage(tmp_path):
    images = np.random.default_rng(0).integers(0, 255, (8, 8, 8, 3), np.uint8)
    net = bissl.ResNet("basic", layers=(1,), widths=(4,), stem="small")
    options = {"epochs": 2, "batch_size": 4, "augmentation": "small", "progress": False}
    files = {"checkpoint": tmp_path, "checkpoint_every": "1 epoch"}
    with pytest.raises(KeyboardInterrupt):
        bissl.Pretrain(Tabled(net), callbacks=[Stopping()], **options).fit(images, **files)
    resumed = bissl.Pretrain(Tabled(net), **options).fit(images, **files)
    assert resumed.pretext_.table.tolist() == [[0, 3], [1, 4], [2, 5]]


def resnet(seed):
    return bissl.ResNet("basic", layers=(1,), widths=(4,), stem="small", seed=seed)


def vit():
    return bissl.VisionTransformer(image_size=16, patch_size=4, width=12, depth=2, heads=2)


def laid_out(layout, arrays):
    return {name: LAYOUTS[layout](array) if array.ndim else array for name, array in arrays.items()}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_networks_and_models(layout, tmp_path):
    given, net = resnet(1).state_dict(), resnet(2)
    net.load_state_dict(laid_out(layout, given))
    net.save_weights(tmp_path / "net.safetensors")
    assert_same(weights.load(tmp_path / "net.safetensors"), given)

    classifier = bissl.Classifier(net.num_features, 3)
    model = Model(net, classifier, data.View(8, resize_shorter=8))
    model.save(tmp_path / "model.safetensors")  # as a run's prepared.safetensors and finetuned.safetensors
    parts = {"backbone": given, "head": classifier.head.state_dict()}
    named = {f"{part}.{name}": array for part, arrays in parts.items() for name, array in arrays.items()}
    assert_same(weights.load(tmp_path / "model.safetensors"), named)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_adapters(layout, tmp_path):
    adapted = bissl.LoRA(vit(), rank=2, targets="qkv")
    drawn = np.random.default_rng(3)
    given = {name: drawn.normal(size=array.shape).astype(array.dtype) for name, array in adapted.state_dict().items()}
    adapted.load_state_dict(laid_out(layout, given))
    bissl.save_adapters(adapted, tmp_path)
    found = weights.load(tmp_path / "adapter_model.safetensors")
    assert found
    for name, array in found.items():
        np.testing.assert_array_equal(array, given[name.removeprefix("base_model.model.")], err_msg=name)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_caches(layout, tmp_path):
    images = np.random.default_rng(0).integers(0, 255, (3, 8, 8, 3), np.uint8)
    for number, image in enumerate(images):
        Image.fromarray(image).save(tmp_path / f"{number}.png")
    files = data.ImageFiles(sorted(tmp_path.glob("*.png")))
    files.read = lambda sample, least_side=None: LAYOUTS[layout](images[sample])
    kept = data.cached(files, tmp_path / "cache", side=8, progress=False)
    np.testing.assert_array_equal(kept.gather(np.arange(3)), images)


@pytest.mark.parametrize(
    "array",
    [np.ones(2) + 1j, np.array(["a", "bc"]), np.array([1, None]), np.array(["2020-01-01"], "M8[D]"), np.ones(2, "g"),
     np.zeros(2, [("x", "f4")]), np.ma.array([1.0, 2.0], mask=[0, 1])],
    ids=lambda array: str(array.dtype),
)  # fmt: skip
def test_other_numbers_are_refused_by_their_place(array, tmp_path):
    store = CheckpointStore(tmp_path)
    store.save({"rate": 1}, 1)
    with pytest.raises(bissl.errors.WrongType, match="state: /deep/a"):
        store.save({"deep": {"a": array}}, 2)
    with pytest.raises(bissl.errors.WrongType, match="arrays: a"):
        weights.save(tmp_path / "a.safetensors", {"a": array})
    assert store.latest().step == 1


@pytest.mark.parametrize("number", [np.complex128(1j), np.datetime64("2020-01-01"), np.longdouble(1), np.bytes_(b"a")])
def test_numbers_that_json_has_not_are_refused_by_their_place(number, tmp_path):
    with pytest.raises(bissl.errors.WrongType, match="state: /a is a"):
        CheckpointStore(tmp_path).save({"a": number}, 1)


@pytest.mark.parametrize(
    ("step", "kind"), [(2.7, TypeError), ("3", TypeError), (True, TypeError), (None, TypeError), (-1, ValueError)]
)
def test_a_step_is_a_whole_number(step, kind, tmp_path):
    store = CheckpointStore(tmp_path)
    with pytest.raises(kind, match="step: expected a whole number"):
        store.save({}, step)
    assert store.paths() == []
