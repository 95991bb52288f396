"""Recipes that a launcher runs in several processes."""

from __future__ import annotations

import json
import subprocess

from launched import command, environment, hard, needs_mpi

pytestmark = needs_mpi
ARGUMENTS = ["digits-quick", "seeds.runs=[1]", "finetune.epochs=1", "warmup.epochs=1", "bissl.alternations=1"]


def bissl(processes: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    program = command(processes, "-m", "bissl", *arguments)
    return subprocess.run(program, env=environment(), capture_output=True, text=True, timeout=300)


def test_a_recipe_is_run_by_two_and_written_by_the_first(tmp_path):
    out = tmp_path / "run"
    done = bissl(2, "run", *ARGUMENTS, "--out", out, "--no-progress")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Report:") == 1
    kinds = [json.loads(line)["key"]["kind"] for line in (out / "results.jsonl").read_text().splitlines()]
    assert kinds == ["pretrain", "prepare", "finetune", "evaluate"]
    assert (out / "table.md").is_file()
    again = bissl(3, "resume", out, "--no-progress")
    assert again.returncode == 0, again.stderr
    assert len((out / "results.jsonl").read_text().splitlines()) == len(kinds)


def test_what_is_wrong_with_a_recipe_is_said_once(tmp_path):
    done = bissl(2, "run", "digits-quick", "bissl.lamb=1", "--out", tmp_path / "run")
    assert done.returncode != 0
    assert len([line for line in done.stderr.splitlines() if line.startswith("bissl:") and "lamb" in line]) == 1


def test_commands_for_one_process(tmp_path):
    done = bissl(2, "config")
    assert done.returncode != 0 and "config is for one process" in done.stderr


@hard
def test_a_comparison_is_spread_over_ranks(tmp_path):
    done = bissl(
        2, "compare", *ARGUMENTS, 'study.approaches=["ft","bissl"]', "--out", tmp_path / "run", "--no-progress"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Report:") == 1
