"""Stages in scikit-learn's tools: searches, scorers, displays, pipelines; and without scikit-learn."""

import subprocess
import sys

import numpy as np
import pytest

import bissl
from bissl.errors import InvalidState

pytest.importorskip("sklearn", "1.6")
from sklearn.base import clone, is_classifier  # noqa: E402
from sklearn.exceptions import NotFittedError  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.metrics import ConfusionMatrixDisplay, get_scorer  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.multiclass import OneVsRestClassifier  # noqa: E402
from sklearn.pipeline import Pipeline, make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.validation import check_is_fitted  # noqa: E402

NET = bissl.ResNet(layers=(1, 1), widths=(8, 16), stem="small")
NAMES = np.array(["left", "middle", "right"])
SMALL = {"augmentation": "small"}


def columns(count=60):
    """Noise with a bright column, whose place is the class; and the classes' names."""
    draw = np.random.default_rng(0)
    numbers = np.arange(count) % 3
    images = draw.integers(0, 60, (count, 8, 8, 3)).astype(np.uint8)
    for image, number in zip(images, numbers):
        image[:, 2 * number + 1] = 255
    return images, NAMES[numbers]


X, Y = columns()


def finetune(**options):
    return bissl.FineTune(**{"backbone": NET, "lr": 0.05, "epochs": 30, "progress": False} | SMALL | options)


def probe(**options):
    return bissl.LinearProbe(**{"backbone": NET, "recalibration_batches": 0} | SMALL | options)


def pretrain(**options):
    chosen = {"backbone": NET, "epochs": 1, "batch_size": 16, "lr": 0.1, "method_options": {"projector": (8,)}}
    return bissl.Pretrain("simclr", **chosen | SMALL | {"progress": False} | options)


@pytest.fixture(scope="module", params=[finetune, probe])
def fitted(request):
    return request.param().fit(X, Y)


# --- the backbone of the constructor ----------------------------------------------------------------------------------


def test_the_backbone_of_the_constructor_is_that_of_the_call():
    by_call = finetune(backbone=None, epochs=2).fit(NET, X, Y)
    for other in (
        finetune(epochs=2).fit(X, Y),
        finetune(epochs=2).fit(X=X, y=Y),
        finetune(epochs=2).fit(X=X, y=Y, backbone=NET),
    ):
        assert np.array_equal(other.backbone_.vector, by_call.backbone_.vector)
    ssl = pretrain().fit(X)
    staged = probe(backbone=ssl).fit(X, Y)
    assert np.array_equal(staged.predict_logits(X), probe(backbone=None).fit(ssl, X, Y).predict_logits(X))
    dataset = bissl.data.ArrayDataset(X, Y)
    assert finetune(epochs=1).fit(dataset).score(dataset) == finetune(epochs=1).fit(dataset, Y).score(X, Y)


def test_the_backbone_of_the_call_comes_first():
    other = bissl.ResNet(layers=(1,), widths=(8,), stem="small", seed=5)
    assert finetune(epochs=1).fit(other, X, Y).backbone_.num_features == other.num_features


def test_a_backbone_by_name_or_options_begins_with_random_numbers_of_the_seed():
    options = {"layers": (1,), "widths": (8,), "stem": "small"}
    first, same, other = (probe(backbone=options, random_state=seed).fit(X, Y).backbone_.vector for seed in (1, 1, 2))
    assert np.array_equal(first, same) and not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: finetune(backbone=None).fit(X, Y),
            r"got ndarray; it comes before X, or into the constructor: FineTune\(backbone=...\)",
        ),
        (
            lambda: finetune(backbone=None).fit("resnet18", X, Y),
            "expected a fitted stage or a network, got str; it comes before X",
        ),
        (lambda: finetune().fit("resnet18", X, Y), "expected a fitted stage or a network, got str"),
        (lambda: finetune(backbone=3).fit(X, Y), "backbone: expected one of .* or a network, got int"),
    ],
)
def test_what_is_no_backbone_is_told(call, text):
    with pytest.raises(TypeError, match=text):
        call()


def test_checkpoints_do_not_depend_on_where_the_backbone_was_given(tmp_path):
    finetune(epochs=1, backbone=None).fit(NET, X, Y, checkpoint=tmp_path)
    finetune(epochs=1).fit(X, Y, checkpoint=tmp_path)  # goes on from there, and refuses what is of another run
    with pytest.raises(ValueError, match="was"):
        finetune(epochs=1, backbone=bissl.ResNet(layers=(1,), widths=(8,), stem="small")).fit(X, Y, checkpoint=tmp_path)


# --- searches, scorers, displays --------------------------------------------------------------------------------------


def test_searches_and_cross_validation():
    search = GridSearchCV(finetune(), {"lr": [1e-6, 0.05]}, cv=2).fit(X, Y)
    assert search.best_params_ == {"lr": 0.05} and search.best_score_ > 0.8
    assert np.mean(search.predict(X) == Y) > 0.9
    dataset = bissl.data.ArrayDataset(X, Y)
    by_array, by_dataset = (cross_val_score(probe(), images, Y, cv=3) for images in (X, dataset))
    assert np.array_equal(by_array, by_dataset) and by_array.min() > 0.9


def test_searches_choose_between_frozen_stages():
    pytest.importorskip("sklearn.frozen")
    from sklearn.frozen import FrozenEstimator

    stage = pretrain().fit(X)
    choices = [FrozenEstimator(stage), stage.backbone_]
    search = GridSearchCV(finetune(epochs=1), {"backbone": choices}, cv=2, error_score="raise").fit(X, Y)
    frozen, network = search.cv_results_["mean_test_score"]
    assert frozen == network
    expected = probe().fit(stage, X, Y).predict_logits(X)
    for backbone in choices:
        assert np.array_equal(probe(backbone=backbone).fit(X, Y).predict_logits(X), expected)
    with pytest.raises(NotFittedError, match="got a Pretrain that is not fitted.*clone.*stage.backbone_, or .*Frozen"):
        GridSearchCV(finetune(epochs=1), {"backbone": [stage]}, cv=2, error_score="raise").fit(X, Y)


@pytest.mark.parametrize("name", ["accuracy", "balanced_accuracy", "f1_macro", "roc_auc_ovr", "neg_log_loss"])
def test_scorers(fitted, name):
    assert get_scorer(name)(fitted, X, Y) > (-0.5 if name == "neg_log_loss" else 0.9)
    assert is_classifier(fitted)


def test_probabilities_and_decisions(fitted):
    logits, probabilities = fitted.predict_logits(X), fitted.predict_proba(X)
    assert probabilities.shape == (60, 3) and np.allclose(probabilities.sum(axis=1), 1)
    assert np.array_equal(fitted.classes_[probabilities.argmax(axis=1)], fitted.predict(X))
    assert np.array_equal(fitted.decision_function(X), logits)
    assert np.allclose(np.log(probabilities) - np.log(probabilities[:, :1]), logits - logits[:, :1], atol=1e-4)


@pytest.mark.parametrize("make", [finetune, probe])
def test_two_classes_have_one_decision(make):
    chosen = Y != "right"
    stage = make().fit(X[chosen], Y[chosen])
    decisions, probabilities = stage.decision_function(X[chosen]), stage.predict_proba(X[chosen])
    assert decisions.shape == (40,)
    assert np.allclose(np.log(probabilities[:, 1] / probabilities[:, 0]), decisions, atol=1e-4)
    assert np.array_equal(decisions > 0, stage.predict(X[chosen]) == "middle")
    assert get_scorer("roc_auc")(stage, X[chosen], Y[chosen]) > 0.9


def test_probabilities_of_a_probe_are_its_regressions():
    for chosen in (Y != "right", Y != ""):
        stage = probe().fit(X[chosen], Y[chosen])
        expected = stage.classifier_.predict_proba(stage.features(X[chosen]))
        assert np.allclose(stage.predict_proba(X[chosen]), expected, atol=1e-6)


@pytest.mark.parametrize("make", [finetune, probe])
def test_sets_of_classes_have_a_probability_each(make):
    sets = np.stack([Y == "left", Y != "right"], axis=1)
    stage = make().fit(X, sets)
    probabilities = stage.predict_proba(X)
    assert probabilities.shape == (60, 2) and np.allclose(probabilities, 1 / (1 + np.exp(-stage.decision_function(X))))
    assert np.array_equal(probabilities > 0.5, stage.predict(X))


def test_a_probe_of_classes_that_no_image_or_all_have_is_one_against_the_rest():
    """A class that no image has is never found, one that all have always; nor is one found of which no pair counts."""
    sets = np.stack([Y == "left", Y == "", Y != ""], axis=1).astype(int)
    stage = probe().fit(X, sets)
    features = StandardScaler().fit_transform(stage.features(X))
    rest = OneVsRestClassifier(LogisticRegression(max_iter=2000))
    with pytest.warns(UserWarning, match="Label .* is present in all|Label not"):
        expected = rest.fit(features, sets).predict_proba(features)
    assert np.allclose(stage.predict_proba(X), expected, atol=1e-5)
    assert np.array_equal(stage.predict_proba(X)[:, 1:], [[0, 1]] * 60) and np.array_equal(stage.predict(X), sets)
    assert stage.score(X, sets) == stage.history_[0]["training"] == 1.0
    sets[:, 1] = -1
    assert (probe().fit(X, sets).predict_proba(X)[:, 1] == 0).all()


def test_numbers_have_no_probabilities():
    class Regression(bissl.Downstream):
        targets = bissl.targets.RealNumbers()

        def __init__(self, num_features, seed=0):
            super().__init__(bissl.LinearHead(num_features, 1, seed))

        def loss(self, features, targets):
            return bissl.ops.mse_loss(self.head(features), np.reshape(targets, (-1, 1)))

    stage = finetune(objective=Regression, epochs=1, lr=1e-3).fit(X, np.linspace(0, 1, 60))
    assert not is_classifier(stage) and not hasattr(stage, "classes_")
    with pytest.raises(InvalidState, match="no classes of whole images; use predict"):
        stage.predict_proba(X)


def test_displays(fitted):
    pytest.importorskip("matplotlib").use("agg")
    shown = ConfusionMatrixDisplay.from_estimator(fitted, X, Y)
    assert shown.confusion_matrix.trace() > 54 and [*shown.display_labels] == [*NAMES]


# --- fitted or not ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stage", [finetune(), probe(), pretrain(), bissl.HeadWarmup(), bissl.BiSSL(), bissl.WeightedSum()]
)
def test_stages_before_fit(stage):
    with pytest.raises(NotFittedError):
        check_is_fitted(stage)
    copied = clone(stage)
    assert copied is not stage and repr(copied) == repr(stage) and not is_classifier(pretrain())


def test_calls_before_fit_are_of_both_kinds():
    for error in (InvalidState, NotFittedError):
        with pytest.raises(error, match="FineTune is not fitted yet; call fit first"):
            finetune().predict(X)
    with pytest.raises(NotFittedError):
        pretrain().transform(X)
    with pytest.raises(AttributeError, match="FineTune is not fitted yet and has no classes; call fit first"):
        finetune().classes_


def test_clones_share_no_backbone(fitted):
    copied = clone(fitted)
    assert copied.backbone is not fitted.backbone and np.array_equal(copied.backbone.vector, fitted.backbone.vector)
    check_is_fitted(fitted)
    with pytest.raises(NotFittedError):
        check_is_fitted(copied)


# --- features for pipelines -------------------------------------------------------------------------------------------


def test_pretraining_is_a_transformer():
    pipeline = make_pipeline(pretrain(), LogisticRegression(max_iter=1000))
    assert pipeline.fit(X, Y).score(X, Y) > 0.9
    assert cross_val_score(pipeline, X, Y, cv=2).min() > 0.8
    ssl = pipeline[0]
    features = ssl.transform(X)
    assert features.shape == (60, 16) and np.array_equal(features, ssl.fit_transform(X))
    expected = bissl.analysis.extract_features(ssl, X, augmentation="small", progress=False)
    assert np.array_equal(features, expected)
    assert [*pipeline[:-1].get_feature_names_out()][:2] == ["pretrain0", "pretrain1"]


def test_a_pipeline_passes_checkpoints_on(tmp_path):
    pipeline = Pipeline([("ssl", pretrain()), ("classify", LogisticRegression(max_iter=1000))])
    saved = {"ssl__checkpoint": tmp_path / "run", "ssl__checkpoint_every": "1 epoch"}
    features = pipeline.fit(X, Y, **saved)[0].transform(X)
    assert bissl.checkpoints.CheckpointStore(tmp_path / "run").latest().step > 0
    assert np.array_equal(pretrain().fit_transform(X, Y, checkpoint=tmp_path / "run"), features)


def test_features_are_of_the_views_that_were_trained_on():
    large = np.repeat(np.repeat(X[:16], 16, axis=1), 16, axis=2)
    paper = pretrain(augmentation="paper").fit(large)
    expected = bissl.analysis.extract_features(paper, large, augmentation="paper", progress=False)
    assert np.array_equal(paper.transform(large), expected)


# --- without scikit-learn ---------------------------------------------------------------------------------------------

WITHOUT = """
import sys
sys.modules["sklearn"] = None
import numpy as np, bissl
images = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 3), dtype=np.uint8)
net = bissl.ResNet(layers=(1,), widths=(4,), stem="small")
stage = bissl.FineTune(backbone=net, epochs=1, augmentation="small", progress=False)
try:
    stage.predict(images)
except bissl.errors.InvalidState as error:
    assert type(error) is bissl.errors.InvalidState
stage.fit(images, np.arange(8) % 2)
assert stage.predict_proba(images).shape == (8, 2) and stage.predict(images).shape == (8,)
assert not any(name.startswith("sklearn.") for name in sys.modules)
try:
    bissl.LinearProbe(backbone=net)
except ImportError as error:
    assert "pip install 'bissl[analysis]'" in str(error)
else:
    raise AssertionError("a missing extra is named when the stage is made")
"""


def test_stages_work_without_scikit_learn():
    subprocess.run([sys.executable, "-c", WITHOUT], check=True)
