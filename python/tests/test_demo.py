"""The demo, in its quick form, and the pieces that it is made of."""

import json

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")

from bissl import cli
from bissl.errors import InvalidState
from bissl.experiments.demo import TASKS, full, quick, run_demo
from bissl.experiments.demo.digits import TestSplit, load_digits
from bissl.experiments.demo.outcome import ArmOutcome, Outcome
from bissl.experiments.demo.presentation import choices
from bissl.experiments.demo.table import as_text, rows
from bissl.training import BiSSL, FineTune, HeadWarmup, LinearProbe, Pretrain


def made_up():
    arms = [
        ArmOutcome("FT", {0.01: 0.939, 0.03: 0.939, 0.1: 0.8}, probe=[450, 450], tuned=[460, 470]),
        ArmOutcome("BiSSL + FT", {0.01: 0.9, 0.03: 0.95}, probe=[455, 457], tuned=[475, 480]),
    ]
    return Outcome(settings={}, seed=0, test_images=500, validation_images=100, arms=arms)


def test_the_table_says_what_the_counts_say():
    plain, bilevel = rows(made_up())
    assert plain == ("FT", "90.0 ± 0.0", "93.0 ± 1.4", "", "", "", "", "0.01")
    assert bilevel[:3] == ("BiSSL + FT", "91.2 ± 0.3", "95.5 ± 0.7")
    assert bilevel[3].startswith("+2.5 [") and bilevel[4:6] == ("0.3333", "0.3333") and bilevel[-1] == "0.03"
    text = as_text(made_up())
    assert "2 runs per arm cannot settle whether BiSSL helps" in text
    assert "no p-value can be below 0.33" in text
    assert "permutes the arms' labels among the runs of each pretrained backbone" in text


def test_validation_accuracies_are_in_per_cent():
    # 93.9 was printed as 0.3: divided by the number of images once more.
    assert "FT: 93.9 at 0.01, 93.9 at 0.03, 80.0 at 0.1; BiSSL + FT: 90.0 at 0.01, 95.0 at 0.03." in choices(made_up())
    counted = made_up()
    counted.arms[0].validation = {0.01: 94}
    with pytest.raises(ValueError, match="expected a score in 0..1, got 94"):
        choices(counted)


def test_the_split_is_stratified_disjoint_and_fixed():
    digits = load_digits(per_class=5, seed=3)
    assert np.bincount(digits.few.labels).tolist() == [5] * 10
    sizes = len(digits.unlabelled), len(digits.validation), digits.test.size
    assert sizes == (898, 300, 599)
    assert np.bincount(digits.validation.labels).min() >= 28
    again = load_digits(per_class=5, seed=3)
    assert np.array_equal(digits.few.images, again.few.images)
    assert digits.unlabelled.dtype == np.uint8 and digits.unlabelled.max() == 255


def test_the_test_split_can_be_read_once():
    split = load_digits().test
    assert isinstance(split, TestSplit) and len(split.read()) == split.size
    with pytest.raises(InvalidState, match="read before"):
        split.read()


@pytest.mark.parametrize("settings", [make(task) for make in (full, quick) for task in TASKS])
def test_settings_are_options_of_the_stages(settings):
    for stage, options in (
        (Pretrain, settings.pretrain),
        (HeadWarmup, settings.warmup),
        (BiSSL, settings.bilevel),
        (FineTune, settings.finetune),
        (LinearProbe, settings.probe),
    ):
        stage(**options)


@pytest.mark.parametrize("task", TASKS)
def test_the_quick_demo_writes_a_report(tmp_path, capsys, task):
    arguments = ["--quick", "--no-progress", "--seeds", "2", "--task", task, "--out", str(tmp_path / "report")]
    status = cli.main(["demo", *arguments])
    output = capsys.readouterr()
    assert status == 0, output.err
    assert "BiSSL, implicit term discarded, + FT" in output.out and "cannot settle" in output.out
    results = json.loads((tmp_path / "report" / "results.json").read_text())
    assert [len(arm["tuned"]) for arm in results["arms"]] == [2, 2, 2]
    assert [len(arm["histories"]) for arm in results["arms"]] == [0, 2, 2]
    html = (tmp_path / "report" / "report.html").read_text()
    assert html.count("<figure>") == 5
    assert f"The pretext task ({task})" in html
    assert "http" not in html.replace("http-equiv", "")


def test_an_unknown_task_names_the_nearest(tmp_path, capsys):
    assert cli.main(["demo", "--task", "simclrr", "--out", str(tmp_path)]) == 1
    assert 'did you mean "simclr"' in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_fails_before_work(tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    assert cli.main(["demo", "--quick", "--out", str(tmp_path / "taken")]) == 1
    assert "taken" in (message := capsys.readouterr().err) and "reports cannot be written here" in message


def test_the_same_seed_gives_the_same_result(tmp_path):
    first, second = (run_demo(tmp_path / name, fast=True, progress=False) for name in ("a", "b"))
    assert [arm.tuned for arm in first.arms] == [arm.tuned for arm in second.arms]
    assert [arm.validation for arm in first.arms] == [arm.validation for arm in second.arms]


def test_commands_refuse_nonsense(capsys):
    for arguments in (["demo", "--seeds", "1"], ["demo", "--seed", "-1"], ["dem"], []):
        with pytest.raises(SystemExit) as stop:
            cli.main(arguments)
        assert stop.value.code == 2
    assert "expected at least 2 runs per arm, got 1" in capsys.readouterr().err


def test_version_and_configuration(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out.startswith("bissl ")
    assert cli.main(["config"]) == 0
    assert "precision" in capsys.readouterr().out
