"""Every example in the documentation of public names runs, and shows what it says."""

from __future__ import annotations

import doctest
import os
import warnings
from pathlib import Path
from typing import Any

import dataset_files
import numpy as np
import pytest
from documented import is_documented_by_docstring, methods, names

import bissl

pytest.importorskip("matplotlib").use("Agg")
pytest.importorskip("sklearn")

WRITTEN = (
    "cifar10", "cifar100", "stl10", "food101", "cub200", "sun397", "cars", "aircraft", "dtd", "pets", "caltech101",
    "flowers102", "voc", "cityscapes", "mnist", "emnist",
    "icons", "clipart", "stamps", "emoji",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where examples are run: ``data`` has small data sets in the layouts of the published ones."""
    root = tmp_path_factory.mktemp("examples")
    data = root / "data"
    for name in WRITTEN:
        getattr(dataset_files, f"write_{name}")(data)
    dataset_files.write_imagenet(data / "imagenet")
    for name in ("kmnist", "fashion-mnist"):
        dataset_files.write_mnist(data, name)
    dataset_files.write_class_folders(data / "folders", {"crow": 10, "owl": 10})
    return root


def documented() -> dict[str, Any]:
    """What has a docstring with examples, by name."""
    found = {}
    for name, value in names():
        if is_documented_by_docstring(value):
            found[name] = value
            if isinstance(value, type):
                found |= {f"{name}.{method}": each for method, each in methods(value)}
    return {name: value for name, value in found.items() if ">>> " in (value.__doc__ or "")}


@pytest.mark.parametrize("name, value", [pytest.param(*item, id=item[0]) for item in documented().items()])
def test_examples(name: str, value: Any, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    test = doctest.DocTestParser().get_doctest(value.__doc__, {"bissl": bissl, "np": np}, name, None, None)
    told: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "BiSSL:")  # hardly trained networks: solves diverge, and say so
        warnings.filterwarnings("ignore", module="(?!bissl)")
        result = doctest.DocTestRunner(optionflags=flags, verbose=False).run(test, out=told.append)
    assert not result.failed, "".join(told)
    assert os.getcwd() == str(folder)
