"""Callbacks: what they see, what they write, how they end a fit."""

from __future__ import annotations

import csv
import errno
import json
import warnings
from fractions import Fraction

import numpy as np
import pytest

import bissl
from bissl import callbacks
from bissl.callbacks import (
    CSV,
    Callback,
    EarlyStop,
    JSONLines,
    LiDAR,
    NaNMonitor,
    NearestNeighbors,
    Plots,
    Probe,
    RankMe,
    TensorBoard,
    WandB,
    scalars,
)
from bissl.callbacks.writers import Writer
from bissl.experiments import Images
from bissl.experiments.recipe import Data

BACKBONE = dict(layers=(1,), widths=(8,), stem="small")
IMAGES = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 3), np.uint8)
LABELS = np.arange(16) % 2
PAIR = (IMAGES, LABELS)
DENSE = bissl.data.DownstreamViews(bissl.data.DenseView(8), bissl.data.DenseView(8))


def pretrain(**options) -> bissl.Pretrain:
    settings = {"epochs": 3, "batch_size": 8, "lr": 0.1, "method_options": {"projector": (4, 4)}}
    common = {"backbone": BACKBONE, "augmentation": "small", "progress": False}
    return bissl.Pretrain("simclr", **common | settings | options)


class Watcher(Callback):
    """Writes down what happens."""

    def __init__(self) -> None:
        self.seen = []

    def on_begin(self, stage):
        self.seen.append(("begin", len(stage.history_)))

    def on_record(self, stage, record):
        assert record is stage.history_[-1]
        self.seen.append(("record", len(stage.history_)))
        record["noted"] = float(len(self.seen))

    def on_end(self, stage):
        self.seen.append(("end", len(stage.history_)))


def test_every_training_stage_shows_its_records():
    expected = [("begin", 0), ("record", 1), ("record", 2), ("end", 2)]
    common = {"progress": False}
    watchers = [Watcher() for _ in range(5)]
    ssl = pretrain(epochs=2, callbacks=[watchers[0]]).fit(IMAGES)
    warm = bissl.HeadWarmup(epochs=2, augmentation="small", callbacks=[watchers[1]], **common).fit(ssl, IMAGES, LABELS)
    steps = {"lower_steps": 1, "upper_steps": 1, "lower_batch_size": 8}
    both = bissl.BiSSL(alternations=2, callbacks=[watchers[2]], **steps, **common)
    both.fit(ssl, warm, IMAGES, (IMAGES, LABELS))
    tune = bissl.FineTune(epochs=2, augmentation="small", callbacks=[watchers[3]], **common)
    tune.fit(both, IMAGES, LABELS, validation=(IMAGES, LABELS))
    joint = bissl.WeightedSum(steps=2, record_every=1, lower_batch_size=8, callbacks=[watchers[4]], **common)
    joint.fit(ssl, warm, IMAGES, (IMAGES, LABELS))
    for stage, watcher in zip((ssl, warm, both, tune, joint), watchers):
        assert watcher.seen == expected, type(stage)
        assert all("noted" in record for record in stage.history_)
    assert all("validation" in record for record in tune.history_)


def test_callbacks_change_nothing_and_are_told_of_the_end_after_an_error():
    class Breaks(Callback):
        def on_record(self, stage, record):
            raise RuntimeError("enough")

    watcher = Watcher()
    with pytest.raises(RuntimeError, match="enough"):
        pretrain(callbacks=[watcher, Breaks()]).fit(IMAGES)
    assert watcher.seen[-1] == ("end", 1)
    checks = [NearestNeighbors((IMAGES, LABELS), (IMAGES, LABELS), every=1, augmentation="small"), NaNMonitor()]
    assert np.array_equal(
        pretrain(callbacks=checks).fit(IMAGES).backbone_.vector, pretrain().fit(IMAGES).backbone_.vector
    )


def test_each_that_began_is_told_of_the_end_whatever_others_raise():
    class Refuses(Callback):
        def on_begin(self, stage):
            raise RuntimeError("no begin")

    class Breaks(Callback):
        def on_end(self, stage):
            raise RuntimeError("no end")

    first, last = Watcher(), Watcher()
    with pytest.raises(RuntimeError, match="no begin"):
        pretrain(callbacks=[first, Refuses(), last]).fit(IMAGES)
    assert first.seen == [("begin", 0), ("end", 0)] and last.seen == []
    with pytest.raises(RuntimeError, match="no end"):
        pretrain(callbacks=[Breaks(), last]).fit(IMAGES)
    assert last.seen[-1] == ("end", 3)


def test_ends_come_in_the_order_of_the_list():
    told = []

    class Tells(Callback):
        def __init__(self, name):
            self.own = name

        def on_end(self, stage):
            told.append(self.own)

    pretrain(epochs=1, callbacks=[Tells("first"), Tells("second")]).fit(IMAGES)
    assert told == ["first", "second"]


def test_of_several_processes_the_first_calls_all_that_write():
    kinds = {kind for kind in map(vars(callbacks).get, callbacks.__all__) if isinstance(kind, type)}
    # What may end the fit or add to its records is called by all of them.
    looking = {Callback, EarlyStop, LiDAR, NaNMonitor, NearestNeighbors, Probe, RankMe}
    assert {kind for kind in kinds if kind.everywhere} == looking
    assert {kind for kind in kinds if issubclass(kind, Writer)} == kinds - looking


def test_files_hold_every_record(tmp_path):
    files = [JSONLines(tmp_path / "new" / "m.jsonl"), CSV(tmp_path / "m.csv")]
    history = pretrain(callbacks=files).fit(IMAGES).history_
    lines = [json.loads(line) for line in (tmp_path / "new" / "m.jsonl").read_text().splitlines()]
    assert lines == history
    rows = list(csv.DictReader((tmp_path / "m.csv").open()))
    assert [float(row["loss"]) for row in rows] == [record["loss"] for record in history]


def test_a_table_grows_columns(tmp_path):
    file = CSV(tmp_path / "m.csv")
    options = {"epochs": 3, "validate_every": 2, "augmentation": "small", "progress": False}
    bissl.FineTune(callbacks=[file], **options).fit(bissl.ResNet(**BACKBONE), IMAGES, LABELS, (IMAGES, LABELS))
    rows = list(csv.DictReader((tmp_path / "m.csv").open()))
    assert [bool(row["validation"]) for row in rows] == [False, True, True]


def test_files_go_on_where_a_resumed_run_does(tmp_path):
    class Stop(Callback):
        def on_record(self, stage, record):
            if record["epoch"] == 1:
                raise KeyboardInterrupt

    folder, path = tmp_path / "c", tmp_path / "m.jsonl"
    with pytest.raises(KeyboardInterrupt):
        pretrain(callbacks=[JSONLines(path), Stop()]).fit(IMAGES, checkpoint=folder, checkpoint_every="1 epoch")
    history = pretrain(callbacks=[JSONLines(path), CSV(tmp_path / "m.csv")]).fit(IMAGES, checkpoint=folder).history_
    assert [json.loads(line)["epoch"] for line in path.read_text().splitlines()] == [0, 1, 2]
    assert [record["epoch"] for record in history] == [0, 1, 2]
    assert len((tmp_path / "m.csv").read_text().splitlines()) == 4


def test_scalars_are_numbers_and_means_of_lists():
    record = {"epoch": 3, "lists": [[1.0, 2.0], [6.0]], "finite": [True, False], "text": "x", "empty": [], "none": None}
    assert scalars(record) == {"epoch": 3, "lists": 3.0, "finite": 0.5}
    ragged = {
        "a": [[None, 1.0]],
        "b": ([1, 2], [3]),
        "c": [np.ones(2), [4.0]],
        "d": np.array([[0.0, 1.0]]),
        "e": [None],
        "f": ["x", 1],
    }
    assert scalars(ragged) == {"a": 1.0, "b": 2.0, "c": 2.0, "d": 0.5}
    with pytest.raises(bissl.errors.WrongType, match="record: expected a mapping .*got int"):
        scalars(3)


def test_an_early_stop_waits_for_a_better_record(tmp_path):
    class Score(Callback):
        def on_record(self, stage, record):
            record["score"] = [1.0, 3.0, 2.0, 2.5, 9.0][record["epoch"]]

    stop = EarlyStop("score", patience=2, mode="max")
    stage = pretrain(epochs=5, callbacks=[Score(), stop]).fit(IMAGES, checkpoint=tmp_path / "c")
    assert len(stage.history_) == 4
    again = pretrain(epochs=5, callbacks=[Score(), stop]).fit(IMAGES, checkpoint=tmp_path / "c")
    assert len(again.history_) == 4, "a run that was ended is not gone on with"
    assert len(pretrain(epochs=5, callbacks=[Score(), EarlyStop("score", 2, "min")]).fit(IMAGES).history_) == 3
    assert len(pretrain(epochs=5, callbacks=[EarlyStop("missing", 1)]).fit(IMAGES).history_) == 5


def test_scores_are_to_be_high_and_losses_low_unless_told_otherwise():
    modes = {name: EarlyStop(name).mode for name in ("loss", "loss_at_theta_d", "validation", "knn", "probe")}
    assert modes == {"loss": "min", "loss_at_theta_d": "min", "validation": "max", "knn": "max", "probe": "max"}
    assert EarlyStop("validation", mode="min").mode == "min"


def test_the_monitor_names_what_is_not_finite():
    class Break(Callback):
        def on_record(self, stage, record):
            if record["epoch"] == 1:
                stage.backbone_.vector[0] = np.nan

    with pytest.raises(FloatingPointError, match="conv1.weight of the backbone is not finite in record 1"):
        pretrain(callbacks=[Break(), NaNMonitor()]).fit(IMAGES)


def test_features_are_scored_now_and_then():
    apart = np.where(LABELS[:, None, None, None] == 0, IMAGES // 8, 200 + IMAGES // 8).astype(np.uint8)
    parts = ((apart[:8], LABELS[:8]), (apart[8:], LABELS[8:]))
    checks = [NearestNeighbors(*parts, neighbors=3, every=3, augmentation="small")]
    checks.append(Probe(*parts, every=3, augmentation="small"))
    history = pretrain(epochs=4, callbacks=checks).fit(IMAGES).history_
    assert [("knn" in record, "probe" in record) for record in history] == [
        (True,) * 2,
        (False,) * 2,
        (True,) * 2,
        (True,) * 2,
    ], "the last is scored too"
    assert history[0]["probe"] == history[2]["probe"] == 1.0 and history[0]["knn"] > 0.9


def test_plots_draw_the_curves(tmp_path):
    pretrain(callbacks=[Plots(tmp_path / "curves.svg", every=2)]).fit(IMAGES)
    text = (tmp_path / "curves.svg").read_text()
    assert text.startswith("<?xml") and [path.name for path in tmp_path.iterdir()] == ["curves.svg"]


@pytest.mark.parametrize("kind", [CSV, JSONLines, Plots, TensorBoard])
def test_what_cannot_be_written_is_told_before_anything_is_trained(kind, tmp_path):
    if kind is TensorBoard:
        pytest.importorskip("tensorboardX")
    (tmp_path / "file").touch()
    for place in ("/proc/nothing.png", tmp_path / "file" / "x.png"):
        stage = pretrain(callbacks=[kind(place)])
        with pytest.raises(bissl.errors.NotWritable, match="records cannot be written here .*give another folder"):
            stage.fit(IMAGES)
        assert not hasattr(stage, "history_")


@pytest.mark.parametrize("kind", [CSV, JSONLines, Plots])
def test_a_folder_in_a_file_s_place_is_told(kind, tmp_path):
    (tmp_path / "x.png").mkdir()
    stage = pretrain(callbacks=[kind(tmp_path / "x.png")])
    with pytest.raises(bissl.errors.NotWritable, match="this is a folder, and a file is to be written; add its name"):
        stage.fit(IMAGES)


def test_a_picture_that_a_full_disk_refuses_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(bissl.errors.DiskFull, match="no room for a record"):
        pretrain(callbacks=[Plots(tmp_path / "x.png", every=1)]).fit(IMAGES)


def test_endings_of_pictures_are_checked_when_plots_are_made():
    assert Plots("curves.PDF").path.name == "curves.PDF"
    with pytest.raises(ValueError, match=r'path: .*\.png, \.svg or \.pdf, got "curves"$'):
        Plots("curves")
    with pytest.raises(ValueError, match=r'path: .*got "a/curves.pgn"; did you mean "a/curves.png"'):
        Plots("a/curves.pgn")


def test_tensorboard_gets_the_numbers(tmp_path):
    pytest.importorskip("tensorboardX")
    from tensorboardX.proto.event_pb2 import Event

    stage = pretrain(callbacks=[TensorBoard(tmp_path)]).fit(IMAGES)
    (path,) = tmp_path.iterdir()
    data, found = path.read_bytes(), []
    while data:  # length, its checksum, the event, its checksum
        length = int.from_bytes(data[:8], "little")
        event = Event.FromString(data[12 : 12 + length])
        found += [(event.step, v.simple_value) for v in event.summary.value if v.tag == "Pretrain/loss"]
        data = data[16 + length :]
    assert [step for step, _ in found] == [0, 1, 2]
    assert [value for _, value in found] == pytest.approx([record["loss"] for record in stage.history_])


def test_weights_and_biases_gets_the_numbers(monkeypatch):
    import sys
    from types import SimpleNamespace

    logged, begun = [], {}

    def init(**options):
        begun.update(options)
        return SimpleNamespace(
            log=lambda numbers, step: logged.append((step, numbers)), finish=lambda: logged.append("end")
        )

    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=init))
    stage = pretrain(epochs=2, callbacks=[WandB("mine", mode="offline")]).fit(IMAGES)
    assert begun["project"] == "mine" and begun["mode"] == "offline" and begun["config"]["epochs"] == "2"
    assert [step for step, _ in logged[:2]] == [0, 1] and logged[2] == "end"
    assert logged[1][1]["Pretrain/loss"] == stage.history_[1]["loss"]


def test_trackers_get_what_is_looked_at_after_a_stop(monkeypatch):
    import sys
    from types import SimpleNamespace

    logged: list[dict[str, float]] = []

    def init(**options):
        return SimpleNamespace(log=lambda numbers, step: logged.append(numbers | {"step": step}), finish=lambda: None)

    class Stopper(Callback):
        def on_record(self, stage, record):
            if record["epoch"] == 1:
                stage.stop()

    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=init))
    look = NearestNeighbors((IMAGES, LABELS), (IMAGES, LABELS), every=9, neighbors=1)
    pretrain(epochs=5, callbacks=[look, WandB("mine"), Stopper()]).fit(IMAGES)
    assert [entry["step"] for entry in logged] == [0, 1, 1]
    assert "Pretrain/knn" in logged[0] and "Pretrain/knn" not in logged[1]
    assert set(logged[2]) == {"Pretrain/knn", "step"}


def test_what_is_missing_or_wrong_is_told(monkeypatch):
    import sys

    for name in ("wandb", "tensorboardX"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"pip install 'bissl\[wandb\]'"):
        WandB("mine")
    with pytest.raises(ImportError, match=r"pip install 'bissl\[tensorboard\]'"):
        TensorBoard("folder")
    for make, message in (
        (lambda: EarlyStop(patience=0), "patience: expected a whole number of at least 1"),
        (lambda: EarlyStop(mode="mni"), 'mode: .* did you mean "min"'),
        (lambda: EarlyStop(least=-1), "least: expected a finite number"),
        (lambda: NearestNeighbors((IMAGES, LABELS), (IMAGES, LABELS), every=0), "every: expected"),
        (lambda: NearestNeighbors((IMAGES, LABELS), (IMAGES, LABELS), neighbors=0), "neighbors: expected"),
        (lambda: Plots("x.png", every=0), "every: expected"),
    ):
        with pytest.raises(ValueError, match=message):
            make()


def test_an_early_stop_says_that_its_number_never_comes():
    early = EarlyStop("vallidation", patience=2)
    with pytest.warns(
        UserWarning, match="EarlyStop: none of the 2 records of Pretrain .*'vallidation'.*they have epoch"
    ):
        stage = pretrain(epochs=3, callbacks=[early]).fit(IMAGES)
    assert len(stage.history_) == 3
    with pytest.warns(UserWarning, match="none of the 1 records .*did you mean 'loss'"):
        pretrain(epochs=1, callbacks=[EarlyStop("los")]).fit(IMAGES)


def test_an_early_stop_waits_for_the_first_validation():
    options = {"epochs": 4, "augmentation": "small", "progress": False}
    net, pair = bissl.ResNet(**BACKBONE), (IMAGES, LABELS)
    early = EarlyStop("validation", patience=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bissl.FineTune(validate_every=3, callbacks=[early], **options).fit(net, *pair, validation=pair)
    with pytest.warns(UserWarning, match="none of the 3 records of FineTune .*'validation'"):
        bissl.FineTune(validate_every=3, callbacks=[early], **options).fit(net, *pair)
    knn = NearestNeighbors(pair, pair, every=1, augmentation="small")
    with pytest.warns(UserWarning, match="'knn'.*list EarlyStop behind the callback that adds it"):
        pretrain(epochs=1, callbacks=[EarlyStop("knn"), knn]).fit(IMAGES)


def test_an_early_stop_on_text_is_told_too():
    class Words(Callback):
        def on_record(self, stage, record):
            record["score"] = "good"

    with pytest.warns(UserWarning, match="none of the 1 records .* has a number 'score'"):
        pretrain(epochs=1, callbacks=[Words(), EarlyStop("score")]).fit(IMAGES)


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        (("on_epoch_end",), 'method of Mine: .*got "on_epoch_end"; did you mean "on_record"'),
        (("on_recrod",), 'did you mean "on_record"'),
        (("on_record", "on_ende"), 'did you mean "on_end"'),
        (("onrecord",), 'did you mean "on_record"'),
        (("On_Record",), 'did you mean "on_record"'),
    ],
)
def test_methods_that_no_stage_would_call_are_refused(methods, message):
    mine = type("Mine", (Callback,), {name: lambda self, *arguments: None for name in methods})
    stage = pretrain(callbacks=[mine()])
    with pytest.raises(ValueError, match=message):
        stage.fit(IMAGES)
    assert not hasattr(stage, "history_")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            [print],
            r"callbacks\[0\]: expected a bissl.callbacks.Callback, .*write its method on_record\(self, stage, record",
        ),
        ([lambda stage, record: None], r"callbacks\[0\]: .*got function"),
        (print, r"callbacks: expected a list .*write \[callback\]"),
        ([NaNMonitor(), Watcher], r"callbacks\[1\]: .*its class: write Watcher\(\.\.\.\)"),
        (NaNMonitor(), r"callbacks: expected a list of callbacks, got NaNMonitor; write \[callback\]"),
        ((each for each in [NaNMonitor()]), r"got generator; write \[\*callbacks\]"),
        ({NaNMonitor()}, r"got set; write \[\*callbacks\]"),
    ],
)
def test_what_is_no_callback_is_told(given, message):
    with pytest.raises(TypeError, match=message):
        pretrain(callbacks=given).fit(IMAGES)


def test_callbacks_that_would_count_twice_are_refused():
    stop = EarlyStop()
    with pytest.raises(
        bissl.errors.InvalidArgument, match=r"callbacks\[1\]: .*callbacks\[0\] again.*a second EarlyStop"
    ):
        pretrain(callbacks=[stop, stop]).fit(IMAGES)
    first, second = RankMe(IMAGES, augmentation="small"), RankMe(IMAGES[:8], augmentation="small")
    with pytest.raises(bissl.errors.InvalidArgument, match=r"got 'rankme', .*callback.name = \"rankme_2\""):
        pretrain(callbacks=[first, second]).fit(IMAGES)
    second.name = "rankme_2"
    record = pretrain(epochs=1, callbacks=[first, second]).fit(IMAGES).history_[0]
    assert {"rankme", "rankme_2"} <= record.keys()


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda: RankMe(IMAGES, augmentation="smal"), 'augmentation: .*did you mean "small"'),
        (lambda: RankMe(IMAGES / 255, augmentation="small"), "images: expected uint8"),
        (lambda: LiDAR(IMAGES[:1], augmentation="small"), "images: .*at least 2, got 1"),
        (lambda: LiDAR(IMAGES, augmentation=DENSE), "augmentation: LiDAR compares random crops"),
        (lambda: Probe(PAIR, PAIR, augmentation="smal"), 'augmentation: .*did you mean "small"'),
        (lambda: Probe(PAIR, PAIR), "augmentation: makes images of 96 pixels, but the vision transformer"),
        (lambda: NearestNeighbors(PAIR, PAIR), "augmentation: makes images of 96 pixels, but the vision transformer"),
        (lambda: Probe(PAIR, (IMAGES, LABELS + 1), augmentation="small"), "test labels: expected"),
        (lambda: Probe((IMAGES, LABELS[:3]), PAIR, augmentation="small"), "training labels: expected"),
        (lambda: NearestNeighbors(PAIR, (IMAGES, LABELS + 1), augmentation="small"), "test labels: expected"),
    ],
)
def test_what_no_score_can_be_had_of_is_told_before_anything_is_trained(check, message):
    net = bissl.VisionTransformer(image_size=8, patch_size=4, width=8, depth=1, heads=1)
    watcher = Watcher()
    stage = bissl.FineTune(backbone=net, epochs=1, augmentation="small", progress=False, callbacks=[check(), watcher])
    with pytest.raises(bissl.errors.BisslError, match=message):
        stage.fit(IMAGES, LABELS)
    assert watcher.seen == [] and not hasattr(stage, "history_")


class Adds(Callback):
    """Adds a value to every record."""

    def __init__(self, value) -> None:
        self.value = value

    def on_record(self, stage, record):
        record["added"] = self.value


@pytest.mark.parametrize(
    ("value", "kept", "number"),
    [
        (np.array([[0.25, 0.75]], np.float32), [[0.25, 0.75]], 0.5),
        (([1, 2], [3]), [[1, 2], [3]], 2.0),
        ([None, [None, 1.0]], [None, [None, 1.0]], 1.0),
        ([np.arange(2), np.arange(3)], [[0, 1], [0, 1, 2]], 0.8),
        (np.array([np.inf]), [np.inf], np.inf),
        (np.float32(0.5), 0.5, 0.5),
        (Fraction(1, 2), 0.5, 0.5),
        ({"cat": np.int8(1)}, {"cat": 1}, None),
    ],
)
def test_what_is_added_is_kept_as_plain_lists_and_numbers(value, kept, number, tmp_path):
    path = tmp_path / "m.jsonl"
    looking = [Adds(value), JSONLines(path), CSV(tmp_path / "m.csv"), EarlyStop("loss")]
    stage = pretrain(epochs=1, callbacks=looking).fit(IMAGES, checkpoint=tmp_path / "c")
    assert stage.history_[0]["added"] == json.loads(path.read_text())["added"] == kept
    assert type(stage.history_[0]["added"]) is type(kept)
    assert scalars(stage.history_[0]).get("added") == number


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (object(), r"^Adds: record\['added'\]: expected numbers, text, .*got object; keep it in an attribute of the"),
        ([1.0, {2.0}], r"^Adds: record\['added'\]\[1\]: expected numbers, .*got set"),
        ({3: 1.0}, r"^Adds: record\['added'\]: expected names that are text, got 3"),
    ],
)
def test_what_cannot_be_kept_is_named(value, message):
    with pytest.raises(bissl.errors.WrongType, match=message):
        pretrain(callbacks=[Adds(value)]).fit(IMAGES)


def test_extras_are_named_before_anything_is_trained(monkeypatch):
    import sys

    for name in ("sklearn", "matplotlib", "tensorboardX", "wandb"):
        for module in [module for module in sys.modules if module.partition(".")[0] == name]:
            monkeypatch.setitem(sys.modules, module, None)
        monkeypatch.setitem(sys.modules, name, None)
    pair, unseen = (IMAGES, LABELS), Data(pretext="digits", downstream="digits", seed=987_654)
    for make in (
        lambda: Probe(pair, pair), lambda: NearestNeighbors(pair, pair), lambda: Plots("x.png"), lambda: WandB("mine"),
        lambda: TensorBoard("x"), bissl.LinearProbe, lambda: Images.of(unseen),
    ):  # fmt: skip
        with pytest.raises(ImportError, match=r"needs (sklearn|matplotlib|tensorboardX|wandb): pip install 'bissl\["):
            make()


def test_collapsed_features_are_told_before_they_are_scored():
    collapsed = bissl.ResNet(**BACKBONE)
    collapsed.vector[:] = 0
    pair = IMAGES, LABELS
    for check in (Probe(pair, pair, augmentation="small"), NearestNeighbors(pair, pair, augmentation="small")):
        with pytest.raises(ValueError, match="all 16 images have the same features.*collapsed"):
            pretrain(callbacks=[check], backbone=collapsed, lr=0.0).fit(IMAGES)
