"""The study on whether BiSSL helps: its journals, and the tables that the documentation has of them."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

from bissl.experiments import Family, Journal
from bissl.experiments.recipe import load_recipe

matplotlib = pytest.importorskip("matplotlib")
ROOT = Path(__file__).parents[2]
JOURNALS = sorted((ROOT / "docs/evidence").glob("*/results.jsonl.gz"))


@pytest.fixture(scope="module")
def study():
    spec = importlib.util.spec_from_file_location("study", ROOT / "docs/study.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def family(study):
    return Family(study.results_of(study.SHIFTS))


def records(path: Path) -> list[dict]:
    return list(Journal(path.with_suffix("")))


def test_the_tables_are_those_of_the_journals(study, family):
    assert set(family.studies) == set(study.SHIFTS)
    for name, text in study.tables(family).items():
        assert (study.JOURNALS / name).read_text() == text, f"{name}: make it anew with `python docs/study.py`"


def test_the_figures_are_made_of_the_journals(study, family, tmp_path):
    drawn = dict(study.figures(family))
    assert set(study.QUESTIONS) | {"probe", "seconds", "cosine"} == set(drawn)
    page = (ROOT / "docs/evidence.md").read_text()
    shown = set(re.findall(r"_static/evidence-([\w-]+)\.svg", page))
    assert set(drawn) <= shown
    for name in shown:
        assert (ROOT / f"docs/_static/evidence-{name}.svg").is_file()


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.parent.name)
def test_every_piece_says_what_its_bits_depend_on(path):
    found = records(path)
    assert len(found) > 100
    for record in found:
        assert {"bissl", "precision", "engine", "simd", "blas_core"} <= set(record["made_with"])
        assert (
            record["seconds"] >= 0
            and record["depends_on"]
            and not record["meanings"].keys() - {"decoding", "labels", "draws", "statistics"}
        )
    assert "/root" not in path.with_name("recipe.yaml").read_text() and len(
        {json.dumps(r["key"], sort_keys=True) for r in found}
    ) == len(found)


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.parent.name)
def test_a_study_was_run_as_its_recipe_says(path):
    name = f"evidence/{path.parent.name}"
    run, shipped = load_recipe(path.parent), load_recipe(name)
    assert {**run.as_dict(), "seeds": None} == {**shipped.as_dict(), "seeds": None}
    assert (
        run.seeds.pretrain == shipped.seeds.pretrain[: len(run.seeds.pretrain)] and run.seeds.runs == shipped.seeds.runs
    )
    measured = [record for record in records(path) if record["key"]["kind"] == "evaluate"]
    backbones, runs, rows = len(run.seeds.pretrain), len(run.seeds.runs), len(run.variants())
    without_backbone = sum(one.approach == "random-initialization" for one in run.variants().values())
    assert len(measured) == (rows - without_backbone) * backbones * runs + without_backbone * runs


def test_a_cell_that_is_run_again_is_compared(study, tmp_path, capsys):
    name = JOURNALS[0].parent.name
    some = records(JOURNALS[0])[-3:]
    (tmp_path / "results.jsonl").write_text("".join(json.dumps(one | {"seconds": 1.0}) + "\n" for one in some))
    assert study.same(name, tmp_path)
    assert "3 pieces are in both journals, of which 0 have other results" in capsys.readouterr().out
    some[0]["test"] = {"top1": 2.0}
    (tmp_path / "results.jsonl").write_text("".join(json.dumps(one) + "\n" for one in some))
    assert not study.same(name, tmp_path)
    (tmp_path / "results.jsonl").write_text("")
    assert not study.same(name, tmp_path)
