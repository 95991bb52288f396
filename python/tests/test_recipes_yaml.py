"""Plain values are read as YAML 1.2 reads them, the same in files and on the command line, and written so that they come
back."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bissl.experiments.recipe import Recipe, load_recipe, save_recipe
from bissl.experiments.recipe.yamlfiles import documents, dumped, value

READ = {
    "010": 10, "0o10": 8, "0x1F": 31, "+3": 3, "-0": 0, "007": 7,
    "1e-3": 0.001, "1E3": 1000.0, ".5": 0.5, "5.": 5.0, "-.5e1": -5.0, "0.1": 0.1, ".inf": math.inf, "-.Inf": -math.inf,
    "true": True, "False": False, "~": None, "null": None, "": None,
    "1:30": "1:30", "1:30.5": "1:30.5", "1_000": "1_000", "0b11": "0b11", "2024-02-29": "2024-02-29", "=": "=",
    "yes": "yes", "no": "no", "on": "on", "Off": "Off", "y": "y", '"010"': "010", "'1e-3'": "1e-3", "!!str 010": "010",
    "!!int 010": 10, "!!float 3": 3.0, "[010, 1:30, yes]": [10, "1:30", "yes"], "{a: 0o17}": {"a": 15},
    "[&a [1], *a]": [[1], [1]],
}  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_values_are_read_as_yaml_1_2_reads_them(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(f"a: {text}\n")
    (in_a_file,) = documents(path)
    for found in (value(text), in_a_file["a"]):
        assert found == READ[text] and type(found) is type(READ[text])


@pytest.mark.parametrize(
    "text, message",
    [
        ("!!int 1:30", "expected int, got '1:30'"),
        ("!!bool yes", "expected bool, got 'yes'"),
        ("!!float 1_0", "expected float, got '1_0'"),
        ("9" * 5000, "Exceeds the limit"),
        ("[" * 5000, "recursion"),
        ("!!timestamp foo", "got one of the kind timestamp; leave its tag out"),
        ("!!binary eA==", "got one of the kind binary"),
        ("&a {widths: *a}", "an alias stands within what it stands for"),
        ("&a [[*a]]", "an alias stands within what it stands for"),
    ],
)
def test_what_is_no_value_is_shown(text, message):
    with pytest.raises(ValueError, match=message):
        value(text)


def test_what_is_written_comes_back(tmp_path):
    texts = [*READ, "<<", "1e5", "0o7", "null", "a: b", "# a", "- a", "\ttab", "ε", "line\nline"]
    values = {"texts": texts, "numbers": [1e-5, 1e300, math.inf, -0.0, 5, 10**20, True, None]}
    assert repr(value(dumped(values))) == repr(values)
    recipe = Recipe(name="1e-3", description="010")
    save_recipe(recipe, tmp_path / "recipe.yaml")
    assert load_recipe(tmp_path / "recipe.yaml") == recipe


@pytest.mark.parametrize(
    "change, message",
    [
        ("pretrain.batch_size=64.7", r"pretrain.batch_size: expected a whole number or null, got a number \(64.7\)"),
        ("pretrain.epochs=1:30", r"pretrain.epochs: expected a whole number, got text \('1:30'\); write a number"),
        ("finetune.lr=1_000", r"finetune.lr: expected a number or null, got text \('1_000'\)"),
        ("finetune.zero_head=yes", r"finetune.zero_head: expected true or false, got text \('yes'\); write true"),
        ("callbacks.tensorboard=off", "write false"),
        ("bissl.lam=" + "9" * 400, "bissl.lam: expected a number, got one of 400 digits"),
        ("bissl.lam=1e999", "bissl.lam: expected a finite number"),
    ],
)
def test_numbers_on_the_command_line_are_told(change, message):
    with pytest.raises((ValueError, TypeError), match=message):
        load_recipe("digits", [change])


def test_numbers_on_the_command_line_are_those_of_files():
    recipe = load_recipe("digits", ["pretrain.epochs=010", "bissl.clip_norm=null", "seeds.runs=[007, 0x10]", "name=on"])
    assert (recipe.pretrain.epochs, recipe.bissl.clip_norm, recipe.seeds.runs, recipe.name) == (10, None, (7, 16), "on")
    assert recipe.bissl.make().clip_norm is None


def test_numbers_of_numpy_are_numbers():
    recipe = Recipe(pretrain={"epochs": np.int64(5), "lr": np.float32(0.5)}, seeds={"runs": (np.int8(3),)})
    assert recipe == Recipe(pretrain={"epochs": 5, "lr": 0.5}, seeds={"runs": (3,)})
    assert type(recipe.pretrain.epochs) is int
