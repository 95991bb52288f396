"""What stands where a path is expected, wherever the package takes one: None, a number, which `open` takes for a file that is
open already, and empty text."""

from __future__ import annotations

import io

import numpy as np
import pytest

import bissl
from bissl import callbacks, data, durable, experiments, weights
from bissl.checkpoints import Checkpoint, CheckpointStore
from bissl.data.fonts import usable_faces
from bissl.errors import InvalidArgument, WrongType, checked_path
from bissl.experiments import demo
from bissl.experiments.recipe import load_recipe, save_recipe

NET = bissl.ResNet(layers=(1,), widths=(4,), stem="small")
VIT = bissl.VisionTransformer(image_size=8, patch_size=4, width=8, depth=1, heads=2)
IMAGES = np.zeros((4, 8, 8, 3), np.uint8)
TABLE = bissl.tables.Table.of({"FT": {"pets": [0.8, 0.82, 0.81]}, "BiSSL": {"pets": [0.9, 0.91, 0.92]}}, "FT")

TAKE_PATHS = {
    "CSV": ("path", callbacks.CSV),
    "JSONLines": ("path", callbacks.JSONLines),
    "Plots": ("path", callbacks.Plots),
    "TensorBoard": ("folder", callbacks.TensorBoard),
    "weights.load": ("path", weights.load),
    "weights.save": ("path", lambda path: weights.save(path, {})),
    "save_weights": ("path", NET.save_weights),
    "to_onnx": ("path", NET.to_onnx),
    "save_adapters": ("folder", lambda path: bissl.save_adapters(bissl.LoRA(VIT), path)),
    "load_adapters": ("folder", lambda path: bissl.load_adapters(VIT, path)),
    "Checkpoint.read": ("path", Checkpoint.read),
    "CheckpointStore": ("folder", CheckpointStore),
    "load_recipe": ("source", load_recipe),
    "save_recipe": ("path", lambda path: save_recipe(load_recipe("digits"), path)),
    "open_study": ("folder", experiments.open_study),
    "Release": ("path", experiments.Release),
    "run_demo": ("out", lambda path: demo.run_demo(path, task="simclr")),
    "cached": ("path", lambda path: data.cached(data.ArrayDataset(IMAGES), path, 8)),
    "write_scenes": ("folder", data.write_scenes),
    "ImageFolder": ("root", data.ImageFolder),
    "splits_in": ("root", data.ImageFolder.splits_in),
    "ImageFiles": (r"paths\[0\]", lambda path: data.ImageFiles([path])),
    "fonts": ("fonts", lambda path: usable_faces("a", [path])),
    "Table.save": ("path", TABLE.save),
    "append": ("path", lambda path: durable.append(path, b"")),
    "exclusive": ("path", lambda path: durable.exclusive(path, "busy").__enter__()),
    "flush": ("folder", lambda path: durable.flush(io.BytesIO(), path)),
    "flush_names": ("folder", durable.flush_names),
    "in_turn": ("path", lambda path: durable.in_turn(path, "busy").__enter__()),
    "rename from": ("source", lambda path: durable.rename(path, "b")),
    "rename to": ("target", lambda path: durable.rename("a", path)),
    "require_space": ("folder", lambda path: durable.require_space(path, 1, "example")),
    "require_writable": ("folder", lambda path: durable.require_writable(path, "example")),
    "reserve": ("folder", lambda path: durable.reserve(io.BytesIO(), 1, path)),
    "write_atomically": ("path", lambda path: durable.write_atomically(path, b"")),
    "writing": ("folder", lambda path: durable.writing(path, "example").__enter__()),
}
#: None means something to these.
OPTIONAL = {
    "Study": ("folder", lambda path: experiments.Study(load_recipe("digits"), path)),
    "Journal": ("path", experiments.Journal),
    "CIFAR10": ("root", data.CIFAR10),
    "inspect_dataset": ("root", lambda path: data.inspect_dataset("pets", path)),
    "fit": ("checkpoint", lambda path: bissl.Pretrain().fit(IMAGES, checkpoint=path)),
}


@pytest.mark.parametrize("given", [None, 0, 3, True, 2.5, b"name", ""])
@pytest.mark.parametrize("name", [*TAKE_PATHS, *OPTIONAL])
def test_what_is_no_path(name, given, tmp_path, monkeypatch):
    if given is None and name in OPTIONAL:
        pytest.skip("it is none")
    pytest.importorskip("tensorboardX" if name == "TensorBoard" else "matplotlib")
    monkeypatch.chdir(tmp_path)
    argument, call = (TAKE_PATHS | OPTIONAL)[name]
    error = InvalidArgument if given == "" else WrongType
    with pytest.raises(error, match=rf"^{argument}: expected .*(, got {type(given).__name__};|got empty text)"):
        call(given)
    assert not any(tmp_path.iterdir())


def test_what_is_durable_is_named_by_text_too(tmp_path):
    folder = str(tmp_path / "made")
    durable.require_writable(folder, "example")
    with durable.writing(folder, "example"), durable.exclusive(f"{folder}/lock", "busy"):
        durable.write_atomically(f"{folder}/whole", b"1")
        durable.append(f"{folder}/whole", b"2")
        durable.rename(f"{folder}/whole", f"{folder}/renamed")
    with open(f"{folder}/renamed", "r+b") as file, durable.in_turn(f"{folder}/lock", "busy"):
        durable.reserve(file, 3, folder)
        durable.flush(file, folder)
    durable.require_space(folder, 1, "example")
    assert (tmp_path / "made" / "renamed").read_bytes() == b"12\0"


@pytest.mark.parametrize(("images", "labels", "name"), [("", None, "images"), (IMAGES, "", "labels")])
def test_empty_text_is_no_array(images, labels, name):
    with pytest.raises(
        InvalidArgument, match=f"^{name}: expected an array, or the path of a .npy file, got empty text"
    ):
        data.ArrayDataset(images, labels)


def test_paths_are_text_and_path_like(tmp_path):
    class Bytes:
        def __fspath__(self):
            return b"name"

    assert checked_path("path", "a") == "a" and checked_path("path", tmp_path) == str(tmp_path)
    with pytest.raises(WrongType, match="path: expected a file, got Bytes; give it as text or pathlib.Path"):
        checked_path("path", Bytes(), "a file")
    with pytest.raises(WrongType, match="paths: expected several paths, got NoneType"):
        data.ImageFiles(None)
