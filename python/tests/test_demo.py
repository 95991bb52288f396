"""The demo: a recipe, its runs and its report, in the quick form."""

import json

import pytest

pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")

from bissl import cli
from bissl.distributed import group
from bissl.experiments import Results, Study
from bissl.experiments.demo import TASKS, demo_recipe, run_demo
from bissl.experiments.recipe import load_recipe

ARMS = ("finetune", "bissl-discarded", "bissl-identity", "bissl")


@pytest.mark.parametrize("task", TASKS)
def test_the_demo_is_a_recipe(task):
    for recipe in (demo_recipe(task), demo_recipe(task, fast=True)):
        assert recipe.pretrain.method == task and tuple(recipe.variants()) == ARMS
        assert (recipe.data.pretext, recipe.data.downstream) == ("glyphs", "digits")
        assert recipe.data.pretext_options["fonts"] == "matplotlib" and recipe.data.redraw_labels
        assert recipe.study.tune and recipe.study.alignment
        assert recipe.search.seed not in recipe.seeds.runs, "rates are chosen in runs that are not measured"
    assert demo_recipe(task) == load_recipe(f"glyphs-digits{TASKS[task]}")


def test_seeds_move_everything_that_is_drawn():
    recipe = demo_recipe(seed=5, seeds=3)
    assert recipe.seeds.pretrain == (5, 6, 7) and recipe.seeds.runs == (6, 7, 8)
    assert recipe.data.seed == recipe.search.seed == 5


@pytest.mark.parametrize("task", TASKS)
def test_the_quick_demo_writes_a_report(tmp_path, capsys, task):
    arguments = ["--quick", "--no-progress", "--seeds", "2", "--task", task, "--out", str(tmp_path / "report")]
    assert cli.main(["demo", *arguments]) == 0
    output = capsys.readouterr().out
    assert "BiSSL, implicit term discarded (B.9.5) + FT" in output and "Not settled: BiSSL + FT against FT" in output
    assert "| linear probe | compared with |" in output.replace("|  |", "|")
    lines = (tmp_path / "report").glob("*/results.jsonl").__next__().read_text().splitlines()
    kinds = [json.loads(line)["key"]["kind"] for line in lines]
    assert kinds.count("evaluate") == kinds.count("alignment") == 8 and kinds.count("trial") == 8
    html = (tmp_path / "report" / "report.html").read_text()
    assert html.count("<figure>") >= 6 and "t-SNE" in html and "paper, Figure 3" in html
    for symbol in ("θ_P", "λ", "A⁻¹ v", "Holm&#x27;s p"):
        assert f"{symbol}" in html, symbol
    assert "http" not in html.replace("http-equiv", "")


def test_an_unknown_task_names_the_nearest(tmp_path, capsys):
    assert cli.main(["demo", "--task", "simclrr", "--out", str(tmp_path)]) == 1
    assert 'did you mean "simclr"' in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_fails_before_work(tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    assert cli.main(["demo", "--quick", "--out", str(tmp_path / "taken")]) == 1
    assert "taken" in (message := capsys.readouterr().err) and "reports cannot be written here" in message


def test_the_same_seed_gives_the_same_result_and_nothing_is_done_twice(tmp_path):
    first, second = (run_demo(tmp_path / name, fast=True, progress=False) for name in ("a", "b"))
    assert str(first) == str(second)
    before = (first.folder / "results.jsonl").read_bytes()
    assert str(run_demo(tmp_path / "a", fast=True, progress=False)) == str(first)
    assert (first.folder / "results.jsonl").read_bytes() == before


def test_of_processes_launched_together_the_first_writes_the_report(tmp_path, monkeypatch):
    class Second(group.ProcessGroup):
        rank = 1

    monkeypatch.setattr(group, "_world", Second())
    monkeypatch.setattr(Study, "run", lambda study: Results(study.recipe, []))
    outcome = run_demo(tmp_path, fast=True, progress=False)
    assert not outcome.report.exists(), "the first does it"


def test_results_are_printed_where_the_report_cannot_be_written(tmp_path, capsys, monkeypatch):
    def refused(study):
        raise ValueError("no report")

    monkeypatch.setattr(Study, "run", lambda study: Results(study.recipe, []))
    monkeypatch.setattr(Study, "report", refused)
    for command in ("run", "evaluate"):
        with pytest.raises(ValueError, match="no report"):
            cli.main([command, "digits-quick", "--out", str(tmp_path / "run"), "--no-progress"])
        assert "| compared with |" in capsys.readouterr().out


def test_commands_refuse_nonsense(capsys):
    for arguments, told in (
        (["demo", "--seeds", "1"], "--seeds: expected at least 2 runs per arm, got 1"),
        (["demo", "--seeds", "x"], "--seeds: expected at least 2 runs per arm, got x"),
        (["demo", "--seed", "-1"], "--seed: expected a whole number of at least 0, got -1"),
        (["demo", "--seed", "1.5"], "--seed: expected a whole number of at least 0, got 1.5"),
        (["dem"], "invalid choice"),
        ([], "required"),
    ):
        with pytest.raises(SystemExit) as stop:
            cli.main(arguments)
        assert stop.value.code == 2
        assert told in capsys.readouterr().err


def test_version_and_configuration(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out.startswith("bissl ")
    assert cli.main(["config"]) == 0
    assert "precision" in capsys.readouterr().out
