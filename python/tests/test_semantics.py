"""What was written when numbers meant something else is refused in words, or made anew."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from checkpoint_runs import RESNET, data

import bissl
from bissl import semantics
from bissl.data import ArrayDataset, cached

IMAGES, _ = data()


@pytest.fixture
def before():
    """The meanings as they were before anything changed, until it is called."""
    patch = pytest.MonkeyPatch()
    patch.setattr(semantics, "CHANGES", dict.fromkeys(semantics.CHANGES, ()))
    yield patch.undo
    patch.undo()


def test_a_change_is_one_line_in_one_place(monkeypatch):
    assert semantics.changes_since(semantics.versions()) == []
    assert [change.partition(":")[0] for change in semantics.changes_since(None)] == list(semantics.CHANGES)
    monkeypatch.setattr(semantics, "CHANGES", {"draws": ("one thing", "another")})
    assert semantics.changes_since({"draws": 1}) == ["draws: since then one thing; another"]
    assert semantics.changes_since({"draws": 2}) == ["draws: since then another"]
    assert semantics.changes_since({"draws": 9}) == ["draws of version 9, which this version of bissl does not know"]


def pretrain(folder):
    options = {"epochs": 1, "batch_size": 10, "lr": 0.02, "method_options": {"projector": (8, 4)}, "backbone": RESNET}
    return bissl.Pretrain("simclr", augmentation="small", progress=False, **options).fit(IMAGES, checkpoint=folder)


def test_an_old_checkpoint_is_refused_with_the_reason(tmp_path, before):
    pretrain(tmp_path)
    before()
    text = "was written when numbers meant something else .*draws: since then .*go on with version [0-9.]+ of bissl"
    with pytest.raises(ValueError, match=text):
        pretrain(tmp_path)


def test_an_old_cache_is_made_anew(tmp_path, before, caplog):
    images = ArrayDataset(np.zeros((3, 8, 8, 3), np.uint8))
    cached(images, tmp_path / "cache", 8, progress=False)
    before()
    with caplog.at_level(logging.WARNING, "bissl"):
        cached(images, tmp_path / "cache", 8, progress=False)
        assert "made anew: its images were decoded in another way (decoding: since then transparency" in caplog.text
        caplog.clear()
        cached(images, tmp_path / "cache", 8, progress=False)
    assert caplog.text == ""


def test_old_results_are_refused_with_the_reason(tmp_path, before):
    pytest.importorskip("sklearn")
    from bissl.experiments import Study
    from bissl.experiments.recipe import load_recipe

    recipe = load_recipe("digits-quick", {"approach": "finetune", "seeds.runs": [1]})
    Study(recipe, tmp_path / "run", progress=False).pretrain()
    before()
    with pytest.raises(
        ValueError, match=r"results.jsonl was written when numbers meant something else .*decoding: since"
    ):
        Study(recipe, tmp_path / "run", progress=False)
