"""t-SNE maps and the numbers that stand beside them."""

import sys
from importlib.util import find_spec

import numpy as np
import pytest

from bissl import analysis

pytest.importorskip("sklearn")

METHODS = ["scikit-learn", *(["openTSNE"] if find_spec("openTSNE") else [])]


@pytest.fixture
def clusters():
    """Three groups of 20 points in six dimensions, and their numbers."""
    labels = np.repeat(np.arange(3), 20)
    return 8 * np.eye(3, 6)[labels] + np.random.default_rng(0).normal(size=(60, 6)), labels


@pytest.mark.parametrize("method", METHODS)
def test_one_seed_gives_one_map(clusters, method):
    features, labels = clusters
    first, again = (analysis.embed(features, perplexity=8, method=method, random_state=3) for _ in range(2))
    assert first.method == method and first.points["features"].shape == (60, 2) and not first.shared
    assert np.array_equal(first.points["features"], again.points["features"])
    # Groups that are far apart stay apart.
    assert analysis.knn_accuracy(first.points["features"], labels, neighbors=5, metric="euclidean") == 1


def test_a_shared_map_has_places_in_common(clusters):
    features, _ = clusters
    twins = {"a": features, "b": 5 * features + 100}  # the same neighbourhoods, elsewhere and at another scale
    shared = analysis.embed(twins, perplexity=8, method="scikit-learn")
    distances = np.linalg.norm(shared.points["a"] - shared.points["b"], axis=1)
    assert shared.shared and np.median(distances) < 0.05 * np.ptp(shared.points["a"])
    apart = analysis.embed(twins, shared=False, perplexity=8, method="scikit-learn")
    assert not apart.shared and [points.shape for points in apart.points.values()] == [(60, 2)] * 2


def test_falls_back_to_scikit_learn(clusters, monkeypatch):
    features, _ = clusters
    monkeypatch.setitem(sys.modules, "openTSNE", None)
    assert analysis.embed(features, perplexity=8).method == "scikit-learn"
    with pytest.raises(ImportError, match=r"t-SNE needs openTSNE: pip install 'bissl\[analysis\]'"):
        analysis.embed(features, method="openTSNE")
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match="t-SNE needs openTSNE or scikit-learn"):
        analysis.embed(features)
    with pytest.raises(ImportError, match=r"knn_accuracy needs sklearn: pip install 'bissl\[analysis\]'"):
        analysis.knn_accuracy(features, np.arange(60) % 2)


def test_separation_tells_groups_from_noise(clusters):
    features, labels = clusters
    noise = np.random.default_rng(1).normal(size=features.shape)
    names = np.array(["cat", "dog", "eel"], object)[labels]
    assert analysis.knn_accuracy(features, names) == 1 and analysis.silhouette(features, names) > 0.8
    assert analysis.knn_accuracy(features, labels) == 1 and analysis.silhouette(features, labels) > 0.8
    assert analysis.knn_accuracy(noise, labels) < 0.7 and analysis.silhouette(noise, labels) < 0.1


def test_neighbours_leave_the_image_itself_out():
    line = np.array([[0.0], [1.0], [10.0], [11.5]])
    assert analysis.knn_accuracy(line, [0, 0, 1, 1], neighbors=1, metric="euclidean") == 1
    assert analysis.knn_accuracy(line, [0, 1, 0, 1], neighbors=1, metric="euclidean") == 0
    # Of classes as frequent among the neighbours the nearest one's counts.
    assert analysis.knn_accuracy(line, [0, 0, 1, 1], neighbors=2, metric="euclidean") == 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [0.0, 0.1, 1e300])
def test_features_that_are_all_the_same_are_refused(method, value):
    same, spread = np.full((60, 4), value), np.random.default_rng(0).normal(size=(60, 4))
    labels = np.arange(60) % 2
    for call in (
        lambda: analysis.embed(same, perplexity=8, method=method),
        lambda: analysis.embed({"a": spread, "b": same}, perplexity=8, method=method),
        lambda: analysis.knn_accuracy(same, labels),
        lambda: analysis.silhouette(same, labels),
        lambda: analysis.linear_cka(spread, same),
    ):
        with pytest.raises(ValueError, match="all 60 images have the same features; nothing to compare"):
            call()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["tiny", "huge", "two places", "one line", "one column", "one apart"])
def test_poor_features_have_a_finite_map(method, kind):
    draws = np.random.default_rng(0)
    features = {
        "tiny": 1e-300 * draws.normal(size=(60, 4)),
        "huge": 1e307 * draws.normal(size=(60, 4)),
        "two places": np.repeat(draws.normal(size=(2, 4)), 30, axis=0),
        "one line": np.outer(draws.normal(size=60), draws.normal(size=4)),
        "one column": draws.normal(size=(60, 1)),
        "one apart": np.eye(60)[:, :4],
    }[kind]
    assert np.isfinite(analysis.embed(features, perplexity=5, method=method).points["features"]).all()


def test_kernel_alignment_takes_numbers_of_any_size(clusters):
    features, _ = clusters
    expected = analysis.linear_cka(features, features[:, :2])
    assert analysis.linear_cka(1e200 * features, 1e-200 * features[:, :2]) == pytest.approx(expected)


def test_refuses(clusters):
    features, labels = clusters
    with pytest.raises(ValueError, match="perplexity: expected 1 to 19.67 for 60 points, got 30"):
        analysis.embed(features)
    with pytest.raises(ValueError, match="features: a map needs at least 4 points, got 3"):
        analysis.embed(features[:3], perplexity=1)
    with pytest.raises(ValueError, match="shared map needs features of one width, got.*'b': 2.*shared=False"):
        analysis.embed({"a": features, "b": features[:, :2]}, perplexity=5)
    with pytest.raises(ValueError, match='method: expected one of.*did you mean "openTSNE"'):
        analysis.embed(features, method="opentsne")
    with pytest.raises(ValueError, match="at least one backbone"):
        analysis.embed({})
    with pytest.raises(ValueError, match="neighbors: expected 1 to 59 for 60 images, got 60"):
        analysis.knn_accuracy(features, labels, neighbors=60)
    with pytest.raises(ValueError, match=r"labels: expected one class per image, shape \(60,\), got \(59,\)"):
        analysis.silhouette(features, labels[1:])
    with pytest.raises(ValueError, match="at least two classes, got one"):
        analysis.silhouette(features, np.zeros(60, int))
    with pytest.raises(ValueError, match="fewer classes than the 60 images"):
        analysis.silhouette(features, np.arange(60))
    with pytest.raises(TypeError, match="features: expected an array of real numbers, got ndarray of complex128"):
        analysis.silhouette(features * 1j, labels)


@pytest.mark.parametrize("scale", [1e200, 1e-200])
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_separation_does_not_depend_on_the_size_of_features(clusters, metric, scale):
    features, labels = clusters
    noise = features + 8 * np.random.default_rng(1).normal(size=features.shape)
    for measure in (analysis.silhouette, analysis.knn_accuracy):
        expected = measure(noise, labels, metric=metric)
        assert measure(scale * noise, labels, metric=metric) == pytest.approx(expected)


@pytest.mark.parametrize("measure", [analysis.silhouette, analysis.knn_accuracy])
def test_features_and_metrics_that_are_none(clusters, measure):
    features, labels = clusters
    masked = np.ma.array(features, mask=features > 8)
    with pytest.raises(TypeError, match="features: expected an array without masked entries"):
        measure(masked, labels)
    with pytest.raises(TypeError, match="labels: expected an array without masked entries"):
        measure(features, np.ma.array(labels, mask=labels > 1))
    with pytest.raises(ValueError, match='metric: expected one of .*"euclidean".* got "euclid"; did you mean'):
        measure(features, labels, metric="euclid")
    with pytest.raises(TypeError, match="metric: expected one of .* got NoneType"):
        measure(features, labels, metric=None)
