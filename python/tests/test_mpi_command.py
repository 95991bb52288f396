"""Recipes that a launcher runs in several processes."""

from __future__ import annotations

import json
import subprocess

import numpy as np
from launched import command, environment, hard, needs_mpi
from PIL import Image

pytestmark = needs_mpi
ARGUMENTS = ["digits-quick", "seeds.runs=[1]", "finetune.epochs=1", "warmup.epochs=1", "bissl.alternations=1"]


def bissl(processes: int, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    program = command(processes, "-m", "bissl", *arguments)
    return subprocess.run(program, env=environment(**variables), capture_output=True, text=True, timeout=300)


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


def test_two_share_the_decoded_images_of_a_folder(tmp_path):
    draw = np.random.default_rng(0)
    for place in (f"{part}/{name}/{number}.png" for part in ("train", "test") for name in "ab" for number in range(20)):
        path = tmp_path / "images" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw.integers(0, 255, (24, 24, 3), np.uint8)).save(path)
    given = {"downstream": "folder", "downstream_root": tmp_path / "images", "labels_per_class": "null", "kept_side": 8}
    data = [f"data.{name}={value}" for name, value in given.items()]
    changes = [*ARGUMENTS, *data, "approach=finetune", "--out", tmp_path / "run", "--no-progress"]
    done = bissl(2, "run", *changes, XDG_CACHE_HOME=f"{tmp_path}/caches")
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "caches").glob("bissl/*/images.npy"))) == 3, "training, validation and test images"


@hard
def test_a_comparison_is_spread_over_ranks(tmp_path):
    done = bissl(
        2, "compare", *ARGUMENTS, 'study.approaches=["finetune","bissl"]', "--out", tmp_path / "run", "--no-progress"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Report:") == 1
