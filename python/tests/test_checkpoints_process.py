"""Stages with checkpoint folders: wrong folders, other settings, damage; kills and full disks in processes of their own."""

from __future__ import annotations

import importlib
import signal
import subprocess
import sys
import warnings
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from checkpoint_runs import QUIET, RESNET, Stopped, counted_steps, data, learned, stop_after

import bissl
from bissl.checkpoints import CheckpointStore, CheckpointWarning
from bissl.checkpoints.sources import sources_of
from bissl.checkpoints.tree import digest
from bissl.data.fingerprint import content_digest

IMAGES, LABELS = data()


def pretrain(**options):
    options = {"epochs": 2, "batch_size": 10, "lr": 0.02, "method_options": {"projector": (8, 4)}} | options
    return bissl.Pretrain("simclr", **{"backbone": RESNET, "augmentation": "small", "progress": False} | options)


@pytest.fixture
def stopped(tmp_path, monkeypatch):
    """A folder that holds checkpoints of steps 2 and 3."""
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        stop_after(3, patch)
        pretrain().fit(IMAGES, checkpoint=tmp_path, checkpoint_every="1 step")
    return tmp_path


def other_images():
    changed = IMAGES.copy()
    changed[7, 0, 0, 0] ^= 1
    return changed


@pytest.mark.parametrize(
    ("stage", "images", "text"),
    [
        (
            lambda: pretrain(lr=0.5),
            IMAGES,
            r"is of another run: settings.lr was 0.02 when it was saved, now it is 0.5\.",
        ),
        (lambda: pretrain(optimizer=bissl.SGD(lr=1.0)), IMAGES, "settings.optimizer was None"),
        (lambda: pretrain(augmentation="paper"), IMAGES, "settings.augmentation"),
        (lambda: pretrain(method_options={"temperature": 0.1}), IMAGES, "settings.method_options"),
        (lambda: pretrain(random_state=1), IMAGES, "settings.random_state was 0"),
        (lambda: pretrain(), other_images(), "data.X was '[0-9a-f]+' when it was saved"),
        (lambda: pretrain(), IMAGES[:20], "data.X was"),
        (lambda: pretrain(epochs=3), IMAGES, "settings.epochs was 2 when it was saved, now it is 3.*another folder"),
    ],
)
def test_another_run_is_refused(stopped, stage, images, text):
    before = sorted(path.name for path in stopped.iterdir())
    with pytest.raises(ValueError, match=text):
        stage().fit(images, checkpoint=stopped)
    assert sorted(path.name for path in stopped.iterdir()) == before
    assert pretrain(progress=False).fit(IMAGES, checkpoint=stopped).history_[-1]["epoch"] == 1


def test_another_stage_or_network_is_refused(stopped, tmp_path, monkeypatch):
    warm = bissl.HeadWarmup(epochs=1, augmentation="small", progress=False)
    with pytest.raises(ValueError, match="stage was 'Pretrain' when it was saved, now it is 'HeadWarmup'"):
        warm.fit(bissl.ResNet(**RESNET), IMAGES, LABELS, checkpoint=stopped)
    warm.fit(bissl.ResNet(**RESNET), IMAGES, LABELS, checkpoint=tmp_path / "warm")
    with pytest.raises(ValueError, match="start.backbone was"):
        warm.fit(bissl.ResNet(**RESNET, seed=1), IMAGES, LABELS, checkpoint=tmp_path / "warm")
    with pytest.raises(ValueError, match="data.y was"):
        warm.fit(bissl.ResNet(**RESNET), IMAGES, np.roll(LABELS, 1), checkpoint=tmp_path / "warm")


def test_another_precision_is_refused(stopped, monkeypatch):
    monkeypatch.setattr("bissl.training.identity._engine", SimpleNamespace(precision="float16"))
    with pytest.raises(ValueError, match="precision was 'float(32|64)' when it was saved, now it is 'float16'"):
        pretrain().fit(IMAGES, checkpoint=stopped)


def test_a_damaged_checkpoint_costs_the_steps_since_the_one_before(stopped, monkeypatch):
    expected = digest(learned(pretrain().fit(IMAGES)))
    newest = CheckpointStore(stopped).paths()[-1]
    newest.write_bytes(newest.read_bytes()[:-20])
    with counted_steps(monkeypatch) as taken, pytest.warns(CheckpointWarning, match="not a readable checkpoint"):
        stage = pretrain().fit(IMAGES, checkpoint=stopped)
    assert taken == [3, 4, 5, 6] and digest(learned(stage)) == expected


def test_a_drawn_seed_is_drawn_once(tmp_path, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        stop_after(2, patch)
        pretrain(random_state=None).fit(IMAGES, checkpoint=tmp_path, checkpoint_every="1 step")
    resumed = pretrain(random_state=None).fit(IMAGES, checkpoint=tmp_path)
    assert digest(learned(resumed)) == digest(learned(pretrain(random_state=resumed.seed_).fit(IMAGES)))


@pytest.mark.parametrize("name", ["blas_core", "engine_sources"])
def test_other_kernels_are_warned_of(name, stopped, monkeypatch):
    from bissl.checkpoints import environment

    monkeypatch.setattr(environment, "configuration", lambda: bissl.show_config("dict") | {name: "Other"})
    with pytest.warns(CheckpointWarning, match=f"{name} was .*, now it is Other: later numbers may differ"):
        pretrain().fit(IMAGES, checkpoint=stopped)


WRITTEN = """
import bissl

class Mean(bissl.Pretext):
    def __init__(self, net, seed=0):
        super().__init__(net, bissl.Projector(net.num_features, (4,), seed))

    def loss(self, first, second):
        return bissl.ops.mse_loss(self.head(first), self.head(second)) * 1.0

class Pixels(bissl.Backbone):
    def __init__(self, seed=0):
        super().__init__(num_features=3, seed=seed)
        self.scale = self.add_parameter("scale", (3,), init="ones")

    def features(self, images):
        return bissl.ops.scale_channels(bissl.ops.global_avg_pool(images), self.scale) * 1.0
"""


@pytest.mark.parametrize("edited", ["Mean", "Pixels", None])
def test_what_a_user_has_written_anew_is_warned_of(tmp_path, monkeypatch, edited):
    monkeypatch.syspath_prepend(tmp_path)
    name = f"written_{edited}".lower()

    def fit(source):
        (tmp_path / f"{name}.py").write_text(source)
        sys.modules.pop(name, None)
        importlib.invalidate_caches()
        module = importlib.import_module(name)
        stage = bissl.Pretrain(module.Mean, backbone=module.Pixels(), epochs=1, batch_size=10, lr=0.1, **QUIET)
        return stage.fit(IMAGES, checkpoint=tmp_path / "saved")

    with warnings.catch_warnings():
        warnings.simplefilter("error", CheckpointWarning)
        fit(WRITTEN)
        fit(WRITTEN)
    before, _, after = WRITTEN.partition(f"class {edited}")
    if edited is None:
        rewrite_without_sources(tmp_path / "saved")
        with warnings.catch_warnings():
            warnings.simplefilter("error", CheckpointWarning)
            fit(WRITTEN.replace("1.0", "2.0"))
    else:
        changed = after.replace("1.0", "2.000", 1)
        text = rf"the source of {name}.{edited} is another than when this was saved: .* begin anew in another folder"
        with pytest.warns(CheckpointWarning, match=text):
            fit(f"{before}class {edited}{changed}")


def rewrite_without_sources(folder):
    """Checkpoints as earlier versions wrote them."""
    store = CheckpointStore(folder)
    found = store.latest()
    assert found.state["sources"]
    store.save({name: part for name, part in found.state.items() if name != "sources"}, found.step)


def test_sources_of_bissl_and_what_it_stands_on_do_not_count(tmp_path):
    pretrain().fit(IMAGES, checkpoint=tmp_path)
    assert CheckpointStore(tmp_path).latest().state["sources"] == {}


def test_a_function_is_told_with_what_it_has_captured():
    def outer(inner):
        return lambda: inner

    found = sources_of({"list": [partial(outer(stop_after))]})
    assert {name.rpartition(".")[2] for name in found} == {"<lambda>", "stop_after"}


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"checkpoint": 3}, TypeError, "checkpoint: expected the path of a folder for checkpoints, got int"),
        (
            {"checkpoint": ""},
            ValueError,
            "checkpoint: expected the path of a folder .*got empty text",
        ),
        ({"checkpoint": __file__}, ValueError, "checkpoint: expected a folder for checkpoints, got the file"),
        ({"checkpoint_every": 10}, TypeError, 'checkpoint_every: expected text such as "10 minutes", .*got int'),
        ({"checkpoint_every": "10 minuets"}, ValueError, 'checkpoint_every: .*did you mean "minute"'),
        ({"checkpoint_every": "0 steps"}, ValueError, "checkpoint_every: expected text .*got '0 steps'"),
        ({"checkpoint_every": "1.5 steps"}, ValueError, "checkpoint_every: expected text"),
        ({"checkpoint_every": "9" * 400 + " steps"}, ValueError, "checkpoint_every: expected text"),
        ({"checkpoint_every": "often!"}, ValueError, "checkpoint_every: expected text"),
    ],
)
def test_wrong_arguments(options, error, text):
    with pytest.raises(error, match=text):
        pretrain().fit(IMAGES, **options)


@pytest.mark.parametrize(
    ("every", "saves"), [("1 step", 7), ("2 steps", 4), ("epoch", 3), ("1 hour", 2), ("0.001 s", 7)]
)
def test_how_often(tmp_path, every, saves, monkeypatch):
    saved, save = [], CheckpointStore.save
    monkeypatch.setattr(
        CheckpointStore, "save", lambda self, state, step: (saved.append(step), save(self, state, step))
    )
    every = every.replace(" s", " seconds") if every.endswith(" s") else every
    pretrain().fit(IMAGES, checkpoint=tmp_path, checkpoint_every=every)
    assert len(saved) == saves and saved[0] == 0 and saved[-1] == 6


# --- the alternations as an iterator ----------------------------------------------------------------------------------


def test_an_iterator_is_left_and_taken_up(tmp_path):
    def alternations(stage, **saved):
        pretext = bissl.SimCLR(bissl.ResNet(**RESNET), projector=(8, 4))
        return stage.iterate(pretext, bissl.Classifier(4, 3), IMAGES, (IMAGES, LABELS), **saved)

    def stage():
        return bissl.BiSSL(
            alternations=4, lower_steps=1, upper_steps=2, lower_batch_size=10, upper_batch_size=10, damping=100.0,
            pretext_augmentation="small", downstream_augmentation="small", progress=False, lower_lr=0.01,
        )  # fmt: skip

    def halve(stage):
        stage.loop_.upper_backbone.vector[:] *= 0.5

    expected = stage()
    for record in alternations(expected):
        halve(expected)
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    first, second = stage(), stage()
    for record in alternations(first, checkpoint=tmp_path):
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
        halve(first)
        if record.alternation == 1:
            break
    numbers = []
    for record in alternations(second, checkpoint=tmp_path):
        numbers.append(record.alternation)
        halve(second)
    assert numbers == [2, 3] and digest(learned(second)) == digest(learned(expected))


# --- processes of their own -------------------------------------------------------------------------------------------

STUDY = Path(__file__).parents[1] / "benchmarks" / "kill_study.py"


def test_a_disk_that_is_full_keeps_the_old_checkpoints(tmp_path, run_python):
    result = run_python(
        f"""
        import sys, resource
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from test_checkpoints_process import pretrain, IMAGES, CheckpointStore
        from bissl.errors import DiskFull
        store = CheckpointStore({str(tmp_path)!r})
        after = []
        def lower_the_limit(step):
            # Files may not grow beyond what one needs now, less a little.
            size = max(path.stat().st_size for path in store.folder.glob("*.safetensors"))
            resource.setrlimit(resource.RLIMIT_FSIZE, (size - 100, resource.RLIM_INFINITY))
        save = CheckpointStore.save
        CheckpointStore.save = lambda self, state, step: (step == 3 and lower_the_limit(step), save(self, state, step))[1]
        try:
            pretrain().fit(IMAGES, checkpoint=store.folder, checkpoint_every="1 step")
        except DiskFull as error:
            print(type(error).__name__, error)
        print(store.latest().step, len(list(store.folder.glob("*unfinished"))))
        """
    )
    assert "DiskFull" in result.stdout and "no room for a checkpoint: File too large" in result.stdout, result.stderr
    assert result.stdout.splitlines()[-1] == "2 0"


def test_kills_at_any_moment(tmp_path):
    """A few of the hundred kills of the study, some of them inside a save."""
    result = subprocess.run(
        [sys.executable, STUDY, "--kills", "2", "--inside-saves", "1", "--folder", tmp_path],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    assert "every final checkpoint is equal" in result.stdout


class Decoded(bissl.data.Dataset):
    """Images that are read one by one."""

    def __init__(self, images):
        self.images = images

    def __len__(self):
        return len(self.images)

    def read(self, sample, least_side=None):
        return self.images[sample]


@pytest.mark.parametrize("made", [bissl.data.ArrayDataset, Decoded])
def test_the_digest_of_data_follows_their_content(made):
    expected = content_digest(made(IMAGES))
    assert content_digest(made(IMAGES.copy())) == expected
    for other in (other_images(), IMAGES[:-1], IMAGES[::-1]):
        assert content_digest(made(other)) != expected
