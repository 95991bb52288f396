"""Ranks of features, which need no labels; and MLflow, where records go."""

import os
import sys

import numpy as np
import pytest

import bissl
from bissl.evaluation.ranks import lidar, rankme

DRAW = np.random.default_rng(0)
IMAGES = DRAW.integers(0, 256, (40, 8, 8, 3), dtype=np.uint8)


def pretrain(**options):
    chosen = {"backbone": {"layers": (1,), "widths": (8,), "stem": "small"}, "method_options": {"projector": (8,)}}
    chosen |= {"epochs": 4, "batch_size": 20, "lr": 0.1, "augmentation": "small", "progress": False}
    return bissl.Pretrain("simclr", **chosen | options)


def orthogonal(rows, columns):
    return np.linalg.qr(DRAW.normal(size=(rows, columns)))[0]


@pytest.mark.parametrize("rank", [1, 3, 8])
def test_equal_singular_values_have_their_number_as_rank(rank):
    features = orthogonal(100, rank) @ orthogonal(16, rank).T
    assert rankme(features) == pytest.approx(rank, rel=1e-4)
    assert rankme(1000 * features) == pytest.approx(rankme(features))


def test_unequal_singular_values():
    values = np.array([4.0, 2.0, 1.0, 1.0])
    shares = values / 8
    features = orthogonal(50, 4) * values @ orthogonal(4, 4).T
    assert rankme(features) == pytest.approx(np.exp(-(shares * np.log(shares)).sum()), rel=1e-5)
    assert rankme(np.zeros((5, 3))) == 0


@pytest.mark.parametrize("rank", [2, 5])
def test_lidar_counts_directions_in_which_images_differ(rank):
    images = np.sqrt(199) * np.linalg.qr(np.column_stack([np.ones(200), DRAW.normal(size=(200, rank))]))[0][:, 1:]
    features = np.zeros((200, 6, 12))
    features[:, :, :rank] = images[:, None]
    noise = DRAW.normal(size=(200, 6, 12))
    assert lidar(features) == pytest.approx(rank, rel=1e-4)
    # Where views of an image differ as much as images do, a direction tells nothing.
    features[:, :, rank:] = 10 * noise[:, :, rank:]
    assert rankme(features.reshape(-1, 12)) > 12 - rank
    assert lidar(features) < rank + 0.2


def test_lidar_is_of_the_discriminants():
    features = DRAW.normal(size=(30, 4, 5)) + 2 * DRAW.normal(size=(30, 1, 5))
    means = features.mean(axis=1)
    between = np.cov(means.T)
    within = sum(np.cov(image.T) for image in features) / 30 + 1e-4 * np.eye(5)
    values, vectors = np.linalg.eigh(within)
    root = vectors / np.sqrt(values) @ vectors.T
    shares = np.linalg.eigvalsh(root @ between @ root)
    shares /= shares.sum()
    assert lidar(features) == pytest.approx(np.exp(-(shares * np.log(shares)).sum()), rel=1e-5)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: rankme(np.full((3, 2), np.nan)), ValueError, "finite"),
        (lambda: rankme(np.zeros(3)), ValueError, "expected 2 axes"),
        (lambda: rankme(np.zeros((3, 2), str)), TypeError, "real numbers"),
        (lambda: lidar(np.zeros((3, 1, 2))), ValueError, "at least 2 views"),
        (lambda: bissl.callbacks.LiDAR(IMAGES, views=1), ValueError, "views: expected a whole number of at least 2"),
        (lambda: bissl.callbacks.RankMe(IMAGES, every=2.0), TypeError, "every: expected"),
    ],
)
def test_what_has_no_rank_is_told(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_ranks_stand_in_the_records_and_change_nothing():
    checks = [
        bissl.callbacks.RankMe(IMAGES, 2, "small"),
        bissl.callbacks.LiDAR(IMAGES, 2, "small", views=4),
        bissl.callbacks.EarlyStop("rankme", patience=9),
    ]
    watched, alone = pretrain(callbacks=checks).fit(IMAGES), pretrain().fit(IMAGES)
    assert np.array_equal(watched.backbone_.vector, alone.backbone_.vector)
    for name in ("rankme", "lidar"):
        assert [name in record for record in watched.history_] == [True, True, False, True]
        assert 1 <= watched.history_[-1][name] <= 8.001
    expected = rankme(bissl.analysis.extract_features(watched, IMAGES, augmentation="small", progress=False))
    assert watched.history_[-1]["rankme"] == pytest.approx(expected, rel=1e-5)
    assert checks[2].mode == "max"


def test_a_recipe_measures_ranks(tmp_path):
    pytest.importorskip("sklearn")
    from bissl.data import DownstreamViews
    from bissl.experiments.recipe import Recipe
    from bissl.experiments.running.observers import callbacks_of

    recipe = Recipe(
        data={"pretext": "digits", "downstream": "digits"},
        callbacks={"rankme_every": 2, "lidar_every": 3},
        early_stop={"pretrain": {"metric": "lidar", "patience": 2}},
    )
    parts = (bissl.data.ArrayDataset(IMAGES, np.arange(40) % 2),) * 2
    found = callbacks_of(recipe, bissl.Pretrain, tmp_path, parts, DownstreamViews.small(8))
    assert [(each.name, each.every) for each in found if hasattr(each, "name")] == [("rankme", 2), ("lidar", 3)]
    with pytest.raises(ValueError, match="lidar is measured where callbacks.lidar_every"):
        Recipe(early_stop={"pretrain": {"metric": "lidar"}})


# --- MLflow -----------------------------------------------------------------------------------------------------------


def tracked(address, *more, **options) -> bissl.Pretrain:
    return pretrain(callbacks=[bissl.callbacks.MLflow("digits", tracking_uri=address, **options), *more])


def runs(address) -> list:
    """Of MLflow, by its own client, the first first."""
    with pytest.MonkeyPatch.context() as patched:
        mlflow = pytest.importorskip("mlflow")
        patched.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
        client = mlflow.tracking.MlflowClient(address)
        return client.search_runs([client.get_experiment_by_name("digits").experiment_id], order_by=["start_time"])


@pytest.mark.parametrize("kind", ["folder", "sqlite:///runs.db"])
def test_mlflow_has_options_and_numbers(kind, tmp_path, monkeypatch):
    pytest.importorskip("mlflow")
    if kind != "folder":
        pytest.importorskip("sqlalchemy"), pytest.importorskip("alembic")
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    address = (tmp_path / "runs").as_uri() if kind == "folder" else kind
    stage = tracked(address).fit(IMAGES)
    (run,) = runs(address)
    assert run.info.status == "FINISHED" and run.info.run_name == "Pretrain" and run.data.params["epochs"] == "4"
    assert run.data.metrics["Pretrain/loss"] == pytest.approx(stage.history_[-1]["loss"])
    assert "MLFLOW_ALLOW_FILE_STORE" not in os.environ

    class Broken(bissl.callbacks.Callback):
        def on_record(self, stage, record):
            raise KeyError("broken")

    with pytest.raises(KeyError):
        tracked(address, Broken(), run_id=run.info.run_id).fit(IMAGES)
    (run,) = runs(address)
    assert run.info.status == "FAILED"
    with pytest.raises(ValueError, match="run_id: expected a run that MLflow has, got '0123'"):
        tracked(address, run_id="0123").fit(IMAGES)


def test_names_that_mlflow_does_not_take_are_changed(tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    address = (tmp_path / "runs").as_uri()

    class Scores(bissl.callbacks.Callback):
        def on_record(self, stage, record):
            record |= {"acc@1 (%)": 50.0, "top//5": 75.0}

    pretrain(epochs=1, callbacks=[Scores(), bissl.callbacks.MLflow("digits", tracking_uri=address)]).fit(IMAGES)
    (run,) = runs(address)
    assert run.data.metrics["Pretrain/acc_1 ___"] == 50.0 and run.data.metrics["Pretrain/top/5"] == 75.0

    def refuse(*_, **__):
        raise ConnectionError("gone")

    monkeypatch.setattr(mlflow.tracking.MlflowClient, "log_metric", refuse)
    with pytest.raises(bissl.errors.InvalidArgument, match=r"Pretrain/epoch: .*MLflow says: gone"):
        tracked(address).fit(IMAGES)


def test_a_run_ends_as_its_fit_does(tmp_path):
    pytest.importorskip("mlflow")
    address = (tmp_path / "runs").as_uri()

    class Interrupted(bissl.callbacks.Callback):
        def on_record(self, stage, record):
            raise KeyboardInterrupt

    try:
        raise ValueError("an attempt before it")
    except ValueError:
        tracked(address, run_name="fine").fit(IMAGES)
    with pytest.raises(OSError):
        tracked(address, bissl.callbacks.CSV("/proc/x/y.csv"), run_name="refused").fit(IMAGES)
    with pytest.raises(KeyboardInterrupt):
        tracked(address, Interrupted(), run_name="interrupted").fit(IMAGES)
    found = {run.info.run_name: run.info.status for run in runs(address)}
    assert found == {"fine": "FINISHED", "refused": "FAILED", "interrupted": "KILLED"}


def test_where_mlflow_cannot_keep_runs_is_told_when_the_callback_is_made(tmp_path, monkeypatch):
    pytest.importorskip("mlflow")
    (tmp_path / "file").touch()
    for address in ("nowhere://runs", (tmp_path / "file" / "runs").as_uri()):
        with pytest.raises(ValueError, match=f"tracking_uri: expected .*\"sqlite:///runs.db\".*, got '{address}'"):
            bissl.callbacks.MLflow("digits", tracking_uri=address)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    for address in ("sqlite:///runs.db", "postgresql+psycopg://host/runs"):
        with pytest.raises(ImportError, match=r"a database needs sqlalchemy: pip install 'bissl\[mlflow\]'"):
            bissl.callbacks.MLflow("digits", tracking_uri=address)


def test_a_missing_mlflow_is_told_when_the_callback_is_made(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(ImportError, match=r"MLflow needs mlflow: pip install 'bissl\[mlflow\]'"):
        bissl.callbacks.MLflow("digits")
