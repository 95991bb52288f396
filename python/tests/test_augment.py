"""Checks and normalisation of images; random views and their keys."""

import dataclasses
import json

import numpy as np
import pytest

import bissl
from bissl.data import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    ArrayDataset,
    DenseView,
    DownstreamViews,
    OneView,
    TwoViews,
    View,
    augment,
    channel_statistics,
    normalize,
)
from bissl.data.pretext_recipes import pretext_views
from bissl.errors import InvalidArgument, WrongType

DTYPE = np.dtype(bissl.precision)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3)).astype(np.uint8)


# --- normalisation ----------------------------------------------------------------------------------------------------


def test_normalises_with_imagenet_statistics(images):
    expected = (images / 255 - IMAGENET_MEAN) / IMAGENET_STD
    assert normalize(images) == pytest.approx(expected, abs=1e-6)
    assert normalize(images).dtype == np.float32
    assert normalize(images / 255, dtype=np.float64) == pytest.approx(expected, abs=1e-12)


def test_grey_is_repeated(images):
    grey = normalize(images[..., 0], mean=(0, 0, 0), std=(1, 1, 1))
    assert grey.shape == (6, 16, 16, 3)
    assert (grey[..., 0] == grey[..., 2]).all()


def test_a_sets_own_statistics_give_mean_zero_and_deviation_one(images):
    normal = normalize(images, *channel_statistics(images), dtype=np.float64)
    assert normal.mean(axis=(0, 1, 2)) == pytest.approx(0, abs=1e-12)
    assert normal.std(axis=(0, 1, 2)) == pytest.approx(1, abs=1e-12)
    mean, std = channel_statistics(np.full((2, 5, 5), 51, np.uint8))
    assert (mean, std) == (pytest.approx((0.2, 0.2, 0.2)), (1.0, 1.0, 1.0))


def test_normalize_says_what_is_wrong(images):
    with pytest.raises(TypeError, match="images: expected uint8.*got dtype int64"):
        normalize(images.astype(np.int64))
    with pytest.raises(ValueError, match=r"images\.transpose\(0, 2, 3, 1\)"):
        normalize(images.transpose(0, 3, 1, 2))
    with pytest.raises(ValueError, match="std: expected three positive numbers"):
        normalize(images, std=(1, 0, 1))
    for dtype in ("abc", 5):
        with pytest.raises(WrongType, match="dtype: expected a dtype, such as numpy.float32, got"):
            normalize(images, dtype=dtype)
    broken = images / 255
    broken[1, 2, 3, 0] = np.nan
    with pytest.raises(ValueError, match=r"got nan at index \(1, 2, 3, 0\)"):
        normalize(broken)
    with pytest.warns(UserWarning, match="range from 0 to 255"):
        normalize(images.astype(np.float32))


# --- views ------------------------------------------------------------------------------------------------------------


def test_a_plain_view_only_normalises(images):
    view = augment(images, np.arange(6), View(16))
    assert view.dtype == DTYPE
    assert view == pytest.approx(normalize(images, dtype=DTYPE), abs=1e-4)


def test_evaluation_view_of_small_images_is_the_image(images):
    view = augment(images, np.arange(6), DownstreamViews.small(16).evaluation)
    assert view == pytest.approx(normalize(images, dtype=DTYPE), abs=1e-4)


def test_evaluation_view_of_the_paper_resizes_and_crops(images):
    view = DownstreamViews.paper(96).evaluation
    assert view.resize_shorter == 109
    assert augment(images, np.arange(6), view).shape == (6, 96, 96, 3)


@pytest.mark.parametrize("views", [TwoViews.small(12), TwoViews.paper(24), TwoViews.authors_code(24)])
def test_draws_are_keyed_by_seed_epoch_sample_and_view(images, views):
    samples = np.arange(6)
    base = augment(images, samples, views.first, seed=1, epoch=2, index=0)
    assert np.isfinite(base).all()
    assert np.array_equal(base, augment(images, samples, views.first, seed=1, epoch=2, index=0))
    for other in ({"seed": 2}, {"epoch": 3}, {"index": 1}):
        keys = {"seed": 1, "epoch": 2, "index": 0} | other
        assert not np.array_equal(base, augment(images, samples, views.first, **keys))
    assert not np.array_equal(base, augment(images, samples + 1, views.first, seed=1, epoch=2, index=0))


def test_order_and_batch_size_do_not_matter(images):
    view = TwoViews.paper(12).second
    together = augment(images, np.arange(6), view, seed=3)
    backwards = augment(images[::-1], np.arange(6)[::-1], view, seed=3)
    assert np.array_equal(together, backwards[::-1])
    assert np.array_equal(together[2:3], augment(images[2:3], np.array([2]), view, seed=3))


def test_small_views_do_not_mirror_unless_asked(images):
    ramp = np.broadcast_to(np.linspace(0, 255, 16).astype(np.uint8)[:, None], (32, 16, 16, 3))

    def brighter_on_the_right(view):
        columns = augment(ramp, np.arange(32), view).mean(axis=(1, 3))
        return columns[:, 8:].mean(axis=1) > columns[:, :8].mean(axis=1)

    assert brighter_on_the_right(TwoViews.small(16).first).all()
    assert 4 < brighter_on_the_right(TwoViews.small(16, flip=True).first).sum() < 28


def test_the_two_names_of_the_papers_crop_differ_as_documented():
    paper, code = TwoViews.paper().first, TwoViews.authors_code().first
    assert (paper.crop_scale, code.crop_scale) == ((0.5, 1.0), (0.08, 1.0))
    assert (paper.crop_ratio, code.crop_ratio) == ((3 / 4, 4 / 3), (0.5, 4 / 3))
    assert TwoViews.paper().second.solarize_probability == 0.2


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"size": 0}, "size: expected a whole number of at least 1, got 0"),
        ({"flip_probability": 1.5}, "flip_probability: expected a number from 0 to 1, got 1.5"),
        ({"size": 2**62}, "size is 4.6.*: expected a whole number from 1 to 16384"),
        ({"size": 8, "brightness": float("nan")}, "brightness: expected a finite number ≥ 0, got nan"),
        ({"size": 8, "resize_shorter": 2**70}, "resize_shorter is 1.18.*: expected a whole number"),
        ({"crop_scale": (0.9, 0.5)}, "crop_scale: expected .least, most."),
        ({"std": (1.0, -1.0, 1.0)}, "std: expected three positive numbers"),
    ],
)
def test_views_refuse_impossible_options(options, text):
    with pytest.raises(ValueError, match=text):
        View(**{"size": 8} | options)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"crop_scale": (0.1, 0.2, 0.9)}, InvalidArgument, r"crop_scale: expected two numbers, \(least, most\), got 3"),
        ({"crop_scale": (0.5,)}, InvalidArgument, "crop_scale: expected two numbers"),
        ({"crop_scale": 0.5}, WrongType, r"crop_scale: expected \(least, most\)"),
        ({"crop_scale": ("a", 1)}, WrongType, "crop_scale: expected a number, got str"),
        ({"crop_ratio": None}, WrongType, r"crop_ratio: expected \(least, most\)"),
        ({"flip_probability": "a"}, WrongType, "flip_probability: expected a number, got str"),
        ({"flip_probability": np.array(0.5)}, WrongType, "flip_probability: expected a number, got ndarray"),
        ({"bicubic": "no"}, WrongType, "bicubic: expected True or False"),
        ({"mean": ("a", "b", "c")}, WrongType, "mean: expected an array of real numbers"),
        ({"hue": "a"}, WrongType, "hue: expected a number, got str"),
        (
            {"brightness": 0.4},
            InvalidArgument,
            "brightness: expected 0 where jitter_probability is 0.*; give jitter_prob",
        ),
    ],
)
def test_fields_of_views_are_checked(options, error, text):
    with pytest.raises(error, match=text):
        View(8, **options)
    if options.keys() <= {"flip_probability", "bicubic", "mean"}:
        with pytest.raises(error, match=text):
            DenseView(8, **options)


def test_the_way_to_a_view_without_jitter_is_told():
    jittering = TwoViews.small().first
    with pytest.raises(InvalidArgument, match="to jitter no colours, brightness=0, contrast=0$"):
        dataclasses.replace(jittering, jitter_probability=0)
    assert not dataclasses.replace(jittering, jitter_probability=0, brightness=0, contrast=0).jitter_probability


def test_views_keep_numbers_of_python():
    view = View(np.int64(8), crop_scale=np.array([0.5, 1]), flip_probability=np.float32(0.5), mean=np.array([0, 0, 0]))
    dense = DenseView(np.int64(8), np.int64(9), flip_probability=np.float32(0.5), multiple=np.int64(2))
    for each in (view, dense):
        assert hash(each) and json.dumps(dataclasses.asdict(each))
    assert view == View(8, crop_scale=(0.5, 1.0), flip_probability=0.5, mean=(0.0, 0.0, 0.0))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: TwoViews(1, 2), "first"),
        (lambda: TwoViews(View(8), DenseView(8)), "second"),
        (lambda: OneView(3), "only"),
        (lambda: DownstreamViews("a", None), "training"),
        (lambda: DownstreamViews(View(8), None), "evaluation"),
        (lambda: bissl.data.view_geometry(3, (8, 8)), "view"),
        (lambda: augment(np.zeros((1, 8, 8, 3), np.uint8), [0], 3), "view"),
    ],
)
def test_what_is_no_view_is_told(make, name):
    with pytest.raises(WrongType, match=f"^{name}: expected a bissl.data.View"):
        make()


@pytest.mark.parametrize(
    ("samples", "error", "text"),
    [
        (np.arange(4) + 0.9, WrongType, "samples: expected whole numbers, got dtype float64"),
        (None, WrongType, "samples: expected an array"),
        (np.arange(3), InvalidArgument, r"samples: expected one number per image, shape \(4,\), got \(3,\)"),
        (
            np.full(4, 2**64 - 1, np.uint64),
            InvalidArgument,
            r"samples: expected numbers below 2\*\*63, got 1844674407370955",
        ),
    ],
)
def test_numbers_of_samples_are_whole(samples, error, text):
    with pytest.raises(error, match=text):
        augment(np.zeros((4, 8, 8, 3), np.uint8), samples, View(8))


def test_images_to_augment_are_checked():
    grey = np.random.default_rng(0).integers(0, 256, (4, 8, 8), np.uint8)
    expected = augment(grey[..., None], np.arange(4), View(8))
    assert np.array_equal(augment(grey, np.arange(4), View(8)), expected)
    assert np.array_equal(augment(list(grey), list(range(4)), View(8)), expected)
    with pytest.raises(InvalidArgument, match="images: expected 3 channels last"):
        augment(np.zeros((4, 8, 8, 4), np.uint8), np.arange(4), View(8))


def test_one_view_recipes():
    paper, small = OneView.paper().only, OneView.small(8).only
    assert (paper.size, paper.crop_scale, paper.bicubic, paper.flip_probability) == (96, (0.2, 1.0), True, 0.5)
    assert (small.size, small.bicubic, small.flip_probability) == (8, True, 0.0)
    assert paper.jitter_probability == paper.blur_probability == paper.grey_probability == 0
    assert pretext_views("paper", ArrayDataset(np.zeros((5, 32, 32, 3), np.uint8)), 1) == tuple(OneView.paper())
    assert [view.size for view in pretext_views("small", ArrayDataset(np.zeros((5, 20, 32, 3), np.uint8)), 1)] == [20]


def test_more_than_two_views_take_turns():
    first, second = TwoViews.paper()
    assert pretext_views("paper", ArrayDataset(np.zeros((5, 32, 32, 3), np.uint8)), 3) == (first, second, first)
    assert pretext_views((second, first), ArrayDataset(np.zeros((5, 32, 32, 3), np.uint8)), 2) == (second, first)
