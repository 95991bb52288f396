"""The commands that run recipes."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import bissl
from bissl import cli
from bissl.errors import DataError
from bissl.experiments import APPROACHES
from bissl.experiments.recipe import load_recipe, recipe_names

pytest.importorskip("sklearn")

QUICK = ["digits-quick", "seeds.runs=[1]", "finetune.epochs=1", "warmup.epochs=1", "bissl.alternations=1"]


@pytest.fixture
def without_matplotlib(monkeypatch):
    """Reports are tables then."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)


def call(*arguments: object) -> int:
    return cli.main([*map(str, arguments), "--no-progress"])


def test_a_run_leaves_a_folder_with_everything(tmp_path, capsys):
    folder = tmp_path / "run"
    assert call("run", *QUICK, "bissl.lam=0.5", "--out", folder) == 0
    printed = capsys.readouterr().out
    assert "BiSSL + FT" in printed and str(folder) in printed
    recipe = load_recipe(folder)
    assert recipe.bissl.lam == 0.5 and recipe.finetune.epochs == 1
    (pretrained,) = (folder / "pretrained").iterdir()
    run = folder / "runs" / "bissl" / "pretrain-0-seed-1"
    for stage in (pretrained, run / "warmup", run / "bissl", run / "finetune"):
        records = [json.loads(line) for line in (stage / "metrics.jsonl").read_text().splitlines()]
        rows = list(csv.DictReader((stage / "metrics.csv").open()))
        assert len(records) == len(rows) == 1
    assert bissl.weights.load(run / "prepared.safetensors") and bissl.weights.load(run / "finetuned.safetensors")
    (row,) = csv.DictReader((folder / "runs.csv").open())
    assert float(row["top1"]) == pytest.approx(100 * int(row["correct"]) / int(row["images"]))
    assert "BiSSL + FT" in (folder / "table.md").read_text()
    page = (folder / "report.html").read_text()
    assert page.count("<svg") == 0 and page.count("data:image/svg+xml") >= 4 and "lam: 0.5" in page

    assert call("resume", folder) == 0
    assert capsys.readouterr().out == printed


def test_single_stages_build_on_each_other(tmp_path, capsys, without_matplotlib):
    folder = tmp_path / "run"
    run = folder / "runs" / "bissl" / "pretrain-0-seed-1"
    assert call("pretrain", *QUICK, "--out", folder) == 0
    assert list(folder.glob("pretrained/*/pretext.safetensors")) and not run.exists()
    assert call("warmup", folder) == 0
    assert (run / "warmup/metrics.csv").exists() and not (run / "bissl").exists()
    assert call("bissl", folder) == 0
    assert (run / "prepared.safetensors").exists() and not (run / "finetune").exists()
    assert call("finetune", folder) == 0
    assert (run / "finetuned.safetensors").exists() and not (folder / "table.md").exists()
    capsys.readouterr()
    assert call("evaluate", folder) == 0
    assert "BiSSL + FT" in capsys.readouterr().out
    stages = (folder / "runs.csv").read_text()

    assert call("run", *QUICK, "--out", tmp_path / "whole") == 0
    assert (tmp_path / "whole" / "runs.csv").read_text() == stages
    assert not (folder / "report.html").exists() and (folder / "table.md").exists()


def test_compare_runs_all_approaches(tmp_path, capsys, without_matplotlib):
    assert call("compare", *QUICK, "bissl.alternations=2", "--out", tmp_path / "run") == 0
    printed = capsys.readouterr().out
    for approach in APPROACHES.values():
        assert f"| {approach.label} |" in printed
    rows = list(csv.DictReader((tmp_path / "run" / "runs.csv").open()))
    assert [row["variant"] for row in rows] == list(APPROACHES)
    models = {
        name: (tmp_path / f"run/runs/{name}/pretrain-0-seed-1/prepared.safetensors").read_bytes() for name in APPROACHES
    }
    same = [name for name in APPROACHES if models[name] == models["finetune"]]
    assert same == ["linear-probe", "finetune", "zero-head"], "the others change the backbone"
    assert len(set(models.values())) == len(APPROACHES) - len(same) + 1


def test_search_prints_the_best_pair(tmp_path, capsys):
    arguments = ("search", *QUICK, "approach=finetune", "--out", tmp_path / "run")
    assert call(*arguments) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("finetune: {lr: ") and "best of 2 trials" in printed
    assert call(*arguments) == 0
    assert capsys.readouterr().out == printed


def test_values_may_stand_before_and_behind_options(tmp_path):
    folder = tmp_path / "run"
    assert (
        cli.main(["pretrain", "digits-quick", "bissl.lam=0.5", "--no-progress", f"--out={folder}", "seeds.runs=[7]"])
        == 0
    )
    recipe = load_recipe(folder)
    assert (recipe.bissl.lam, recipe.seeds.runs) == (0.5, (7,))


@pytest.mark.parametrize("arguments", [["run", "digits", "--ouput=x"], ["config", "bissl.lam=1"]])
def test_unknown_arguments_are_refused(arguments, capsys):
    with pytest.raises(SystemExit):
        cli.main(arguments)
    assert f"unrecognized arguments: {arguments[-1]}" in capsys.readouterr().err


def test_recipes_and_options_are_listed(capsys):
    assert cli.main(["recipes"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in recipe_names())
    assert cli.main(["recipes", "simclr/pets"]) == 0
    assert "upper_lr: 0.03" in capsys.readouterr().out
    assert cli.main(["options", "bissl"]) == 0
    explained = capsys.readouterr().out
    assert "λ, the weight of" in explained and "lower_steps" in explained
    assert cli.main(["options"]) == 0


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["run", "digit"], 'did you mean "digits"'),
        (["run", "none.yaml"], "none.yaml: no such recipe file"),
        (["run", "digits", "bissl.lamb=1"], 'did you mean "lam"'),
        (["run", "digits", "bissl.lam"], "expected section.key=value"),
        (["run", "simclr/pets"], "data.downstream_root: pets lies in files"),
        (["resume", "nothing"], "nothing: holds no run"),
        (["compare", "digits", "--processes", "0"], "processes: expected a whole number of at least 1"),
        (["options", "pretrian"], 'did you mean "pretrain"'),
        (["run", "digits-quick", "bissl.lower_optimizer={kind: sgd, lr: 1, groups: [{match: 5}]}"], "got 5"),
        (["run", "digits-quick", "pretrain.backbone=&a {widths: *a}"], "an alias stands within what it stands for"),
        (["data", "check", "cifar10", "/tmp", "--option", "name=1"], 'got "name"'),
    ],
)
def test_wrong_calls_are_one_line(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == 1
    printed = capsys.readouterr().err
    assert message in printed and printed.strip().count("\n") == 0 and printed.startswith("bissl: ")


@pytest.mark.parametrize("arguments", [["recipes"], ["recipes", "digits"], ["options"], ["config"]])
def test_a_reader_that_goes_away_is_no_error(arguments):
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-m", "bissl", *arguments], stdout=writing, stderr=subprocess.PIPE, text=True
    )
    os.close(writing)
    assert (ended.stderr, ended.returncode) == ("", 1)


@pytest.mark.parametrize("arguments", [["config"], ["--version"], ["--help"]])
def test_output_that_cannot_be_written_is_one_line(arguments):
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "bissl", *arguments], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert ended.stderr.startswith("bissl: ") and ended.stderr.endswith("No space left on device\n"), ended.stderr
    assert ended.stderr.count("\n") == 1 and ended.returncode == 1


def test_notes_on_an_error_are_printed(monkeypatch, capsys):
    def broken():
        error = DataError("batches: not finite")
        error.add_note("State and batches of this step are in nonfinite")
        raise error

    monkeypatch.setattr(cli, "show_config", broken)
    assert cli.main(["config"]) == 1
    told = "bissl: batches: not finite\nState and batches of this step are in nonfinite\n"
    assert capsys.readouterr().err == told


def test_what_the_terminal_cannot_show_is_escaped(tmp_path):
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/run-\xff")
    changes = ["approach=random-initialization", "seeds.runs=[1, 2]", "finetune.epochs=1", "data.labels_per_class=2"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    for command in (["run", "digits-quick", *changes, "--out", folder, "--no-progress"], ["report", folder]):
        ended = subprocess.run(
            [sys.executable, "-m", "bissl", *command], capture_output=True, text=True, env=environment, encoding="ascii"
        )
        assert ended.returncode == 0, ended.stderr
        assert "\\xb1" in ended.stdout and "run-\\udcff" in ended.stdout
    assert "±" in (Path(folder) / "table.md").read_text(encoding="utf-8")


def test_a_report_is_written_before_it_is_printed(tmp_path, monkeypatch, without_matplotlib):
    monkeypatch.setattr("builtins.print", lambda *_, **__: (_ for _ in ()).throw(BrokenPipeError))
    with pytest.raises(BrokenPipeError):
        cli._ended(cli._parsed(["evaluate", *QUICK, "approach=finetune", f"--out={tmp_path / 'one'}", "--no-progress"]))
    with pytest.raises(BrokenPipeError):
        cli._ended(cli._parsed(["run", *QUICK, "approach=finetune", f"--out={tmp_path / 'two'}", "--no-progress"]))
    assert (tmp_path / "one" / "table.md").is_file() and (tmp_path / "two" / "table.md").is_file()
