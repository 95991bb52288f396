"""Similarities: equal to NumPy's, invariant where they should be, moved by recalibration as section B.10 says."""

import numpy as np
import pytest

import bissl
from bissl import analysis
from bissl.data import DownstreamViews, TwoViews, channel_statistics, glyphs


def numpy_cosine(x, y):
    x, y = x.astype(np.float64), y.astype(np.float64)
    return x @ y / (np.linalg.norm(x) * np.linalg.norm(y))


def network(seed=0, **options):
    return bissl.ResNet(layers=(1, 1), widths=(4, 8), stem="small", seed=seed, **options)


@pytest.fixture
def draw():
    return np.random.default_rng(0)


def test_parameter_similarity_is_numpys():
    start, ends = network(0), [network(seed) for seed in (1, 2, 3)]
    found = analysis.parameter_similarity(start, ends)
    expected = [numpy_cosine(np.asarray(start.vector), np.asarray(end.vector)) for end in ends]
    np.testing.assert_allclose(found.values, expected, atol=1e-6)
    assert found.mean == pytest.approx(np.mean(expected)) and found.std == pytest.approx(np.std(expected, ddof=1))
    assert analysis.parameter_similarity(start, start.clone()).values == pytest.approx((1.0,))


def test_layer_similarity_is_per_tensor_and_leaves_zeros_out():
    start, end = network(0), network(1)
    found = analysis.layer_similarity(start, end)
    states = start.vector.as_dict(), end.vector.as_dict()
    weights = [name for name, value in states[0].items() if value.any()]
    assert list(found) == weights and "bn1.bias" not in found
    for name in weights:
        expected = numpy_cosine(*(state[name].ravel() for state in states))
        assert found[name].values == pytest.approx((expected,), abs=1e-6)


def test_feature_similarity_is_the_mean_over_images(draw):
    features = draw.normal(size=(20, 5)).astype(np.float32)
    runs = [draw.normal(size=(20, 5)).astype(np.float32) for _ in range(2)]
    found = analysis.feature_similarity(features, runs)
    expected = [np.mean([numpy_cosine(x, y) for x, y in zip(features, run)]) for run in runs]
    np.testing.assert_allclose(found.values, expected, atol=1e-6)
    assert analysis.feature_similarity(features, runs[0]).values == found.values[:1]
    assert str(analysis.Similarity((0.5, 0.6))) == "55.0 ± 7.1"


def test_cka_is_invariant_to_rotation_scale_and_shift(draw):
    x = draw.normal(size=(40, 6))
    rotation, _ = np.linalg.qr(draw.normal(size=(6, 6)))
    assert analysis.linear_cka(x, 3 * x @ rotation + 7) == pytest.approx(1, abs=1e-12)
    y = x @ draw.normal(size=(6, 3)) + draw.normal(size=(40, 3))
    value = analysis.linear_cka(x, y)
    assert 0 < value < 1 and analysis.linear_cka(y, x) == pytest.approx(value)
    assert analysis.linear_cka(x @ rotation, y - 2) == pytest.approx(value)
    assert analysis.linear_cka(x * [9, 1, 1, 1, 1, 1], y) != pytest.approx(value, abs=1e-3)
    # The definition, by way of the centred kernels, whichever side is the longer.
    for count in (5, 40):
        kernels = [
            (features - features.mean(0)) @ (features - features.mean(0)).T for features in (x[:count], y[:count])
        ]
        expected = np.sum(kernels[0] * kernels[1]) / np.prod([np.linalg.norm(kernel) for kernel in kernels])
        assert analysis.linear_cka(x[:count], y[:count]) == pytest.approx(expected)


@pytest.mark.parametrize("scale", [1e200, 1e-200, 1e308, 5e-324])
def test_directions_do_not_depend_on_lengths(scale):
    assert analysis.cosine_similarity([scale, 0], [1, 0]) == 1
    assert analysis.cosine_similarity([[scale, scale]], [[1, 0]]) == pytest.approx([np.sqrt(0.5)])
    assert analysis.feature_similarity(np.array([[scale, 0.0]]), np.array([[scale, scale]])).mean == pytest.approx(
        np.sqrt(0.5)
    )


@pytest.mark.parametrize(
    "first, text",
    [
        ([np.inf, 1], r"first: expected finite values, got inf at index \(0,\)"),
        (1.0, "first: expected a vector, or rows of them, got one number, 1.0"),
        (["1", "2"], "first: expected an array of real numbers"),
        (np.ma.array([1, 2], mask=[0, 1]), "first: expected an array without masked entries"),
        ([1j, 1], "first: expected an array of real numbers"),
    ],
)
def test_vectors_that_are_none(first, text):
    with pytest.raises((TypeError, ValueError), match=text):
        analysis.cosine_similarity(first, [1, 1])


@pytest.mark.parametrize("tuned", [None, []])
def test_features_of_no_network(tuned):
    with pytest.raises((TypeError, ValueError), match="tuned: expected features"):
        analysis.feature_similarity(np.ones((2, 3)), tuned)


def test_refuses():
    start = network()
    with pytest.raises(ValueError, match="tuned: expected networks of the backbone's architecture.*number 1"):
        analysis.parameter_similarity(start, [network(1), bissl.ResNet(layers=(1,), widths=(4,), stem="small")])
    with pytest.raises(ValueError, match="tuned: expected at least one network"):
        analysis.parameter_similarity(start, [])
    with pytest.raises(TypeError, match="tuned: expected a fitted stage or a network, got int"):
        analysis.parameter_similarity(start, [3])
    with pytest.raises(ValueError, match=r"expected arrays of one shape, got \(2,\) and \(3,\)"):
        analysis.cosine_similarity(np.ones(2), np.ones(3))
    with pytest.raises(ValueError, match="second: vector 1 has length 0"):
        analysis.cosine_similarity(np.ones((2, 2)), np.array([[1, 1], [0, 0]]))
    with pytest.raises(ValueError, match="nan in row 1, column 0"):
        analysis.feature_similarity(np.array([[1.0], [np.nan]]), np.ones((2, 1)))
    with pytest.raises(ValueError, match="all 3 images have the same features"):
        analysis.linear_cka(np.ones((3, 2)), np.eye(3))
    with pytest.raises(ValueError, match="features of the same images, got 3 and 4"):
        analysis.linear_cka(np.eye(3), np.eye(4))


def test_features_are_those_of_evaluation_mode(draw):
    images = draw.integers(0, 256, (7, 8, 8, 3)).astype(np.uint8)
    net, views = network(), DownstreamViews.small(8)
    found = analysis.extract_features(net, images, augmentation=views, batch_size=3, progress=False)
    expected = net(bissl.data.normalize(images))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="batch_size: expected a whole number of at least 1, got 0"):
        analysis.extract_features(net, images, batch_size=0)
    with pytest.raises(TypeError, match="X: expected uint8 images"):
        analysis.extract_features(net, images / 255)


def test_recalibration_brings_features_nearer_to_the_fine_tuned_ones():
    """Section B.10.1: a backbone pretrained on glyphs has never seen digits, its fine-tuned version has."""
    pytest.importorskip("sklearn")
    from sklearn.datasets import load_digits

    letters = glyphs(side=12, characters="ABCDEFGH", count=256, seed=0)
    digits = load_digits()
    images, labels = np.round(digits.images * 255 / 16).astype(np.uint8), digits.target
    training, test = slice(0, 100), slice(1000, 1200)
    views = DownstreamViews.small(12, *channel_statistics(images[training][..., None]))
    pretrained = bissl.Pretrain(
        backbone=network(), method_options={"projector": (16, 16)}, epochs=4, batch_size=64, lr=4.0,
        augmentation=TwoViews.small(12, *channel_statistics(letters.images)), progress=False,
    ).fit(letters)  # fmt: skip
    tuned = bissl.FineTune(lr=0.03, epochs=10, batch_size=50, augmentation=views, progress=False)
    tuned.fit(pretrained, images[training], labels[training])
    options = {"augmentation": views, "batches": 30, "progress": False}
    plain = analysis.alignment(pretrained, [tuned], images[test], **options)
    calibrated = analysis.alignment(pretrained, [tuned], images[test], calibration=images[training], **options)
    assert calibrated.parameters.mean == plain.parameters.mean > 0.9
    assert 1 - calibrated.features.mean < (1 - plain.features.mean) / 2
