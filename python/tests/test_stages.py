"""The stages on small arrays: what they learn, promise and refuse."""

import json
import logging
import re
import signal
import threading
import time
import warnings

import numpy as np
import pytest

import bissl
from bissl.callbacks import NaNMonitor
from bissl.data import DownstreamViews, TwoViews
from bissl.errors import InvalidState, NotWritable
from bissl.progress import progress_bar
from bissl.training.base import derived_seed
from bissl.training.training import EpochLoop

BACKBONE = {"layers": (1, 1), "widths": (8, 16), "stem": "small"}
CLASSES = 3


@pytest.fixture(scope="module")
def data():
    """60 uint8 images (8, 8, 3): a bright column whose place is the class, and noise."""
    draw = np.random.default_rng(0)
    labels = np.arange(60) % CLASSES
    images = draw.integers(0, 60, (60, 8, 8, 3)).astype(np.uint8)
    for image, label in zip(images, labels):
        image[:, 2 * label + 1] = 255
    return images, labels


def pretrain(**options):
    options = {"backbone": BACKBONE, "epochs": 2, "batch_size": 16, "lr": 0.5} | options
    options = {"method_options": {"projector": (16, 8)}} | options
    return bissl.Pretrain("simclr", **{"augmentation": "small", "progress": False} | options)


def warmup(**options):
    return bissl.HeadWarmup(**{"epochs": 3, "augmentation": "small", "progress": False} | options)


def bilevel(**options):
    options = {"alternations": 2, "lower_steps": 3, "upper_steps": 2, "lower_batch_size": 16} | options
    return bissl.BiSSL(**{"damping": 100.0, "upper_lr": 0.003, "progress": False} | options)


def finetune(**options):
    return bissl.FineTune(**{"lr": 0.05, "epochs": 20, "augmentation": "small", "progress": False} | options)


@pytest.fixture(scope="module")
def fitted(data):
    images, labels = data
    ssl = pretrain().fit(images)
    warm = warmup().fit(ssl, images, labels)
    return ssl, warm


# --- the four lines of the README -------------------------------------------------------------------------------------


def test_the_four_lines(data):
    images, labels = data
    ssl = pretrain().fit(images)
    warm = warmup().fit(ssl, images, labels)
    bi = bilevel().fit(ssl, warm, images, (images, labels))
    ft = finetune().fit(bi.backbone_, images, labels, validation=(images, labels))
    scores = ft.score(images, labels, metrics=("top1", "top5"))
    assert scores["top5"] == 1.0
    assert scores["top1"] > 0.9
    assert ft.score(images, labels) == scores["top1"] == np.mean(ft.predict(images) == labels)
    assert ft.correct(images, labels) == round(scores["top1"] * len(labels))


# --- same seed, same bits ---------------------------------------------------------------------------------------------


def test_same_seed_same_bits_and_other_seed_other_bits(data):
    images, _ = data
    first, second, other = (pretrain(random_state=seed).fit(images) for seed in (1, 1, 2))
    assert np.array_equal(first.backbone_.vector, second.backbone_.vector)
    assert not np.array_equal(first.backbone_.vector, other.backbone_.vector)


def test_bilevel_has_the_same_bits_with_any_number_of_threads(data, fitted):
    results = []
    for threads in (1, 2):
        bissl.set_num_threads(threads)
        results.append(np.array(bilevel().fit(*fitted, data[0], data).backbone_.vector))
    assert np.array_equal(*results)


def test_memory_layout_does_not_matter(data):
    images, _ = data
    reversed_twice = images[::-1].copy()[::-1]
    read_only = images.copy()
    read_only.flags.writeable = False
    expected = pretrain().fit(images).backbone_.vector
    assert np.array_equal(pretrain().fit(reversed_twice).backbone_.vector, expected)
    assert np.array_equal(pretrain().fit(read_only).backbone_.vector, expected)


def test_a_memory_map_is_read_and_not_written(data, tmp_path):
    images, _ = data
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    assert np.array_equal(pretrain().fit(mapped).backbone_.vector, pretrain().fit(images).backbone_.vector)
    assert np.array_equal(np.load(tmp_path / "images.npy"), images)


def test_grey_images_equal_their_rgb_repetition(data):
    grey = data[0][..., 0]
    rgb = np.repeat(grey[..., None], 3, axis=3)
    assert np.array_equal(pretrain().fit(grey).backbone_.vector, pretrain().fit(rgb).backbone_.vector)


# --- what each stage leaves alone -------------------------------------------------------------------------------------


def test_later_stages_do_not_change_earlier_ones(data, fitted):
    ssl, warm = fitted
    before = ssl.backbone_.state_dict(), ssl.pretext_.head.state_dict(), warm.downstream_.head.state_dict()
    bilevel().fit(ssl, warm, data[0], data)
    finetune(epochs=2).fit(ssl, *data)
    after = ssl.backbone_.state_dict(), ssl.pretext_.head.state_dict(), warm.downstream_.head.state_dict()
    for old, new in zip(before, after):
        assert all(np.array_equal(old[name], new[name]) for name in old)


def test_warmup_freezes_parameters_and_moves_running_statistics(fitted):
    ssl, warm = fitted
    assert np.array_equal(ssl.backbone_.vector, warm.backbone_.vector)
    assert not np.array_equal(
        ssl.backbone_.state_dict()["bn1.running_mean"], warm.backbone_.state_dict()["bn1.running_mean"]
    )


def test_the_lower_level_starts_at_rate_zero_only_with_warmup(data, fitted):
    records = list(bilevel(alternations=20, lower_steps=1, upper_steps=1).iterate(*fitted, data[0], data))
    assert records[0].lower_rate == 0.0  # two of twenty alternations warm up
    assert records[2].lower_rate == 1.0
    assert records[0].upper_rate == 0.003


# --- BiSSL as an iterator ---------------------------------------------------------------------------------------------


def test_iterating_equals_fitting_and_can_stop(data, fitted):
    whole = bilevel().fit(*fitted, data[0], data)
    stage = bilevel()
    for record in stage.iterate(*fitted, data[0], data):
        assert record.alternation == len(stage.history_) - 1
    assert np.array_equal(stage.backbone_.vector, whole.backbone_.vector)

    stopped = bilevel()
    next(stopped.iterate(*fitted, data[0], data))
    assert len(stopped.history_) == 1
    first = {name: value for name, value in stopped.history_[0].items() if name != "seconds"}
    assert first == {name: value for name, value in whole.history_[0].items() if name != "seconds"}


def test_records_hold_every_step_and_every_iteration(data, fitted):
    stage = bilevel(solver=bissl.ConjugateGradient(iterations=4)).fit(*fitted, data[0], data)
    record = stage.history_[0]
    assert len(record["lower_loss"]) == len(record["regularizer"]) == 3
    assert len(record["loss_at_theta_p"]) == len(record["v_ij_norm"]) == 2
    assert np.shape(record["residuals"]) == (2, 5)
    assert np.shape(record["curvature"]) == np.shape(record["negative_segments"]) == (2, 4)
    assert [step[0] for step in record["residuals"]] == pytest.approx(record["v_norm"], rel=1e-4)


def test_the_solvers_reach_the_upper_level(data, fitted):
    identity = bilevel(solver=bissl.Identity()).fit(*fitted, data[0], data).history_[0]
    assert identity["v_ij_norm"] == pytest.approx(identity["v_norm"])
    assert identity["v_cosine"] == pytest.approx([1.0, 1.0])
    discarded = bilevel(solver=bissl.DiscardedImplicitTerm()).fit(*fitted, data[0], data).history_[0]
    assert discarded["v_ij_norm"] == [0.0, 0.0]


def test_solves_that_diverged_are_told_once(data, fitted):
    options = {"lam": 0.0, "solver": bissl.ConjugateGradient(5, true_residual=True)}
    with pytest.warns(UserWarning) as caught:
        stage = bilevel(damping=1e-4, **options).fit(*fitted, *both(data))
    told = [str(warning.message) for warning in caught if "BiSSL" in str(warning.message)]
    assert len(told) == 1, "once, at the end"
    text = r"BiSSL: \d+ of \d+ measured solves .* diverged, .*residuals of up to .* and \d+% of the parameter tensors"
    assert re.match(text, told[0]) and 'Take damping="auto", or raise damping (it is 0.0001): bissl.analysis' in told[0]
    assert any(stage.history_[0]["diverged"])
    with pytest.warns(UserWarning, match="the implicit term did nothing: in 4 of 4"):
        idle = bilevel(damping=1e6, **options).fit(*fitted, *both(data))
    assert not any(solve for record in idle.history_ for solve in record["diverged"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        calm = bilevel(damping="auto", lam=0.0).fit(*fitted, *both(data))
    for record in calm.history_:
        assert record["converged"] == [True, True] and all(verdict.startswith("conv") for verdict in record["verdict"])
        assert all(residual <= 0.1 for residual in record["true_residual"]) and min(record["damping"]) > 0


def test_recalibration_draws_a_seed_where_none_is_given(data):
    net = bissl.ResNet(layers=(1,), widths=(4,), stem="small")
    options = {"batches": 2, "batch_size": 4, "augmentation": "small"}
    seeds = (None, None, 3, np.int64(3))
    means = [
        bissl.recalibrate(net, data[0], random_state=seed, **options).state_dict()["bn1.running_mean"] for seed in seeds
    ]
    assert not np.array_equal(means[0], means[1]) and np.array_equal(means[2], means[3])


def test_the_user_may_change_rates_between_alternations(data, fitted):
    stage = bilevel(alternations=3)
    loop = stage.iterate(*fitted, data[0], data)
    next(loop)
    stage.loop_.solver = bissl.DiscardedImplicitTerm()
    assert next(loop).v_ij_norm == [0.0, 0.0]


# --- fine-tuning ------------------------------------------------------------------------------------------------------


def test_the_best_validation_epoch_is_kept(data):
    images, labels = data
    net = bissl.ResNet(**BACKBONE)
    stage = finetune(epochs=8).fit(net, images[:30], labels[:30], validation=(images[30:], labels[30:]))
    curve = [record["validation"] for record in stage.history_]
    assert stage.best_epoch_ == int(np.argmax(curve))
    assert stage.best_validation_ == max(curve) == stage.score(images[30:], labels[30:])
    assert stage.correct(images[30:], labels[30:]) == round(30 * stage.best_validation_)


def test_validation_may_be_looked_at_now_and_then(data):
    stage = finetune(epochs=5, validate_every=2).fit(bissl.ResNet(**BACKBONE), *data, validation=data)
    assert ["validation" in record for record in stage.history_] == [False, True, False, True, True]


class AtEpoch(bissl.callbacks.Callback):
    """Does something with the stage after an epoch."""

    def __init__(self, epoch, act):
        self.epoch, self.act = epoch, act

    def on_record(self, stage, record):
        if record["epoch"] == self.epoch:
            self.act(stage)


class FailingEnd(bissl.callbacks.Callback):
    def on_end(self, stage):
        raise NotWritable("the end cannot be written")


def interrupt(stage):
    raise KeyboardInterrupt


@pytest.mark.parametrize("watcher", [AtEpoch(10, interrupt), FailingEnd()])
def test_the_best_epoch_is_kept_however_the_fit_ends(data, watcher):
    images, labels = data
    part = images[:30], (labels[:30] + 1) % CLASSES  # wrong labels: training makes it worse
    stage = finetune(epochs=12, batch_size=20, callbacks=[watcher])
    with pytest.raises((KeyboardInterrupt, NotWritable)):
        stage.fit(bissl.ResNet(**BACKBONE), *data, validation=part)
    curve = [record["validation"] for record in stage.history_]
    assert curve[-1] < max(curve) == stage.best_validation_ and stage.best_epoch_ == int(np.argmax(curve))
    assert stage.score(*part) == stage.best_validation_


def test_a_stopped_fit_looks_at_its_last_epoch(data, tmp_path):
    """And so do the scores and files among its callbacks, behind it or before it."""
    ranks = [bissl.callbacks.RankMe(data[0], 4, "small"), bissl.callbacks.JSONLines(tmp_path / "lines")]
    table = bissl.callbacks.CSV(tmp_path / "table")
    stage = finetune(epochs=8, validate_every=5, callbacks=[*ranks, AtEpoch(5, bissl.FineTune.stop), table])
    stage.fit(bissl.ResNet(**BACKBONE), *data, validation=data)
    assert ["validation" in record for record in stage.history_] == [False] * 4 + [True] * 2
    assert ["rankme" in record for record in stage.history_] == [True, False, False, True, False, True]
    assert stage.history_[stage.best_epoch_]["validation"] == stage.best_validation_ == stage.score(*data)
    lines = [json.loads(line) for line in (tmp_path / "lines").read_text().splitlines()]
    assert lines == stage.history_
    last = (tmp_path / "table").read_text().splitlines()[-1].split(",")
    assert float(last[-1]) == stage.history_[-1]["validation"] or stage.history_[-1]["rankme"] == float(last[-1])


def test_a_fit_stopped_before_its_first_look_has_a_best_epoch(data):
    stage = finetune(epochs=8, validate_every=10, callbacks=[AtEpoch(2, bissl.FineTune.stop)])
    stage.fit(bissl.ResNet(**BACKBONE), *data, validation=data)
    assert stage.best_epoch_ == 2 and stage.best_validation_ == stage.score(*data)


def test_linear_probe_leaves_the_backbone_alone(data, fitted):
    before = fitted[0].backbone_.state_dict()
    probe = bissl.LinearProbe(augmentation="small", recalibration_batches=3).fit(fitted[0], *data)
    assert probe.score(*data) == np.mean(probe.predict(data[0]) == data[1])
    assert probe.score(*data, metrics=("top1", "top5"))["top5"] == 1.0
    assert probe.features(data[0]).shape == (60, 16)
    after = fitted[0].backbone_.state_dict()
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert np.array_equal(probe.backbone_.vector, fitted[0].backbone_.vector)


# --- scikit-learn's manners -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [bissl.Pretrain, bissl.HeadWarmup, bissl.BiSSL, bissl.FineTune, bissl.LinearProbe])
def test_parameters_round_trip(kind):
    clone = pytest.importorskip("sklearn.base").clone
    stage = kind(random_state=7)
    assert kind(**stage.get_params()).get_params() == stage.get_params()
    assert clone(stage).get_params() == stage.get_params()
    assert clone(stage) is not stage
    assert stage.set_params(random_state=8) is stage and stage.random_state == 8
    assert repr(stage) == f"{kind.__name__}(random_state=8)"


def test_clone_takes_solver_and_network():
    clone = pytest.importorskip("sklearn.base").clone
    solver, net = bissl.ConjugateGradient(iterations=2), bissl.ResNet(**BACKBONE)
    copies = clone(bissl.BiSSL(solver=solver)).solver, clone(bissl.Pretrain(backbone=net)).backbone
    assert repr(copies[0]) == repr(solver) and np.array_equal(copies[1].vector, net.vector)
    assert copies[0] is not solver and not np.shares_memory(copies[1].vector, net.vector)


def test_unknown_options_name_the_nearest():
    with pytest.raises(ValueError, match='got "alternation"; did you mean "alternations"'):
        bissl.BiSSL(alternation=3)
    with pytest.raises(ValueError, match='did you mean "epochs"'):
        bissl.FineTune().set_params(epoch=3)
    with pytest.raises(ValueError, match='backbone.*did you mean "resnet18"'):
        pretrain(backbone="resnet-18", batch_size=4).fit(np.zeros((4, 8, 8, 3), np.uint8))
    with pytest.raises(ValueError, match='augmentation.*did you mean "small"'):
        pretrain(augmentation="smal", batch_size=4).fit(np.zeros((4, 8, 8, 3), np.uint8))
    with pytest.raises(ValueError, match='metrics.*did you mean "top5"'):
        finetune(epochs=1).fit(bissl.ResNet(**BACKBONE), *tiny()).score(*tiny(), metrics="top-5")


def tiny():
    return np.arange(4 * 192, dtype=np.uint8).reshape(4, 8, 8, 3), np.array([0, 1, 2, 1])


def test_unfitted_and_wrong_sources_are_named(data):
    images, labels = data
    with pytest.raises(InvalidState, match="Pretrain is not fitted yet; call fit first"):
        warmup().fit(pretrain(), images, labels)
    with pytest.raises(InvalidState, match="FineTune is not fitted yet"):
        finetune().predict(images)
    with pytest.raises(TypeError, match="backbone: expected a fitted stage or a network, got int"):
        finetune().fit(3, images, labels)
    with pytest.raises(TypeError, match="pretrained: expected a fitted Pretrain.*got ResNet"):
        bilevel().fit(bissl.ResNet(**BACKBONE), None, images, data)


def test_a_head_that_does_not_fit_is_refused(data, fitted):
    ssl, _ = fitted
    with pytest.raises(ValueError, match="warm: its head takes 5 features, the backbone gives 16"):
        bilevel().fit(ssl, bissl.Classifier(5, CLASSES), *both(data))
    with pytest.raises(ValueError, match="y: expected labels in 0 to 1, got 2 at index 2"):
        bilevel().fit(ssl, bissl.Classifier(16, 2), *both(data))


def both(data):
    return data[0], data


# --- what users get wrong ---------------------------------------------------------------------------------------------

IMAGES = np.zeros((6, 8, 8, 3), np.uint8)


@pytest.mark.parametrize(
    ("images", "error", "text"),
    [
        (IMAGES.astype(np.float32), TypeError, r"X: expected uint8.*float32.*\(255 \* X\)\.round\(\)"),
        (IMAGES.astype(np.float16), TypeError, "X: expected uint8.*float16"),
        (IMAGES.astype(np.int64), TypeError, r"int64.*X\.astype\(numpy\.uint8\)"),
        (IMAGES.astype(complex), TypeError, r"complex128.*X\.real"),
        (IMAGES.astype(object), TypeError, r"object.*numpy\.stack\(X\)"),
        (IMAGES.transpose(0, 3, 1, 2), ValueError, r"channels come first: use X\.transpose\(0, 2, 3, 1\)"),
        (np.zeros((6, 8, 8, 4), np.uint8), ValueError, r"X\[\.\.\., :3\]"),
        (np.zeros((6, 8, 8, 2), np.uint8), ValueError, r"give one channel"),
        (IMAGES[0], ValueError, r"looks like one image; use X\[None\]"),
        (IMAGES.reshape(6, -1), ValueError, r"X\.reshape\(len\(X\), H, W\)"),
        (IMAGES[:0], ValueError, r"at least one image, got shape \(0, 8, 8, 3\)"),
    ],
)
def test_images_that_are_not(images, error, text):
    with pytest.raises(error, match=text):
        pretrain().fit(images)


@pytest.mark.parametrize(
    ("labels", "error", "text"),
    [
        ([0, 1, 2, 0, 1, -1], ValueError, "y: expected labels in 0 and up, got -1 at index 5"),
        ([0, 1, 2, 0, 1, 1.5], ValueError, "y: expected integer labels.*float64"),
        ([0, 1, np.nan, 0, 1, 1], ValueError, "got nan .*at index 2"),
        ([None, "a", "b", "a", "b", "a"], TypeError, r"numpy\.unique\(y, return_inverse=True\)\[1\]"),
        ([0, 1], ValueError, r"shape \(6,\), got \(2,\)"),
        ([2] * 6, ValueError, "at least two classes, got only label 2"),
    ],
)
def test_labels_that_are_not(labels, error, text):
    with pytest.raises(error, match=text):
        finetune().fit(bissl.ResNet(**BACKBONE), IMAGES, labels)


def test_labels_beyond_the_classes():
    with pytest.raises(ValueError, match="y: expected labels in 0 to 2, got 3 at index 1"):
        finetune(num_classes=3).fit(bissl.ResNet(**BACKBONE), IMAGES, [0, 3, 1, 1, 0, 0])
    with pytest.raises(ValueError, match="validation labels: expected labels in 0 to 1, got 2 at index 0"):
        finetune().fit(bissl.ResNet(**BACKBONE), IMAGES, [0, 1, 1, 1, 0, 0], validation=(IMAGES[:1], [2]))


def test_a_batch_larger_than_the_data():
    with pytest.raises(ValueError, match="batch_size: expected at most the 6 images there are, got 7"):
        pretrain(batch_size=7).fit(IMAGES)
    with pytest.raises(ValueError, match="hessian_batch_size: expected at most the 60"):
        net = bissl.ResNet(**BACKBONE)
        draw = np.random.default_rng(0).integers(0, 255, (60, 8, 8, 3)).astype(np.uint8)
        bilevel(hessian_batch_size=61).fit(
            bissl.SimCLR(net, projector=(8, 8)), bissl.Classifier(16, 2), draw, (draw, np.arange(60) % 2)
        )


def test_default_batches_shrink_with_a_note(caplog):
    with caplog.at_level(logging.INFO, logger="bissl"):
        pretrain(batch_size=None, epochs=1).fit(IMAGES)
    assert "the default of 1024 is shrunk to the 6 images there are" in caplog.text


def test_dropped_images_are_counted(data):
    assert pretrain(batch_size=25, epochs=1).fit(data[0]).dropped_per_epoch_ == 10


def test_batches_of_one_are_refused():
    with pytest.raises(ValueError, match="batch_size: expected at least 2, got 1"):
        pretrain(batch_size=1).fit(IMAGES)
    with pytest.raises(ValueError, match="at least 2 images, got 1"):
        pretrain().fit(IMAGES[:1])


@pytest.mark.parametrize(
    ("stage", "text"),
    [
        (lambda: pretrain(epochs=0), "epochs: expected a whole number of at least 1, got 0"),
        (lambda: pretrain(lr=-1.0), "lr: expected a finite number ≥ 0, got -1.0"),
        (lambda: pretrain(lr=float("nan")), "lr: .*nan"),
        (lambda: pretrain(method_options={"temperature": 0.0}), "temperature"),
        (lambda: pretrain(random_state=-1), "random_state: expected an integer from 0"),
        (lambda: pretrain(warmup_epochs=2), "warmup"),
    ],
)
def test_numbers_that_make_no_sense(stage, text):
    with pytest.raises(ValueError, match=text):
        stage().fit(np.zeros((40, 8, 8, 3), np.uint8))


def test_lambda_and_damping_are_checked(data, fitted):
    with pytest.raises(ValueError, match="lam"):
        bilevel(lam=-1.0).fit(*fitted, *both(data))
    with pytest.raises(ValueError, match="lam"):
        bilevel(lam=0.0, damping=0.0).fit(*fitted, *both(data))
    with pytest.raises(ValueError, match="upper_lr: expected a finite number"):
        bilevel(upper_lr=-1.0).fit(*fitted, *both(data))
    with pytest.raises(ValueError, match="upper_steps: expected a whole number of at least 1, got 0"):
        bilevel(upper_steps=0).fit(*fitted, *both(data))


def test_a_refused_fit_loses_nothing(data):
    stage = pretrain(epochs=1).fit(data[0])
    before = stage.backbone_, list(stage.history_)
    for change, text in (
        ({"method_options": {"temperature": -1.0}}, "temperature"),
        ({"weight_decay": -1.0}, "weight_decay"),
        ({"method_options": {"projector": ()}}, "projector"),
        ({"epochs": 0}, "epochs"),
    ):
        kept = {name: getattr(stage, name) for name in change}
        with pytest.raises(ValueError, match=text):
            stage.set_params(**change).fit(data[0])
        stage.set_params(**kept)
    assert (stage.backbone_, stage.history_) == before


class Unwritable(bissl.callbacks.Callback):
    def on_begin(self, stage):
        raise NotWritable("records cannot be written here")


REFUSALS = [{"checkpoint": True}, {"callbacks": [bissl.callbacks.Callback(), Unwritable()]}]


def stages_on(data, fitted):
    """Of every stage that has steps: a short one, and what its `fit` takes."""
    net, joint = bissl.ResNet(**BACKBONE), bissl.WeightedSum(steps=2, progress=False)
    return {
        "Pretrain": (pretrain(epochs=1), (data[0],)),
        "HeadWarmup": (warmup(epochs=1), (net, *data)),
        "FineTune": (finetune(epochs=1), (net, *data, data)),
        "BiSSL": (bilevel(alternations=1), (*fitted, data[0], data)),
        "WeightedSum": (joint, (*fitted, data[0], data)),
    }


@pytest.mark.filterwarnings("ignore:BiSSL")
@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("name", ["Pretrain", "HeadWarmup", "FineTune", "BiSSL", "WeightedSum"])
def test_a_fit_refused_before_its_first_step_leaves_the_stage_as_it_was(data, fitted, name, refusal, tmp_path):
    """By the checkpoints of another run, or by a callback as the steps would begin; a fitted stage, and one that is not."""
    stage, given = stages_on(data, fitted)[name]
    stage.fit(*given, checkpoint=tmp_path)
    fresh, _ = stages_on(data, fitted)[name]
    saved = {"checkpoint": tmp_path} if "checkpoint" in refusal else {}
    for each in (stage, fresh):
        each.set_params(random_state=5, callbacks=refusal.get("callbacks", ()))
        before = dict(vars(each))
        with pytest.raises((ValueError, NotWritable), match="is of another run|cannot be written"):
            each.fit(*given, **saved)
        assert vars(each).keys() == before.keys()
        assert all(vars(each)[one] is before[one] for one in before if one.endswith("_"))
    assert stage.history_ and not fresh.__sklearn_is_fitted__()


@pytest.mark.filterwarnings("ignore:BiSSL")
def test_an_iteration_that_is_never_begun_leaves_the_fit_before(data, fitted):
    stage, given = bilevel(), (*fitted, data[0], data)
    fresh = bilevel()
    before = dict(vars(stage.fit(*given)))
    for each in (stage, fresh):
        each.iterate(*given)
    assert all(vars(stage)[name] is value for name, value in before.items()) and len(stage.history_) == 2
    assert not fresh.__sklearn_is_fitted__()
    with pytest.raises(TypeError, match="callbacks: expected a list"):
        bilevel(callbacks=NaNMonitor()).iterate(*given)


@pytest.mark.filterwarnings("ignore:BiSSL")
def test_views_are_inherited_from_the_fit_and_not_from_the_option(data, fitted):
    ssl, warm = pretrain(augmentation=TwoViews.small(8)).fit(data[0]), warmup().fit(fitted[0], *data)
    for stage in (ssl, warm):
        stage.set_params(augmentation="paper")
    stated = {"pretext_augmentation": TwoViews.small(8), "downstream_augmentation": DownstreamViews.small(8)}
    both, same = (bilevel(alternations=1, **each).fit(ssl, warm, data[0], data) for each in ({}, stated))
    assert np.array_equal(both.backbone_.vector, same.backbone_.vector)
    joint = bissl.WeightedSum(steps=1, lower_batch_size=16, progress=False)
    for before in (ssl, warm), (joint, both):  # which have no option of this name
        joint.fit(*before, data[0], data)
        assert joint.pretext_views_ == tuple(TwoViews.small(8)) and joint.views_ == DownstreamViews.small(8)


@pytest.mark.filterwarnings("ignore:BiSSL")
def test_a_refused_iteration_leaves_what_was_before_the_call(data, fitted):
    stage = bilevel(callbacks=[Unwritable()])
    given = (*fitted, data[0], data)
    stage.iterate(*given)
    with pytest.raises(NotWritable):
        next(stage.iterate(*given))
    assert not stage.__sklearn_is_fitted__()
    stage.set_params(callbacks=())
    assert next(stage.iterate(*given)).alternation == 0 and len(stage.history_) == 1


def test_a_refused_probe_leaves_the_one_before(data):
    probe, alike = bissl.LinearProbe(augmentation="small", recalibration_batches=0), np.zeros_like(data[0])
    with pytest.raises(ValueError, match="all 60 images have the same features"):
        probe.fit(bissl.ResNet(**BACKBONE), alike, data[1])
    with pytest.raises(InvalidState, match="LinearProbe is not fitted yet"):
        probe.predict(data[0])
    expected = probe.fit(bissl.ResNet(**BACKBONE), *data).predict_logits(data[0])
    with pytest.raises(ValueError, match="all 60 images have the same features"):
        probe.fit(bissl.ResNet(**BACKBONE, seed=2), alike, data[1])
    assert len(probe.history_) == 1 and np.array_equal(probe.predict_logits(data[0]), expected)


# --- stopping ---------------------------------------------------------------------------------------------------------


def test_a_loss_that_is_not_finite_stops_naming_level_and_step():
    class Info:
        loss, gradient_norm = float("nan"), 1.0

    text = "fine-tuning: loss is nan at step 0"
    with progress_bar(1, "", enabled=False) as bar, pytest.raises(FloatingPointError, match=text):
        EpochLoop("fine-tuning", 1, 1, lambda number: Info, bar, []).advance()


def test_a_run_that_blows_up_stops_and_keeps_its_history(data):
    stage = finetune(lr=1e30, epochs=50)
    with pytest.raises(FloatingPointError):
        stage.fit(bissl.ResNet(**BACKBONE), *data)
    assert all(np.isfinite(record["loss"]) for record in stage.history_)


def test_ctrl_c_passes_within_a_second_and_keeps_what_was_done(data):
    stage = pretrain(epochs=100_000)
    pressed = []

    def press():
        pressed.append(time.perf_counter())
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    timer = threading.Timer(0.7, press)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        stage.fit(data[0])
    assert time.perf_counter() - pressed[0] < 1.0
    assert stage.history_ and np.isfinite(stage.backbone_.vector).all()


# --- smaller pieces ---------------------------------------------------------------------------------------------------


def test_derived_seeds_differ_by_purpose_and_seed():
    seeds = {derived_seed(seed, purpose) for seed in range(5) for purpose in ("order", "views", "head")}
    assert len(seeds) == 15 and all(0 <= seed < 2**63 for seed in seeds)


def test_no_random_state_draws_a_seed_and_keeps_it(data):
    first, second = (pretrain(random_state=None, epochs=1).fit(data[0]) for _ in range(2))
    assert first.seed_ != second.seed_
    again = pretrain(random_state=first.seed_, epochs=1).fit(data[0])
    assert np.array_equal(first.backbone_.vector, again.backbone_.vector)


def test_views_and_networks_may_be_given_as_objects(data):
    images, labels = data
    net = bissl.ResNet(**BACKBONE, seed=5)
    before = np.array(net.vector)
    pretrain(backbone=net, augmentation=TwoViews.small(12), epochs=1).fit(images)
    assert np.array_equal(net.vector, before)
    finetune(augmentation=DownstreamViews.small(12), epochs=1).fit(net, images, labels)
    assert np.array_equal(net.vector, before)


def test_progress_shows_loss_and_can_be_switched_off(data, capsys):
    pretrain(epochs=1).fit(data[0])
    assert capsys.readouterr().err == ""
    pretrain(epochs=2, progress=True).fit(data[0])
    assert "pretrain" in capsys.readouterr().err


def test_the_papers_defaults_run_on_small_arrays():
    # Only what would take hours is lowered: ResNet-18, 96 pixels and the paper's views are the defaults.
    draw = np.random.default_rng(0)
    images, labels = draw.integers(0, 256, (4, 32, 32, 3)).astype(np.uint8), np.arange(4) % 2
    ssl = bissl.Pretrain("simclr", backbone="resnet18", epochs=1, random_state=0).fit(images)
    warm = bissl.HeadWarmup(epochs=1).fit(ssl, images, labels)
    bi = bissl.BiSSL(alternations=1, lower_steps=1, upper_steps=1, lam=1e-3).fit(ssl, warm, images, (images, labels))
    ft = bissl.FineTune(lr=3e-3, epochs=1).fit(bi.backbone_, images, labels, validation=(images, labels))
    assert set(ft.score(images, labels, metrics=("top1", "top5"))) == {"top1", "top5"}
