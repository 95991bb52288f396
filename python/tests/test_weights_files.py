"""Weights in files: what PyTorch wrote is read to the bit, what is saved is read again, and what is wrong is told."""

from __future__ import annotations

import errno
import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

import bissl
from bissl import weights

FILES = Path(__file__).parent / "weights"


def assert_same(given: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    """The same names, types, shapes and bits, NaN included."""
    assert set(given) == set(expected)
    for name, array in expected.items():
        assert given[name].dtype == array.dtype and given[name].shape == array.shape, name
        assert given[name].tobytes() == array.tobytes(), name


def expected(name: str) -> dict[str, np.ndarray]:
    with np.load(FILES / f"{name}.npz") as file:
        return {key: file[key] for key in file.files}


# --- PyTorch's files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "arrays"),
    [
        ("resnet", "resnet"), ("vicreg", "vicreg"), ("mae", "mae"), ("attributes", "attributes"),
        *((f"numbers_protocol{protocol}", "numbers") for protocol in (2, 3, 4, 5)),
    ],
)  # fmt: skip
def test_what_pytorch_wrote_is_read_to_the_bit(file, arrays):
    assert_same(weights.load(FILES / f"{file}.pth"), expected(arrays))


def test_arrays_are_writable_and_their_own():
    arrays = weights.load(FILES / "numbers_protocol2.pth")
    before = arrays["shared.last"].copy()
    for name, array in arrays.items():
        assert array.flags.writeable and array.flags.c_contiguous and array.dtype.isnative, name
    arrays["float32"][:] = 0
    assert np.array_equal(arrays["shared.last"], before)


def test_names_keep_their_order():
    assert list(weights.load(FILES / "resnet.pth"))[:2] == ["conv1.weight", "bn1.weight"]


def test_an_entry_can_be_named():
    state = weights.load(FILES / "vicreg.pth", key="model")
    assert_same(state, expected("vicreg"))
    with pytest.raises(
        ValueError, match=r'vicreg.pth: key: there is no entry "teacher"; there are epoch \(int\), model'
    ):
        weights.load(FILES / "vicreg.pth", key="teacher")
    with pytest.raises(ValueError, match="it holds no weights: .*found an object of argparse.Namespace"):
        weights.load(FILES / "vicreg.pth", key="args")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("legacy.pth", "PyTorch before 1.6: .*save it again with torch.save"),
        ("torchscript.pt", "TorchScript archive, a program: .*state_dict"),
        ("whole_network.pth", r"object of torch.nn.modules.linear.Linear .*save its state_dict\(\) instead"),
        ("sparse.pth", "'weight' is no ordinary tensor .sparse_tensor.: .*dense"),
        ("no such.pth", "there is no such file"),
        ("make_files.py", "begins with .*expected safetensors, a PyTorch file"),
        (".", "directory"),
    ],
)
def test_files_that_cannot_be_read_name_the_way_out(file, message):
    kind = FileNotFoundError if file == "no such.pth" else ValueError
    with pytest.raises(kind, match=message) as caught:
        weights.load(FILES / file)
    assert isinstance(caught.value, bissl.errors.BisslError)
    assert str(caught.value).startswith(str(FILES / file))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (pickle.dumps({"a": 1}), "plain pickle, which can execute anything"),
        (b"\0" * 257 + b"ustar\0" + b"\0" * 300, "tar archive"),
        (b"PK\x05\x06" + bytes(18), "expected"),
    ],
)
def test_other_formats(tmp_path, content, message):
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    if content.startswith(b"PK"):
        assert weights.load(path) == {}, "an empty .npz"
        return
    with pytest.raises(bissl.errors.DataError, match=message):
        weights.load(path)


# --- the other formats ------------------------------------------------------------------------------------------------


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    values = np.random.default_rng(0).standard_normal((3, 4))
    dtypes = ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool")
    return {dtype: values.astype(dtype) for dtype in dtypes} | {"scalar": np.array(3), "empty": np.empty((2, 0))}


def test_save_and_load(tmp_path, arrays):
    path = tmp_path / "a.safetensors"
    weights.save(path, arrays, metadata={"epochs": "100"})
    assert_same(weights.load(path), arrays)
    with safetensors.safe_open(path, "np") as file:
        assert file.metadata() == {"epochs": "100"}
    assert os.listdir(tmp_path) == ["a.safetensors"]


def test_any_memory_layout_is_saved(tmp_path, arrays):
    path = tmp_path / "a.safetensors"
    values = arrays["float32"]
    read_only = values.copy()
    read_only.flags.writeable = False
    given = {"t": values.T, "s": values[::-2, 1:], "big": values.astype(">f4"), "fixed": read_only, "list": [1.5, 2.0]}
    weights.save(path, given)
    assert_same(weights.load(path), {name: np.array(value, np.asarray(value).dtype.newbyteorder("=")) for name, value in given.items()})  # fmt: skip


def test_the_suffix_does_not_matter_for_reading(tmp_path, arrays):
    weights.save(tmp_path / "a.safetensors", arrays)
    (tmp_path / "a.safetensors").rename(tmp_path / "a.pth")
    assert_same(weights.load(str(tmp_path / "a.pth")), arrays)


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_npz(tmp_path, arrays, write):
    write(tmp_path / "a.npz", **arrays, transposed=arrays["float32"].T)
    assert_same(weights.load(tmp_path / "a.npz"), arrays | {"transposed": arrays["float32"].T.copy()})


def test_bfloat16_of_safetensors_becomes_float32(tmp_path):
    """1, -2.5, infinity and a NaN with a payload, by their upper halves."""
    bits = np.array([0x3F80, 0xC020, 0x7F80, 0x7FC1], "<u2")
    header = b'{"a":{"dtype":"BF16","shape":[2,2],"data_offsets":[0,8]}}'
    (tmp_path / "a").write_bytes(len(header).to_bytes(8, "little") + header + bits.tobytes())
    read = weights.load(tmp_path / "a")["a"]
    assert read.dtype == np.float32 and read.shape == (2, 2)
    assert np.array_equal(read.ravel().view(np.uint32) >> 16, bits)


@pytest.mark.parametrize(
    ("path", "given", "options", "kind", "message"),
    [
        ("a.pth", {}, {}, ValueError, r'ends in ".safetensors", got "a.pth"'),
        ("none/a.safetensors", {}, {}, FileNotFoundError, "no such folder to write a.safetensors"),
        ("a.safetensors", [1], {}, TypeError, "arrays: expected a mapping of names to arrays, got list"),
        ("a.safetensors", {1: [1]}, {}, TypeError, "arrays: expected names as text, got int"),
        ("a.safetensors", {"a": ["x"]}, {}, TypeError, "arrays: a has dtype <U1, expected real numbers"),
        ("a.safetensors", {"a": [1j]}, {}, TypeError, "arrays: a has dtype complex128"),
        ("a.safetensors", {"a": np.zeros(2, np.longdouble)}, {}, TypeError, r"longdouble|float128.*astype"),
        ("a.safetensors", {"__metadata__": [1]}, {}, ValueError, "belongs to the format"),
        (
            "a.safetensors",
            {},
            {"metadata": {"bissl.lora_alpha": "x"}},
            ValueError,
            'expected other names than "bissl.lora',
        ),
        ("a.safetensors", {}, {"metadata": {"a": 1}}, TypeError, "metadata: expected a mapping of text to text"),
    ],
)
def test_what_cannot_be_saved(tmp_path, path, given, options, kind, message):
    with pytest.raises(kind, match=message) as caught:
        weights.save(tmp_path / path, given, **options)
    assert isinstance(caught.value, bissl.errors.BisslError)
    assert os.listdir(tmp_path) == []


def test_a_failed_save_leaves_the_old_file(tmp_path, arrays, monkeypatch):
    path = tmp_path / "a.safetensors"
    weights.save(path, arrays)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        weights.save(path, {"other": np.zeros(3)})
    assert os.listdir(tmp_path) == ["a.safetensors"]
    assert_same(weights.load(path), arrays)


# --- where the weights are --------------------------------------------------------------------------------------------


@pytest.fixture
def checkpoint(tmp_path):
    """Writes a checkpoint in which ``W`` and ``V`` stand for dicts with one tensor each, 1 and 2."""

    def write(tree: object) -> Path:
        path = tmp_path / "checkpoint.pth"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("checkpoint/data.pkl", _Checkpoint.dumps(tree))
            for key, value in (("0", 1), ("1", 2)):
                archive.writestr(f"checkpoint/data/{key}", np.float32(value).tobytes())
        return path

    return write


class _Storage:
    """Pickles as a tensor of one number in the storage with this key."""

    def __init__(self, key: str) -> None:
        self.key = key


class _Checkpoint(pickle._Pickler):
    """Writes `_Storage` as PyTorch does, by hand: ``torch`` need not be there."""

    @classmethod
    def dumps(cls, tree: object) -> bytes:
        file = io.BytesIO()
        cls(file, 2).dump(tree)
        return file.getvalue()

    def save(self, value: object, save_persistent_id: bool = True) -> None:
        if not isinstance(value, _Storage):
            return super().save(value, save_persistent_id)
        self.write(b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n")
        self.write(b"X\x01\0\0\0" + value.key.encode() + b"X\x03\0\0\0cpuK\x01tQK\0))\x89NtR")


W, V, N = {"w": _Storage("0")}, {"w": _Storage("1")}, {"lr": 0.1}


@pytest.mark.parametrize(
    "tree",
    [
        W,
        {"state_dict": W, "epoch": 3},
        {"model": {"state_dict": W}, "optimizer": V, "loss": _Storage("1")},
        {"student": V, "teacher": W, "dino_loss": V, "fp16_scaler": N},
        {"model_ema": V, "model": W},
        {"model_ema": W, "optimizer": {"state": {0: V}}},
        {"backbone": W, "head": V},
        {"mine": W, "optimizer": V, "lr_scheduler": N, "config": N},
        {"state_dict": N, "model": W},
    ],
)
def test_the_weights_of_a_checkpoint(checkpoint, tree):
    assert_same(weights.load(checkpoint(tree)), {"w": np.ones((), np.float32)})


def test_several_sets_of_weights(checkpoint):
    path = checkpoint({"first": W, "second": V, "optimizer": V})
    with pytest.raises(bissl.errors.DataError, match=r'several sets of weights: name one with key="…": first, second'):
        weights.load(path)
    assert weights.load(path, key="second")["w"] == 2
    assert weights.load(checkpoint({"nets": {"first": W, "second": V}}), key=["nets", "second"])["w"] == 2


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({}, "an empty dict"),
        (N, r"lr \(float\)"),
        ({1: N}, "a dict without names"),
        ([W], "a value of type list"),
        (3, "a value of type int"),
    ],
)
def test_no_weights(checkpoint, tree, message):
    with pytest.raises(bissl.errors.DataError, match=f"it holds no weights: .*found .*{message}"):
        weights.load(checkpoint(tree))


def test_key_belongs_to_pytorchs_files(tmp_path):
    weights.save(tmp_path / "a.safetensors", {"a": np.zeros(1)})
    np.savez(tmp_path / "a.npz", a=np.zeros(1))
    for name in ("a.safetensors", "a.npz"):
        with pytest.raises(bissl.errors.DataError, match="key: only PyTorch's files have entries"):
            weights.load(tmp_path / name, key="a")
